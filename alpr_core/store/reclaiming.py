"""Giving the room of deleted rows back, so that no byte of them stays in the database's files.

SQLite overwrites what it deletes (``secure_delete``), but the pages that were overwritten stay in the write-ahead log
until it is emptied, and the file keeps its size until its free pages are given back. PostgreSQL keeps dead rows until
it is vacuumed.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from alpr_core.errors import StoreError

PAGES = 500
"""Free pages given back at a time: a search that waits behind it does not wait long."""

TRIES = 3
"""Times that emptying the log waits, half a minute each, for whoever reads an old snapshot."""

_TABLES = ("read", "image", "hit", "correction", "plate", "vault", "hold_read")


def reclaim_sqlite(engine: Engine, lock: AbstractContextManager[Any]) -> None:
    """Give free pages back, and empty the write-ahead log; under the writers' lock, a little at a time.

    Raises:
        StoreError: a reader holds an old snapshot open.
    """
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        (is_incremental,) = cursor.execute("PRAGMA auto_vacuum").fetchone()
        if is_incremental != _INCREMENTAL:
            with lock:  # made by an older version: once, and for good
                cursor.execute(f"PRAGMA auto_vacuum = {_INCREMENTAL}")
                cursor.execute("VACUUM")
        (free,) = cursor.execute("PRAGMA freelist_count").fetchone()
        while free > 0:
            with lock:
                # Not execute: it takes one step of a statement without columns, and each step gives one page back.
                cursor.executescript(f"PRAGMA incremental_vacuum({PAGES})")
            (left,) = cursor.execute("PRAGMA freelist_count").fetchone()
            if left >= free:
                break
            free = left
        for _ in range(TRIES):
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()  # most of it, while nobody waits
            with lock:
                is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not is_busy:
                return
    finally:
        connection.close()
    raise StoreError(
        "the database's log cannot be emptied, for somebody reads an old state of it: close what reads the file, "
        "and the next purge goes on from here"
    )


_INCREMENTAL = 2
"""SQLite's number for auto_vacuum = INCREMENTAL."""


def settle_sqlite(engine: Engine) -> None:
    """Copy the write-ahead log into the file as far as nobody is held up."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    finally:
        connection.close()


def vacuum_postgresql(engine: Engine) -> None:
    """Clear the dead rows away; PostgreSQL does it beside everything else."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _TABLES:
            connection.execute(sa.text(f'VACUUM "{table}"'))
