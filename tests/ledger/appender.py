"""Appends to a ledger from a process of its own: URL, lock file, worker number, entries to append."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import create_engine, event

from alpr_ledger.keys import SigningKey
from alpr_ledger.lock import FileLock
from alpr_ledger.log import Log, draft


def on_connect(connection, record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def main(url: str, lock_path: str, worker: int, count: int) -> None:
    log = Log(SigningKey("ledger.example/test", bytes(range(32))))
    engine = create_engine(url)
    lock = nullcontext()
    if url.startswith("sqlite"):
        lock = FileLock(Path(lock_path))
        event.listen(engine, "connect", on_connect)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    for n in range(count):
        body = {"v": 1, "kind": "test.note", "t": "2026-11-23T06:34:00.123456Z", "req": f"{worker}-{n}"}
        with lock, engine.begin() as connection:
            receipt = log.append(connection, [draft(body)])
        print(receipt.first, flush=True)
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
