"""What is settled lies in the database file itself, and nobody waits for that."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa

from alpr_core.store.tables import image_sweep


def in_the_file_alone(site, tmp_path) -> int:
    """Rows that somebody finds who has the file without its write-ahead log."""
    copy = tmp_path / "copy.db"
    copy.write_bytes(site.store.sqlite_path.read_bytes())
    with sqlite3.connect(copy) as connection:
        (count,) = connection.execute("SELECT count(*) FROM image_sweep").fetchone()
    connection.close()
    return count


def write(site) -> None:
    with site.store.writing() as work:
        work.connection.execute(sa.insert(image_sweep), [{"day": "2026-11-23", "sha256": "a" * 64}])


def test_settling_takes_what_is_committed_out_of_the_log_while_others_read_and_write(site, tmp_path) -> None:
    write(site)
    if not site.store.is_sqlite:
        site.store.settle()  # nothing to do, and no error
        return
    assert in_the_file_alone(site, tmp_path) == 0
    with site.store.snapshot() as work, site.store.writing():
        work.connection.scalar(sa.select(sa.func.count()).select_from(image_sweep))
        site.store.settle()
    assert in_the_file_alone(site, tmp_path) == 1
