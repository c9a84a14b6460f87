"""Bringing a node back from a backup: its files, keys, database and images, and what its ledger says happened since.

Everything lands in one transaction, and in a folder that is taken away again where it fails. Before the node can be
opened, its ledger is brought up to the newest export of it, and what came after the backup is done again
(`replaying`). Where nobody can tell how far the ledger had come, it stays closed until two persons answer for that
(``ledger recover``): a restored ledger never forks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from itertools import groupby
from operator import itemgetter
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection

from alpr_core import config
from alpr_core.backup import data, keyring
from alpr_core.backup.data import REST, DataReader, part_key
from alpr_core.backup.secret import store_recipient
from alpr_core.errors import InputError, NotFound, StoreError, VerificationFailed
from alpr_core.files import write_private
from alpr_core.replaying import Replayed, replay
from alpr_core.store import schema
from alpr_core.store.dump import HELD, READ, Loading
from alpr_core.store.keys import KeyStore
from alpr_core.store.work import Work
from alpr_ledger.errors import KeyRefused, LedgerError, VerificationError
from alpr_ledger.keys import SigningKeys
from alpr_ledger.last_signed import LastSigned, behind
from alpr_ledger.reader import StoredEntry
from alpr_ledger.source import Source, open_source
from alpr_ledger.takeover import TakenOver, newest_of, take_over

OWN_KEY = "backup/own"
"""ID of the key that seals everything but reads."""

WAITING = "restored.json"
"""In ``var``: what is to stand on the ledger of a restored node, once it can be written."""


@dataclass
class Restored:
    """What was brought back, and what was not.

    Attributes:
        made_at: when the backup was made, UTC, ISO 8601.
        digest: SHA-256 of its manifest.
        size: entries that the backup's ledger had.
        taken_over: entries that came from the export.
        tables: rows by table.
        images: image files.
        missing: images whose file the backup does not hold.
        destroyed: parts that no key opens any more: what was in them was purged since.
        replayed: what was done again of what came after.
        behind: why the ledger is signed no more before two persons have answered for it; "" in the ordinary case.
    """

    made_at: str
    digest: str
    size: int = 0
    taken_over: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    images: int = 0
    missing: int = 0
    destroyed: tuple[str, ...] = ()
    replayed: Replayed = field(default_factory=Replayed)
    behind: str = ""


class Backup:
    """A backup that was found and opened with the passphrase: its newest data, and its newest keys.

    Args:
        place: the folder that backups are made into, its ``data``, or one backup of the data.
        keys: the folder of the backups of keys, or one of them; "" for ``keys`` beside ``data``.
        secret: of the backup passphrase.

    Raises:
        NotFound: there is no backup.
        InputError: it is something else.
        VerificationFailed: the passphrase is another, or something was changed.
    """

    def __init__(self, place: Path, keys: Path | None, secret: bytes) -> None:
        folder = _data_folder(place)
        self.ring = keyring.open_newest(keys or keyring.beside(folder), secret)
        own = self.ring.key(OWN_KEY)
        if own is None:
            raise VerificationFailed("this backup of the keys lacks the key of the data: take a newer one")
        self._own = own
        self.reader = DataReader(folder, own)
        if self.reader.manifest.get("origin") != self.ring.origin:
            raise VerificationFailed(
                f"the data is of {self.reader.manifest.get('origin')}, the keys are of {self.ring.origin}"
            )
        self.restored = Restored(made_at=str(self.reader.manifest.get("at")), digest=self.reader.digest)
        self._ends_before = False

    def put_files(self, into: Path, store_url: str = "") -> None:
        """Write the node's own files and keys into its new folder.

        Args:
            into: the folder, empty.
            store_url: the database to restore into, if it is another than before.

        Raises:
            VerificationFailed: the backup holds a file that no node has.
            StoreError: one cannot be written.
        """
        keyring.put_back(into / "var" / "keys", self.ring.files)
        for name, pieces in groupby(self._pieces(), key=itemgetter("file")):
            content = b"".join(base64.b64decode(piece["data"]) for piece in pieces)
            if store_url and name == "alpr.toml":
                content = _with_store(content, store_url)
            path = into / _checked(name)
            try:
                write_private(path, content, replace=False)
            except OSError as error:
                raise StoreError(f"{path}: it cannot be written: {error.strerror}") from error
        # The passphrase that has just been given is the one that somebody has.
        store_recipient(into / "var", self.ring.recipient)

    def fill(self, connection: Connection, images: Path) -> None:
        """Make the tables, as the backup's program had them, and fill them; write the images' files.

        Raises:
            StoreError: the database is not empty, or of a version that this program does not know.
            VerificationFailed: a part or an image was changed, cut or is missing.
        """
        schema.make(connection, str(self.reader.manifest.get("schema")))
        loading = Loading(connection)
        loading.take(self._rows(REST, self._own))
        destroyed = []
        for part in self.reader.parts[1:]:
            key = self.ring.key(part)
            if key is None:
                destroyed.append(part)
                continue
            loading.take(self._with_images(self._rows(part, part_key(key, part)), images))
        loading.finish()
        schema.upgrade(connection)
        self.restored.tables = loading.counts
        self.restored.destroyed = tuple(destroyed)
        self.restored.size = Work(connection).ledger.size()

    def catch_up(
        self,
        connection: Connection,
        export: str,
        keys: SigningKeys,
        last_signed: LastSigned,
        at: datetime,
    ) -> None:
        """Take over what the newest export has beyond the backup, and do again what it tells of; end all sessions.

        Where there is no export, or the key that signed its end is not among those of the backup, nothing is taken
        over, and the node is left to refuse to sign.

        Raises:
            VerificationFailed: it is no export of this ledger, or does not know this backup.
            StoreError: a purge cannot be done again, or what is remembered cannot be written.
        """
        work, size = Work(connection), self.restored.size
        newest, entries = None, None
        try:
            if export:
                with open_source(export) as source:
                    newest = newest_of(source)
                    entries = self._take_over(work, source, keys)
        except (VerificationError, KeyRefused) as error:
            raise VerificationFailed(f"the ledger's export does not fit this backup: {error}") from error
        except LedgerError as error:
            raise StoreError(f"the ledger's export cannot be used: {error}") from error
        is_lost = entries is not None
        since = work.ledger.entries(size) if entries is None else iter(entries)
        self.restored.replayed = replay(work, since, at, KeyStore(keys.folder), are_here=not is_lost)
        if self.restored.replayed.purged:
            _drop_unused_keys(work, keys.folder)
        if newest is not None and newest.size >= size:
            last_signed.record(newest.note)
        self._say_if_unsure(newest, last_signed, work.ledger.size())

    def _take_over(self, work: Work, source: Source, keys: SigningKeys) -> list[StoredEntry] | None:
        """Take the export's entries over; where the key that would go on from them is lost, return them instead."""
        with work.connection.begin_nested() as savepoint:
            taken = take_over(work.connection, source)
            self._check_known(work)
            try:
                keys.load(taken.vkey)
            except KeyRefused:
                entries = list(work.ledger.entries(self.restored.size))
                savepoint.rollback()
                self.restored.behind = (
                    f"the ledger was handed over to the key {taken.vkey} after this backup of the keys was made, and "
                    f"it is lost: what entries {self.restored.size:,} to {taken.size:,} say is in the export"
                )
                return entries
        self.restored.taken_over = taken.size - taken.before
        return None

    def _check_known(self, work: Work) -> None:
        """Check what the ledger says of this backup, where it goes on beyond it: a forged one is not restored."""
        size = self.restored.size
        begun = (
            entry.idx
            for entry in work.ledger.entries(0, size - 1, kind="backup.make", newest_first=True)
            if entry.body.get("outcome") == "intent"
        )
        made = {
            entry.body.get("ref"): _public(entry.body).get("manifest")
            for entry in work.ledger.entries(size, kind="backup.make")
            if entry.body.get("outcome") == "done"
        }
        if self.restored.digest in made.values():
            return
        if next(begun, None) in made:
            raise VerificationFailed(
                "the ledger has no entry of a backup with this manifest: somebody has changed it, or made it"
            )
        self._ends_before = True

    def _say_if_unsure(self, newest: TakenOver | None, last_signed: LastSigned, size: int) -> None:
        """Say what the ledger lacks, and remember it where this host remembers nothing."""
        if self.restored.behind:
            return
        if last_signed.size > size:
            self.restored.behind = behind(size, last_signed.size)
            return
        if newest is None:
            why = "nobody knows what its ledger signed after that"
        elif newest.size < self.restored.size:
            why = f"the export of its ledger is older than that, of {newest.size:,}"
        elif self._ends_before:
            why = "the export of its ledger ends before this backup was whole"
        else:
            return
        if newest is None and last_signed.note is not None:
            return  # this host signed exactly what is there
        self.restored.behind = (
            f"this node was restored from the backup of {self.restored.made_at}, of {self.restored.size:,} entries, "
            f"and {why}"
        )
        last_signed.restored(self.restored.behind)

    def _pieces(self) -> Iterator[dict[str, str]]:
        """Yield the pieces of the node's own files, with which everything begins."""
        for line in self.reader.lines(REST, self._own):
            stored = json.loads(line)
            if not (isinstance(stored, dict) and "file" in stored):
                return  # the tables
            yield {"file": str(stored["file"]), "data": str(stored.get("data"))}

    def _rows(self, part: str, key: bytes) -> Iterator[object]:
        for line in self.reader.lines(part, key):
            stored = json.loads(line)
            if not (isinstance(stored, dict) and "file" in stored):
                yield stored

    def _with_images(self, rows: Iterable[object], images: Path) -> Iterator[object]:
        """Yield rows, and write the file of each row of images on its way."""
        day = name = -1
        for row in rows:
            if isinstance(row, dict):
                names = [column for column, _ in row.get("columns", ())]
                is_image = row.get("table") == "image"
                day, name = (names.index("day"), names.index("sha256")) if is_image else (-1, -1)
            elif isinstance(row, list) and name >= 0:
                self._write_image(str(row[day]), str(row[name]), images)
            yield row

    def _write_image(self, day: str, name: str, images: Path) -> None:
        content = self.reader.image(day, name)
        if content is None:
            self.restored.missing += 1
            return
        try:
            write_private(images / day / name, content)
        except OSError as error:
            raise StoreError(f"{images}: an image cannot be written: {error.strerror}") from error
        self.restored.images += 1


