"""An upgrade on PostgreSQL is one transaction of the server's: it needs no copy, and a failed one leaves nothing."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory

from alpr_core.config import Answers
from alpr_core.errors import StoreError
from alpr_core.node import FirstPerson, Node
from alpr_core.store import schema
from alpr_ledger import store as ledger_store

BEFORE = "0015"
HEAD = ScriptDirectory.from_config(schema._config()).get_current_head()
FIRST = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")


class Outdated(NamedTuple):
    """A node whose database is of the version before.

    Attributes:
        folder: the node's.
        url: of that database; copies of it are made.
    """

    folder: Path
    url: str


def as_of(revision: str, new_url: str, old_url: str) -> None:
    """Fill an empty database with the tables of an older version, and with what they have room for."""
    new, old = sa.create_engine(new_url), sa.create_engine(old_url)
    with new.connect() as source, old.begin() as target:
        command.upgrade(schema._config(target), revision)
        ledger_store.create(target)
        tables = sa.MetaData()
        tables.reflect(target)
        for table in reversed(tables.sorted_tables):
            if table.name != "alembic_version":
                target.execute(table.delete())
        for table in tables.sorted_tables:
            if table.name != "alembic_version":
                newer = {column["name"] for column in sa.inspect(source).get_columns(table.name)}
                columns = [column for column in table.columns if column.name in newer]
                rows = source.execute(sa.select(*columns)).mappings().all()
                if rows:
                    target.execute(table.insert(), [dict(row) for row in rows])
    new.dispose()
    old.dispose()


@pytest.fixture
def outdated(tmp_path: Path, postgresql_server: Callable[..., str]) -> Outdated:
    new_url, old_url = postgresql_server(), postgresql_server()
    answers = Answers(
        name="server", origin="test.example/ledger/pg", store_url=new_url, last_signed="var/last-signed"
    )
    Node.create(tmp_path / "node", answers, FIRST).close()
    as_of(BEFORE, new_url, old_url)
    toml = tmp_path / "node" / "alpr.toml"
    toml.write_text(toml.read_text().replace(new_url, old_url))
    return Outdated(tmp_path / "node", old_url)


def content(url: str) -> tuple[str, dict[str, list]]:
    """The revision of a database, and every row that the version before had."""
    engine = sa.create_engine(url)
    tables = sa.MetaData()
    with engine.connect() as connection:
        tables.reflect(connection)
        rows = {
            name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for name, table in tables.tables.items()
        }
    engine.dispose()
    (revision,) = rows.pop("alembic_version")
    return revision, rows


def upgrades(folder: Path) -> list[dict]:
    with Node.open(folder) as node, node.site.store.snapshot() as work:
        return [entry.body["public"] for entry in work.ledger.entries(kind="node.upgrade")]


def test_it_is_an_entry_with_old_and_new_versions(outdated: Outdated) -> None:
    plan = Node.upgrade(outdated.folder, only_check=True)
    assert (plan.is_due, plan.schema, plan.copy_bytes) == (True, BEFORE, 0)
    Node.upgrade(outdated.folder)
    (public,) = upgrades(outdated.folder)
    assert (public["schema_before"], public["schema"]) == (BEFORE, HEAD)
    assert not Node.upgrade(outdated.folder).is_due


def test_one_that_fails_leaves_the_database_as_it_was(
    outdated: Outdated, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(outdated.url)
    real = schema.upgrade

    def fail(connection: sa.Connection) -> None:
        real(connection)
        raise RuntimeError("no such column in the row of ABC123")

    with monkeypatch.context() as patch:
        patch.setattr(schema, "upgrade", fail)
        with pytest.raises(StoreError, match=r"the node is as it was: RuntimeError$"):
            Node.upgrade(outdated.folder)
    assert content(outdated.url) == before
    Node.upgrade(outdated.folder)
    assert len(upgrades(outdated.folder)) == 1


@pytest.mark.parametrize("kills", [5, pytest.param(100, marks=pytest.mark.soak)])
def test_one_that_is_killed_anywhere_leaves_the_old_node_or_the_new_one(
    outdated: Outdated,
    tmp_path: Path,
    postgresql_server: Callable[..., str],
    run_and_kill: Callable[..., None],
    kills: int,
) -> None:
    before = content(outdated.url)
    chance = random.Random(6)
    for number in range(kills):
        folder, url = tmp_path / f"killed-{number}", postgresql_server(outdated.url)
        shutil.copytree(outdated.folder, folder)
        toml = folder / "alpr.toml"
        toml.write_text(toml.read_text().replace(outdated.url, url))

        def upgrade(begin: Callable[[], None], folder: Path = folder) -> None:
            begin()
            Node.upgrade(folder)

        run_and_kill(upgrade, chance.uniform(0.0, 1.2))
        after = content(url)
        assert after == before or HEAD in after[0]
        Node.upgrade(folder)
        assert len(upgrades(folder)) == 1
