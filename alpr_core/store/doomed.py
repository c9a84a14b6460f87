"""The reads of one batch of a purge, in a table of the connection's own that is empty again once it is committed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.schema import CreateTable

from alpr_core.models import ReadKey
from alpr_core.store.tables import BigKey, hold_read, read

doomed = sa.Table(
    "doomed",
    sa.MetaData(),
    sa.Column("day", sa.String(10)),
    sa.Column("read_id", sa.String(36)),
    sa.Column("entry", BigKey),
    sa.Column("item", sa.Integer),
    sa.Column("plate_id", BigKey),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)

_INSERT_SQLITE = "INSERT INTO doomed (day, read_id, entry, item, plate_id) VALUES (?, ?, ?, ?, ?)"
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


def make_doomed(connection: Connection, reads: Sequence[Candidate]) -> Sequence[Candidate]:
    """Fill the table, which is empty, with those of these reads that are there and under no hold; return them."""
    if not reads:
        return ()
    connection.exec_driver_sql(_create(connection.dialect))
    rows = [(one.key.day, one.key.id, one.entry, one.item, one.plate_id) for one in reads]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT_SQLITE, rows)
    else:  # one statement for any number of rows
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(_INSERT_POSTGRESQL, columns)
    if not connection.execute(_SPARE).rowcount:
        return reads
    left = {ReadKey(day=day, id=read_id) for day, read_id in connection.execute(_LEFT)}
    return [one for one in reads if one.key in left]


@cache
def _create(dialect: Dialect) -> str:
    """Return the statement, which takes longer to be made than to be run."""
    return str(CreateTable(doomed, if_not_exists=True).compile(dialect=dialect))


_is_of = (hold_read.c.day == doomed.c.day, hold_read.c.read_id == doomed.c.read_id)
_is_there = (read.c.day == doomed.c.day, read.c.id == doomed.c.read_id)
# Scalars, for which each read is looked up in an index: with EXISTS, PostgreSQL goes through all reads under a hold.
_SPARE = sa.delete(doomed).where(
    sa.or_(
        sa.select(hold_read.c.hold_id).where(*_is_of).limit(1).scalar_subquery().is_not(None),
        sa.select(read.c.entry).where(*_is_there).scalar_subquery().is_(None),
    )
)
_LEFT = sa.select(doomed.c.day, doomed.c.read_id)
