"""Appends to a ledger from a process of its own until its time is up; tells of each entry once it is durable.

    appender.py URL LOCK SIGNED WORKER SECONDS

It says "ready", waits for a line, and then prints the index and the request id of each of its entries.
"""

from __future__ import annotations

import sys
import time
from contextlib import nullcontext
from pathlib import Path

from sqlalchemy import create_engine, event

from alpr_ledger.keys import SigningKey
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.lock import FileLock
from alpr_ledger.log import Log, draft


def on_connect(connection, record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


def main(url: str, lock_path: str, signed: str, worker: str, seconds: float) -> None:
    last_signed = LastSigned(Path(signed))
    log = Log(SigningKey("ledger.example/test", bytes(range(32))), last_signed=last_signed)
    engine = create_engine(url)
    lock = nullcontext()
    if url.startswith("sqlite"):
        lock = FileLock(Path(lock_path))
        event.listen(engine, "connect", on_connect)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.connect():
        print("ready", flush=True)
        sys.stdin.readline()
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        req = f"{worker}-{n}"
        body = {"v": 1, "kind": "test.note", "t": "2026-11-23T06:34:00.123456Z", "req": req}
        with lock, engine.begin() as connection:
            receipt = log.append(connection, [draft(body)])
        last_signed.record(receipt.checkpoint)
        print(receipt.first, req, flush=True)
        n += 1
    last_signed.close()
    engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:5], float(sys.argv[5]))
