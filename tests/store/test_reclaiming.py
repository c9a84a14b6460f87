"""Giving the room of deleted rows back on SQLite: most of it, and never in the way of who waits."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from alpr_core.store import reclaiming
from alpr_core.store.engine import make_engine
from alpr_core.store.reclaiming import PAGES, SPARE, STEP, reclaim_sqlite
from alpr_ledger.lock import QueuedLock

ROWS = 4000


@pytest.fixture
def engine(tmp_path: Path):
    """A database of some 4,000 pages, three quarters of them free."""
    made = make_engine(f"sqlite:///{tmp_path / 'alpr.db'}", writes=True)
    with made.begin() as connection:
        connection.execute(sa.text("CREATE TABLE kept (word TEXT)"))
        connection.execute(
            sa.text("INSERT INTO kept VALUES (:word)"), [{"word": f"{n:04}" * 900} for n in range(ROWS)]
        )
    with made.begin() as connection:
        connection.execute(sa.text("DELETE FROM kept WHERE rowid % 4"))
    yield made
    made.dispose()


def pages(engine, what: str) -> int:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {what}_count").scalar_one()


def test_free_pages_are_given_back_but_for_those_that_the_next_reads_take(engine, tmp_path) -> None:
    before = pages(engine, "page")
    reclaim_sqlite(engine, QueuedLock(tmp_path / "lock"))
    assert pages(engine, "page") < before / 2
    spare = pages(engine, "page") // SPARE
    assert spare - PAGES <= pages(engine, "freelist") <= spare
    assert (tmp_path / "alpr.db").stat().st_size < 4096 * before / 2
    assert (tmp_path / "alpr.db-wal").stat().st_size == 0
    with engine.connect() as connection:
        words = connection.execute(sa.text("SELECT word FROM kept ORDER BY word")).scalars().all()
    assert words == [f"{n:04}" * 900 for n in range(ROWS) if (n + 1) % 4 == 0]


def test_what_was_deleted_is_in_no_file_afterwards(engine, tmp_path) -> None:
    reclaim_sqlite(engine, QueuedLock(tmp_path / "lock"))
    content = b"".join(one.read_bytes() for one in tmp_path.glob("alpr.db*"))
    assert b"0007" * 900 in content
    assert b"0008" * 9 not in content


def test_where_few_pages_are_free_none_is_moved(engine, tmp_path, monkeypatch) -> None:
    reclaim_sqlite(engine, QueuedLock(tmp_path / "lock"))
    monkeypatch.setattr(reclaiming, "_give_back", lambda *_: pytest.fail("it moves pages again"))
    reclaim_sqlite(engine, QueuedLock(tmp_path / "lock"))


def test_who_waits_gets_the_lock_before_the_pages_of_one_turn_are_through(
    engine, tmp_path, monkeypatch
) -> None:
    lock, waits, left = QueuedLock(tmp_path / "lock"), [], []
    give_back = reclaiming._give_back

    def wait() -> None:
        with QueuedLock(tmp_path / "lock"):
            left.append(pages(engine, "freelist"))

    def give_back_while_somebody_waits(cursor: sqlite3.Cursor, held: QueuedLock) -> None:
        if not waits:
            waits.append(threading.Thread(target=wait))
            waits[0].start()
            until = time.monotonic() + 30
            while not held.is_awaited() and time.monotonic() < until:
                pass
        give_back(cursor, held)

    monkeypatch.setattr(reclaiming, "_give_back", give_back_while_somebody_waits)
    before = pages(engine, "freelist")
    reclaim_sqlite(engine, lock)
    waits[0].join()
    assert left == [before - STEP]
    assert STEP < PAGES