def put_back_signing_key(place: Path, keys: Path | None, into: Path, secret: bytes) -> list[str]:
    """Put the signing keys of a backup back into a node that has lost its own; nothing else of it.

    Any other key that is not there may have been destroyed on purpose.

    Args:
        place: as `Backup` takes it.
        keys: as `Backup` takes it.
        into: the node's folder.
        secret: of the backup passphrase.

    Returns:
        The key files that are there now, by name.

    Raises:
        NotFound: there is no node, no backup, or no signing key in it.
        VerificationFailed: the passphrase is another, or the backup is of another ledger.
    """
    settings = config.load(into)
    ring = keyring.open_newest(keys or keyring.beside(place), secret)
    if ring.origin != settings.ledger.origin:
        raise VerificationFailed(
            f"this backup is of the ledger {ring.origin}, the node's is {settings.ledger.origin}"
        )
    found = {name: key for name, key in ring.files.items() if fnmatch(name, "ledger*.key")}
    if not found:
        raise NotFound("this backup of the keys holds no signing key")
    keyring.put_back(settings.var / "keys", found)
    return sorted(found)


def waiting_entry(restored: Restored) -> dict[str, object]:
    """Return the public fields of the entry ``backup.restore``, which waits until the ledger can be written."""
    return {
        "manifest": restored.digest,
        "size": restored.size,
        "taken_over": restored.taken_over,
        "replayed": sum(restored.replayed.done.values()),
        "purged": restored.replayed.purged,
        "unknown": sum(restored.replayed.unknown.values()),
        "destroyed": len(restored.destroyed),
    }


