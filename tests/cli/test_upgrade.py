"""A node of an older version: its database is brought over, and its settings wait to be accepted."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command

from alpr_core import joining
from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.errors import StoreError
from alpr_core.models import Actor
from alpr_core.node import FirstPerson, Node
from alpr_core.recording import Recording, Why
from alpr_core.store import schema
from alpr_ledger import store as ledger_store

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def old_node(tmp_path, command_line, monkeypatch):
    """A node whose settings nobody ever accepted; its administrator is logged in."""
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="old", origin="test.example/ledger/old")
    with monkeypatch.context() as patch:
        patch.setattr(
            joining,
            "first_acceptance",
            lambda site, _: Recording(site.keys, site.clock, "status.show", Why()),
        )
        Node.create(tmp_path / "old", answers, first).close()
    node = command_line(tmp_path / "old", tmp_path / "passphrase")
    with closing(sqlite3.connect(node.folder / "var" / "alpr.db")) as database, database:
        database.execute("DELETE FROM accepted_settings")
    assert node.log_in().exit_code == 0
    return node


def test_it_captures_and_asks_for_its_settings_to_be_accepted(old_node) -> None:
    denied = old_node("hotlist", "list")
    assert denied.exit_code == 3
    assert "were never accepted" in denied.stderr
    with Node.open(old_node.folder) as node:
        Act(node.site, Actor(id="system:t", roles=frozenset({"officer"}), delegated_by="p1")).admit(
            "read.record"
        )
    assert old_node("config", "apply", "--yes").exit_code == 0
    assert old_node("hotlist", "list").exit_code == 0
    assert "previous" not in old_node.entries("config.apply")[-1]["public"]


def as_of(revision: str, database: Path) -> None:
    """Put a database in its place that has the tables of an older version, with what they have room for."""
    older = database.with_name("older.db")
    engine = sa.create_engine(f"sqlite:///{older}")
    with engine.begin() as connection:
        command.upgrade(schema._config(connection), revision)
        ledger_store.create(connection)
    engine.dispose()
    with closing(sqlite3.connect(older)) as old, old:
        old.execute("ATTACH DATABASE ? AS new", (str(database),))
        tables = [name for (name,) in old.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for table in tables:
            if table == "alembic_version" or table.startswith("sqlite_"):
                continue
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA main.table_info({table})"))
            old.execute(f"DELETE FROM main.{table}")
            old.execute(f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM new.{table}")
    for beside in ("-wal", "-shm"):
        database.with_name(f"{database.name}{beside}").unlink(missing_ok=True)
    older.replace(database)


def test_its_database_is_brought_to_this_version_by_upgrade(old_node) -> None:
    as_of("0004", old_node.folder / "var" / "alpr.db")
    assert "run alpr-core upgrade" in old_node("status").stderr
    with pytest.raises(StoreError):
        Node.open(old_node.folder)
    assert json.loads(old_node("upgrade", "--json").stdout)["upgraded"] is True
    assert old_node("config", "apply", "--yes").exit_code == 0
    assert old_node("hotlist", "list").exit_code == 0


def test_an_old_account_that_was_in_use_is_not_closed_by_the_upgrade(old_node) -> None:
    database = old_node.folder / "var" / "alpr.db"
    with closing(sqlite3.connect(database)) as old, old:
        assert old.execute("UPDATE person SET added_at = '2020-01-01 00:00:00.000000'").rowcount == 1
    as_of("0007", database)
    assert old_node("upgrade").exit_code == 0
    done = old_node.log_in()
    assert done.exit_code == 0, done.output


def test_an_upgrade_with_nothing_to_do_says_so(node) -> None:
    done = node("upgrade", "--json")
    assert json.loads(done.stdout)["upgraded"] is False
    assert "config apply" not in done.stderr
