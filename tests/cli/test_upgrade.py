"""A node of an older version: its database is brought over, and its settings wait to be accepted."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from alpr_core import joining, upgrading
from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.errors import StoreError
from alpr_core.models import Actor
from alpr_core.node import FirstPerson, Node
from alpr_core.recording import Recording, Why
from alpr_core.store import schema
from alpr_ledger import store as ledger_store

HEAD = ScriptDirectory.from_config(schema._config()).get_current_head()
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
            newer = {row[1] for row in old.execute(f"PRAGMA new.table_info({table})")}
            columns = ", ".join(
                row[1] for row in old.execute(f"PRAGMA main.table_info({table})") if row[1] in newer
            )
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


# ---------------------------------------------------------------------------
# All of it, or nothing
# ---------------------------------------------------------------------------


@pytest.fixture
def outdated(node):
    """A node of the version before, with its settings accepted."""
    database = node.folder / "var" / "alpr.db"
    as_of("0015", database)
    return node


def content(database: Path) -> dict[str, list]:
    """Every row that the old version had."""
    with closing(sqlite3.connect(database)) as opened:
        names = [
            name
            for (name,) in opened.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
            if not name.startswith("sqlite_") and name not in ("installed", "proven_time", "alembic_version")
        ]
        return {name: opened.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


def copies(node) -> list[Path]:
    return list((node.folder / "var").glob("upgrade/*"))


def failing(monkeypatch, error: Exception) -> None:
    """A migration that has done its work and then raises."""
    real = schema.upgrade

    def fail(connection) -> None:
        real(connection)
        raise error

    monkeypatch.setattr(schema, "upgrade", fail)


def test_check_says_what_would_be_done_and_does_none_of_it(outdated) -> None:
    database = outdated.folder / "var" / "alpr.db"
    before = content(database)
    said = json.loads(outdated("upgrade", "--check", "--json").stdout)
    assert (said["due"], said["schema"], said["new_schema"]) == (True, "0015", HEAD)
    assert content(database) == before
    assert "run alpr-core upgrade" in outdated("status").stderr


def test_an_upgrade_is_an_entry_with_old_and_new_versions(outdated) -> None:
    before = content(outdated.folder / "var" / "alpr.db")
    done = outdated("upgrade")
    assert done.exit_code == 0, done.output
    (entry,) = outdated.entries("node.upgrade")
    assert (entry["public"]["schema_before"], entry["public"]["schema"]) == ("0015", HEAD)
    assert entry["public"]["version"] == entry["public"]["parts"]["alpr-core"]["version"]
    after = content(outdated.folder / "var" / "alpr.db")
    assert after["person"] == before["person"]
    assert after["entry"][: len(before["entry"])] == before["entry"]
    assert copies(outdated) == []
    assert outdated.as_("1001", "ledger", "verify").exit_code == 0


def test_a_migration_that_fails_leaves_the_old_node_as_it_was(outdated, monkeypatch) -> None:
    database = outdated.folder / "var" / "alpr.db"
    before = content(database)
    with monkeypatch.context() as patch:
        failing(patch, RuntimeError("no such column"))
        done = outdated("upgrade")
    assert done.exit_code == 1
    assert "the node is as it was" in done.stderr
    assert "Traceback" not in done.output
    assert content(database) == before
    assert copies(outdated) == []
    assert outdated("upgrade").exit_code == 0  # the next one, mended, goes through


def test_a_copy_that_is_not_whole_stops_the_upgrade(outdated, monkeypatch) -> None:
    database = outdated.folder / "var" / "alpr.db"
    before = content(database)
    real = upgrading._make_copy

    def lose_a_person(file: Path, copy: Path) -> None:
        real(file, copy)
        with closing(sqlite3.connect(copy)) as opened, opened:
            opened.execute("DELETE FROM person")

    monkeypatch.setattr(upgrading, "_make_copy", lose_a_person)
    done = outdated("upgrade")
    assert done.exit_code == 1
    assert "table person has 0 rows" in done.stderr
    assert content(database) == before
    assert copies(outdated) == []


def test_a_ledger_that_does_not_verify_is_not_upgraded(outdated) -> None:
    database = outdated.folder / "var" / "alpr.db"
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("DROP TRIGGER entry_no_update")
        opened.execute("UPDATE entry SET bytes = replace(bytes, 'system:init', 'system:anna') WHERE idx = 1")
    done = outdated("upgrade")
    assert done.exit_code == 1
    assert "its ledger does not verify" in done.stderr


def test_the_copy_is_for_this_account_alone(outdated, monkeypatch) -> None:
    seen: list[int] = []
    real = upgrading._verify_copy

    def look(file: Path, copy: Path, settings) -> None:
        seen.extend([copy.stat().st_mode & 0o777, copy.parent.stat().st_mode & 0o777])
        real(file, copy, settings)

    monkeypatch.setattr(upgrading, "_verify_copy", look)
    assert outdated("upgrade").exit_code == 0
    assert seen == [0o600, 0o700]


def test_without_room_for_the_copy_nothing_is_begun(outdated, monkeypatch) -> None:
    monkeypatch.setattr(upgrading, "_free", lambda _file: 1000)
    done = outdated("upgrade")
    assert done.exit_code == 1
    assert "no room for the copy" in done.stderr


def test_a_database_of_a_newer_version_is_left_alone(node) -> None:
    with closing(sqlite3.connect(node.folder / "var" / "alpr.db")) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = '9999'")
    done = node("upgrade")
    assert done.exit_code == 1
    assert "it is of a newer version" in done.stderr


def test_what_a_killed_upgrade_left_is_gone_at_the_next_start(node) -> None:
    folder = node.folder / "var" / "upgrade"
    folder.mkdir()
    (folder / "alpr-0014.db").write_text("what is purged later would stay here")
    Node.open(node.folder).close()
    assert not folder.exists()


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_an_upgrade_that_is_killed_anywhere_leaves_the_old_node_or_the_new_one(
    node, tmp_path, run_and_kill, kills
) -> None:
    as_of("0015", node.folder / "var" / "alpr.db")
    before = content(node.folder / "var" / "alpr.db")
    chance = random.Random(6)
    old = 0
    for number in range(kills):
        folder = tmp_path / f"killed-{number}"
        shutil.copytree(node.folder, folder)
        one = type(node)(folder, tmp_path / "passphrase")

        def upgrade(begin, folder=folder) -> None:
            begin()
            Node.upgrade(folder)

        run_and_kill(upgrade, chance.uniform(0.0, 1.2))
        database = folder / "var" / "alpr.db"
        with closing(sqlite3.connect(database)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            (revision,) = opened.execute("SELECT version_num FROM alembic_version").fetchone()
        assert revision in ("0015", HEAD)
        after = content(database)
        if revision == "0015":
            old += 1
            assert after == before
            assert one("upgrade").exit_code == 0
        assert len(one.entries("node.upgrade")) == 1
        assert copies(one) == []
        assert one.as_("1001", "ledger", "verify").exit_code == 0
        shutil.rmtree(folder)
    assert kills < 50 or 0 < old < kills
