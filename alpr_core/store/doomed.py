"""The reads of one batch of a purge, in a table of the connection's own that is empty again once it is committed."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import ReadKey
from alpr_core.store.tables import BigKey, hold_read, read

doomed = sa.Table(
    "doomed",
    sa.MetaData(),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("read_id", sa.String(36), primary_key=True),
    sa.Column("entry", BigKey),
    sa.Column("item", sa.Integer),
    sa.Column("plate_id", BigKey),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)


def make_doomed(connection: Connection, keys: Sequence[ReadKey]) -> None:
    """Fill the table with those of these reads that are there and under no hold."""
    if _is_there(connection):
        connection.execute(sa.delete(doomed))
    else:
        doomed.create(connection, checkfirst=False)
    for at in range(0, len(keys), 400):
        pairs = [(one.day, one.id) for one in keys[at : at + 400]]
        is_held = sa.exists().where(hold_read.c.day == read.c.day, hold_read.c.read_id == read.c.id)
        query = sa.select(read.c.day, read.c.id, read.c.entry, read.c.item, read.c.plate_id).where(
            sa.tuple_(read.c.day, read.c.id).in_(pairs), ~is_held
        )
        connection.execute(
            sa.insert(doomed).from_select(["day", "read_id", "entry", "item", "plate_id"], query)
        )


def doomed_keys(connection: Connection) -> set[ReadKey]:
    """Return the reads in the table."""
    return {
        ReadKey(day=row.day, id=row.read_id)
        for row in connection.execute(sa.select(doomed.c.day, doomed.c.read_id))
    }


def _is_there(connection: Connection) -> bool:
    """Return whether this connection has made its table already."""
    if connection.dialect.name == "sqlite":
        return (
            connection.scalar(sa.text("SELECT 1 FROM temp.sqlite_master WHERE name = 'doomed'")) is not None
        )
    return connection.scalar(sa.text("SELECT to_regclass('pg_temp.doomed')")) is not None
