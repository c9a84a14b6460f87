"""The reads of one batch of a purge, in a table of the connection's own that is empty again once it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

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


_INSERT_POSTGRESQL = (
    "INSERT INTO doomed (day, read_id, entry, item, plate_id) "
    "SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[], %b::integer[], %b::bigint[])"
)


class Candidate(NamedTuple):
    """A read that may be due: what is asked about it before it is destroyed, and where its values lie."""

    key: ReadKey
    retention_class: str
    captured_at: datetime
    stored_at: datetime
    entry: int
    item: int
    plate_id: int


def make_doomed(connection: Connection, reads: Sequence[Candidate]) -> set[ReadKey]:
    """Fill the table with those of these reads that are there and under no hold, and return them."""
    if not _is_there(connection):
        doomed.create(connection, checkfirst=False)
    rows = [
        {
            "day": one.key.day,
            "read_id": one.key.id,
            "entry": one.entry,
            "item": one.item,
            "plate_id": one.plate_id,
        }
        for one in reads
    ]
    connection.execute(sa.delete(doomed))
    if not rows:
        return set()
    if connection.dialect.name == "sqlite":
        connection.execute(sa.insert(doomed), rows)
    else:  # one statement for any number of rows
        columns = tuple(list(column) for column in zip(*(row.values() for row in rows), strict=True))
        connection.exec_driver_sql(_INSERT_POSTGRESQL, columns)
    is_held = sa.exists().where(hold_read.c.day == doomed.c.day, hold_read.c.read_id == doomed.c.read_id)
    is_there = sa.exists().where(read.c.day == doomed.c.day, read.c.id == doomed.c.read_id)
    connection.execute(sa.delete(doomed).where(sa.or_(is_held, ~is_there)))
    left = connection.execute(sa.select(doomed.c.day, doomed.c.read_id)).all()
    return {ReadKey(day=day, id=read_id) for day, read_id in left}


def _is_there(connection: Connection) -> bool:
    """Return whether this connection has made its table already."""
    if connection.dialect.name == "sqlite":
        return (
            connection.scalar(sa.text("SELECT 1 FROM temp.sqlite_master WHERE name = 'doomed'")) is not None
        )
    return connection.scalar(sa.text("SELECT to_regclass('pg_temp.doomed')")) is not None
