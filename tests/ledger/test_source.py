"""What a verification is pointed at may be anything: it is read-only, and said in words what is wrong with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from alpr_ledger.errors import LedgerError, SourceError, VerificationError
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


def closed(ledger, entries=0):
    """The ledger's file after its writers have gone: no write-ahead log beside it."""
    if entries:
        ledger.append_some(entries)
    ledger.engine.dispose()
    assert not ledger.path.with_name(ledger.path.name + "-wal").exists()
    return ledger.path


def size(path):
    with open_source(path) as source:
        return verify(source).size


def test_a_ledger_that_is_being_written_is_read_with_its_write_ahead_log(sqlite_ledger):
    sqlite_ledger.append_some(3)
    assert sqlite_ledger.path.with_name("ledger.db-wal").stat().st_size
    assert size(sqlite_ledger.path) == 4


def test_verification_sees_one_moment_while_others_write(sqlite_ledger):
    sqlite_ledger.append_some(3)
    with open_source(sqlite_ledger.path) as source:
        source.head()
        sqlite_ledger.append_some(3)
        assert verify(source).size == 4


def test_the_file_is_not_changed(sqlite_ledger):
    path = closed(sqlite_ledger, 3)
    before = path.read_bytes()
    size(path)
    assert path.read_bytes() == before


def test_a_name_that_looks_like_an_address_is_a_name(sqlite_ledger, tmp_path):
    odd = tmp_path / "a?mode=rwc#b %41.db"
    shutil.copy(closed(sqlite_ledger), odd)
    assert size(odd) == 1


def test_a_file_cut_off_is_damaged(sqlite_ledger, tmp_path):
    path = closed(sqlite_ledger, 600)
    cut = tmp_path / "cut.db"
    cut.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VerificationError, match="damaged"):
        size(cut)


def test_a_file_with_garbage_in_any_page_is_refused_in_words_or_lost_nothing_of_the_ledger(
    sqlite_ledger, tmp_path
):
    data = closed(sqlite_ledger, 300).read_bytes()
    bad, refused = tmp_path / "bad.db", 0
    for at in range(20, len(data), 4096):
        bad.write_bytes(data[:at] + b"\xa5" * 3000 + data[at + 3000 :])
        try:
            assert size(bad) == 301  # an index, or a table that is no evidence
        except LedgerError:
            refused += 1
    assert refused > len(data) // 4096 // 3


@pytest.mark.parametrize("content", [b"", b"garbage", b"SQLite format 4\x00" + bytes(100), bytes(5000)])
def test_a_file_that_is_no_database_is_refused(tmp_path, content):
    path = tmp_path / "file.db"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="not a SQLite database"):
        open_source(path)


def test_what_is_not_there_or_is_a_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        open_source(tmp_path / "none.db")
    with pytest.raises(SourceError, match="folder"):
        open_source(tmp_path)
    with pytest.raises(SourceError, match="cannot be read"):
        open_source("nul\x00.db")


def test_a_database_of_something_else_is_no_ledger(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE entry (idx INTEGER)")
    with pytest.raises(SourceError, match="not a ledger: it has no table checkpoint"):
        open_source(path)


def test_tables_of_the_right_names_with_other_columns_are_no_ledger(tmp_path):
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as database:
        for table in ("entry", "checkpoint", "tile", "head"):
            database.execute(f"CREATE TABLE {table} (x INTEGER)")
    with pytest.raises(SourceError, match="not a ledger"):
        size(path)


def test_views_in_the_place_of_tables_are_no_ledger(tmp_path):
    path = tmp_path / "views.db"
    with closing(sqlite3.connect(path)) as database:
        for table in ("entry", "checkpoint", "tile", "head"):
            database.execute(f"CREATE VIEW {table} AS SELECT 1")
    with pytest.raises(SourceError, match="no table"):
        open_source(path)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET bytes = 'text' WHERE idx = 2",
        "UPDATE entry SET bytes = 7 WHERE idx = 2",
        "UPDATE entry SET bytes = CAST(x'ff' AS TEXT) WHERE idx = 2",
        "UPDATE entry SET bytes = zeroblob(100000000) WHERE idx = 2",
        "UPDATE entry SET leaf = 'text' WHERE idx = 2",
        "UPDATE entry SET prev = 1.5 WHERE idx = 2",
        "UPDATE checkpoint SET root = 'text'",
        "UPDATE checkpoint SET note = 'text'",
        "UPDATE checkpoint SET note = 12",
        "UPDATE head SET size = 'many'",
        "UPDATE head SET size = 1.5",
        "UPDATE head SET frontier = 'text'",
        "INSERT INTO tile VALUES ('x', 'y', 'z')",
        "INSERT INTO entry (idx, bytes, leaf, prev) VALUES (-1, x'00', x'00', x'00')",
    ],
)
def test_values_of_the_wrong_type_are_refused_in_words(sqlite_ledger, tmp_path, statement):
    sqlite_ledger.append_some(4)
    sqlite_ledger.tamper(statement)
    with pytest.raises(VerificationError):
        size(sqlite_ledger.path)


def test_a_locked_database_is_said_to_be_locked(sqlite_ledger, monkeypatch):
    path = closed(sqlite_ledger)
    monkeypatch.setattr("alpr_ledger.source.BUSY_SECONDS", 0.01)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode=DELETE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(SourceError, match="locked"):
            size(path)


@pytest.fixture
def read_only_folder():
    """A folder that is filled, then closed to writing; and this process loses root's right to write anyway."""
    folder = Path(tempfile.mkdtemp(prefix="alpr-read-only-"))
    root = os.geteuid() == 0

    def close():
        for path in folder.iterdir():
            path.chmod(0o444)
        folder.chmod(0o555)
        if root:
            os.seteuid(65534)

    yield folder, close
    if root:
        os.seteuid(0)
    folder.chmod(0o700)
    shutil.rmtree(folder)


def test_a_whole_file_in_a_folder_where_nothing_can_be_written_is_read(sqlite_ledger, read_only_folder):
    folder, close = read_only_folder
    shutil.copy(closed(sqlite_ledger, 3), folder / "ledger.db")
    close()
    assert size(folder / "ledger.db") == 4


def test_a_write_ahead_log_that_cannot_be_read_there_is_not_passed_over(sqlite_ledger, read_only_folder):
    folder, close = read_only_folder
    sqlite_ledger.append_some(3)
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copy(sqlite_ledger.path.with_name(name), folder / name)
    close()
    with pytest.raises(SourceError, match="copy both files"):
        size(folder / "ledger.db")


def test_a_database_that_cannot_be_reached_is_said_to_be(tmp_path):
    secret = "hunter2"
    with pytest.raises(SourceError, match="cannot be read") as caught:
        open_source(f"postgresql://u:{secret}@/none?host={tmp_path}")
    assert secret not in str(caught.value)


def test_a_postgresql_database_without_a_ledger_is_refused(postgresql_server):
    with pytest.raises(SourceError, match="not a ledger"):
        open_source(postgresql_server())
