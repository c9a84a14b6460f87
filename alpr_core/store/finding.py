"""Finding reads by plate, time and camera, fast on millions of them, with stock SQLite and PostgreSQL.

First the distinct plates are looked for, then the reads of those, each plate's by its own index, newest first. A join
of both leaves it to the planner, which at times goes through every read there is for one rare plate.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core import plates
from alpr_core.models import ReadFilter
from alpr_core.store.tables import Row, correction, plate, read

FEW = 40
"""So many plates are asked for one by one: each finds its newest reads in the index."""

MANY = 5000
"""Of more plates than this the reads are gone through newest first: every few thousandth of them is one."""

WITH_PLATE = sa.select(*read.c, plate.c.text.label("plate")).join_from(read, plate)
"""A read with the plate that was observed."""


class _Narrow(NamedTuple):
    """What a search narrows by beside the plate. A statement is built once for each: that costs more than a run."""

    since: bool
    until: bool
    camera: bool


def find(connection: Connection, wanted: ReadFilter) -> list[Row]:
    """Return the rows of the reads that meet the filter, by what was observed or corrected, newest first.

    Args:
        connection: the transaction.
        wanted: its plate in normal form, or partial.
    """
    narrow = _Narrow(wanted.since is not None, wanted.until is not None, wanted.camera != "")
    given = {"since": wanted.since, "until": wanted.until, "camera": wanted.camera, "most": wanted.limit}
    if not wanted.plate:
        return list(connection.execute(_newest(narrow), given).mappings())
    meets = _meets(wanted, plate, connection.dialect.name)
    ids = list(connection.scalars(sa.select(plate.c.id).where(meets).limit(MANY + 1)))
    rows: list[Row] = []
    if len(ids) > MANY:
        rows += connection.execute(_newest(narrow).where(meets), given).mappings()
    elif len(ids) > FEW:
        rows += connection.execute(_of_several(narrow), {**given, "plates": ids}).mappings()
    else:
        for one in ids:
            rows += connection.execute(_of_one(narrow), {**given, "plate": one}).mappings()
    said = plate.alias("said")
    corrected = _corrected(narrow, said).where(_meets(wanted, said, connection.dialect.name))
    rows += connection.execute(corrected, given).mappings()
    by_key = {(row["day"], row["id"]): row for row in rows}
    newest_first = sorted(by_key.values(), key=lambda row: (-row["captured_at"].timestamp(), row["id"]))
    return newest_first[: wanted.limit]


def _meets(wanted: ReadFilter, table: sa.FromClause, dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition that a plate is the one wanted."""
    if plates.is_partial(wanted.plate):
        partial = plates.Partial.parse(wanted.plate)
        if dialect == "sqlite":  # GLOB has the same two wildcards, and finds a known beginning in the index
            return table.c.text.op("GLOB", is_comparison=True)(partial.text)
        return table.c.text.like(partial.like)
    if wanted.confusable:
        return table.c.skeleton == plates.skeleton(wanted.plate)
    return table.c.text == wanted.plate


def _narrowed(query: sa.Select[tuple[object, ...]], narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if narrow.since:
        conditions.append(read.c.captured_at >= sa.bindparam("since"))
    if narrow.until:
        conditions.append(read.c.captured_at < sa.bindparam("until"))
    if narrow.camera:
        conditions.append(read.c.camera == sa.bindparam("camera"))
    newest_first = (read.c.captured_at.desc(), read.c.id)
    return query.where(*conditions).order_by(*newest_first).limit(sa.bindparam("most"))


@cache
def _newest(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    return _narrowed(WITH_PLATE, narrow)


@cache
def _of_one(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    return _narrowed(WITH_PLATE.where(read.c.plate_id == sa.bindparam("plate")), narrow)


@cache
def _of_several(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    # Behind a fence (OFFSET 0), or the planner goes through every read, newest first, to find these few.
    several = sa.select(read.c.day, read.c.id).where(
        read.c.plate_id.in_(sa.bindparam("plates", expanding=True))
    )
    fenced = several.offset(0).subquery()
    beside = sa.and_(fenced.c.day == read.c.day, fenced.c.id == read.c.id)
    return _narrowed(WITH_PLATE.join(fenced, beside), narrow)


_newer = correction.alias("newer")
COUNTS = ~sa.exists().where(
    _newer.c.day == correction.c.day,
    _newer.c.read_id == correction.c.read_id,
    _newer.c.id > correction.c.id,
)
"""Of the corrections of a read the newest counts."""


def _corrected(narrow: _Narrow, said: sa.FromClause) -> sa.Select[tuple[object, ...]]:
    beside = sa.and_(correction.c.day == read.c.day, correction.c.read_id == read.c.id)
    query = WITH_PLATE.join(correction, beside).join(said, said.c.id == correction.c.plate_id)
    return _narrowed(query.where(COUNTS), narrow)