def _drop_unused_keys(work: Work, folder: Path) -> None:
    """Destroy the keys of what was purged again: the backup of the keys brought them back."""
    used = set(work.dump.key_ids())
    for pattern in (f"{READ}*/*.key", f"{HELD}*.key", "access/*.key"):
        for path in folder.glob(pattern):
            if path.relative_to(folder).as_posix().removesuffix(".key") not in used:
                path.unlink()


def _data_folder(place: Path) -> Path:
    if (place / data.MANIFEST).is_file():
        return place
    for folder in (place / "data", place):
        found = data.generations(folder)
        if found:
            return found[0]
    raise NotFound(f"there is no backup in {place}")


def _checked(name: str) -> Path:
    """Return the path of a file of the node, refusing whatever leads out of its folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\x00" in name or "\\" in name:
        raise VerificationFailed(f"the backup holds a file {name!r}, which leads out of the node's folder")
    if path.parts[0] == "var" and path.parts[1:2] == ("keys",):
        raise VerificationFailed(f"the backup holds {name!r} among the data: keys are apart")
    return Path(*path.parts)


def _with_store(content: bytes, url: str) -> bytes:
    """Return alpr.toml with another database in ``[store] url``."""
    lines, section, done = [], "", False
    for line in content.decode("utf-8").splitlines():
        if line.strip().startswith("["):
            section = line.strip().partition("#")[0].strip()
        if section == "[store]" and line.partition("=")[0].strip() == "url":
            line, done = f"url = {json.dumps(url)}", True
        lines.append(line)
    if not done:
        raise InputError("alpr.toml names no [store] url that could be replaced: write it there afterwards")
    return ("\n".join(lines) + "\n").encode("utf-8")


def _public(body: Mapping[str, Any]) -> Mapping[str, Any]:
    public = body.get("public")
    return public if isinstance(public, dict) else {}
