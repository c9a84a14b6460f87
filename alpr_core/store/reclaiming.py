"""Giving the room of deleted rows back, so that no byte of them stays in the database's files.

SQLite overwrites what it deletes (``secure_delete``), but the pages that were overwritten stay in the write-ahead log
until it is emptied, and the file keeps its size until its free pages are given back. PostgreSQL keeps dead rows until
it is vacuumed.
"""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from alpr_core.errors import StoreError
from alpr_ledger.lock import QueuedLock

SPARE = 8
"""One free page in so many pages of the file stays: the next reads take it. Giving back means to move pages that are
in use, so a file that shrank after each purge and grew again would be moved as a whole, time and again."""

PAGES, STEP = 100, 20
"""Free pages given back in one transaction; and before it is looked whether somebody waits, so that it ends there."""

TRIES = 3
"""Times that emptying the log waits, half a minute each, for whoever reads an old snapshot."""

_TABLES = ("read", "image", "hit", "correction", "plate", "vault", "hold_read")


def reclaim_sqlite(engine: Engine, lock: QueuedLock) -> None:
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
        before, free = math.inf, _free_pages(cursor)
        while 0 < free < before:
            with lock:
                _give_back(cursor, lock)
            cursor.execute(_SETTLE).fetchone()  # or a commit of somebody else's does it
            before, free = free, _free_pages(cursor)
        for _ in range(TRIES):
            cursor.execute(_SETTLE).fetchone()  # most of it, while nobody waits
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


def _free_pages(cursor: Any) -> int:
    """Return how many pages are free beyond those that are to stay; less than 0 if fewer are."""
    (free,) = cursor.execute("PRAGMA freelist_count").fetchone()
    (pages,) = cursor.execute("PRAGMA page_count").fetchone()
    return int(free - pages // SPARE)


def _give_back(cursor: Any, lock: QueuedLock) -> None:
    """Give free pages back in one transaction, which ends early where somebody waits."""
    cursor.execute("BEGIN IMMEDIATE")
    for page in range(1, PAGES + 1):
        cursor.execute("PRAGMA incremental_vacuum(1)")  # of more than one, execute would do one all the same
        if page % STEP == 0 and lock.is_awaited():
            break
    cursor.execute("COMMIT")


_SETTLE = "PRAGMA wal_checkpoint(PASSIVE)"

_INCREMENTAL = 2
"""SQLite's number for auto_vacuum = INCREMENTAL."""


def settle_sqlite(engine: Engine) -> None:
    """Copy the write-ahead log into the file as far as nobody is held up."""
    connection = engine.raw_connection()
    try:
        connection.cursor().execute(_SETTLE).fetchone()
    finally:
        connection.close()


def vacuum_postgresql(engine: Engine) -> None:
    """Clear the dead rows away; PostgreSQL does it beside everything else."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in _TABLES:
            connection.execute(sa.text(f'VACUUM "{table}"'))
