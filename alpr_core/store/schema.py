"""Makes and upgrades every table of a node: ours by Alembic, the ledger's by itself, in one transaction."""

from __future__ import annotations

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from alpr_core.errors import StoreError
from alpr_ledger import store as ledger_store


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", "alpr_core:store/migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def revision(connection: Connection) -> str:
    """Return which version of our own tables the database has; "" for none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def make(connection: Connection, wanted: str) -> None:
    """Make every table of an empty database as a certain version had them, in the caller's transaction.

    Raises:
        StoreError: the database is not empty, or this program does not know that version.
    """
    if inspect(connection).get_table_names():
        raise StoreError("the database is not empty: a backup is restored into a new one")
    known = {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}
    if wanted not in known:
        raise StoreError(
            f"the backup has schema {wanted}, which this program does not know: use the program that made it"
        )
    command.upgrade(_config(connection), wanted)
    ledger_store.create(connection)


@cache
def _newest() -> str | None:
    """Return the revision that this program needs: its files do not change while it runs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def upgrade(connection: Connection) -> None:
    """Bring the database to this version, from nothing or from an older one, in the caller's transaction."""
    command.upgrade(_config(connection), "head")
    ledger_store.create(connection)


def ledger_is_current(connection: Connection) -> bool:
    """Whether the ledger's own tables are of this program's version; `upgrade` makes them so, or refuses."""
    return ledger_store.stored_version(connection) == ledger_store.VERSION


def is_current(connection: Connection) -> bool:
    """Whether every table is of this program's version."""
    found = MigrationContext.configure(connection).get_current_revision()
    return found == _newest() and ledger_is_current(connection)


def revisions(connection: Connection) -> tuple[str, str]:
    """Return the database's revision, "" where it is empty, and the one that this program needs."""
    found = MigrationContext.configure(connection).get_current_revision()
    return found or "", _newest() or ""


def is_known(revision: str) -> bool:
    """Whether this program has a migration of that name, so that it can go on from there."""
    return revision in {one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()}


def check(connection: Connection) -> None:
    """Refuse a database of another version.

    Raises:
        StoreError: saying which version was found, and what to do.
    """
    found = MigrationContext.configure(connection).get_current_revision()
    wanted = _newest()
    if found is None:
        raise StoreError("the database is empty: this node was not set up; run alpr-core init")
    if found != wanted:
        raise StoreError(
            f"the database has schema {found}, this program needs {wanted}: run alpr-core upgrade, "
            "or the program that fits the database"
        )
