"""Finding reads by plate, time, camera and place, fast on millions of them, with stock SQLite and PostgreSQL.

First the distinct plates are looked for, then the reads of those, each plate's by its own index, newest first. A join
of both leaves it to the planner, which at times goes through every read there is for one rare plate.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core import plates
from alpr_core.models import ReadFilter
from alpr_core.store.nearness import given_box, within_box, within_metres
from alpr_core.store.tables import Row, correction, plate, read

FEW = 40
"""So many plates are asked for one by one: each finds its newest reads in the index."""

MANY = 5000
"""Of more plates, or reads of a place, than this the reads are gone through newest first: one in few is wanted."""

WITH_PLATE = sa.select(*read.c, plate.c.text.label("plate")).join_from(read, plate)
"""A read with the plate that was observed."""


class _Narrow(NamedTuple):
    """What a search narrows by beside the plate. A statement is built once for each: that costs more than a run."""

    since: bool
    until: bool
    cameras: bool
    near: bool
    dialect: str


def find(connection: Connection, wanted: ReadFilter) -> list[Row]:
    """Return the rows of the reads that meet the filter, by what was observed or corrected, newest first.

    Args:
        connection: the transaction.
        wanted: its plate in normal form, or partial.
    """
    narrow = _Narrow(
        wanted.since is not None,
        wanted.until is not None,
        bool(wanted.cameras),
        wanted.near is not None,
        connection.dialect.name,
    )
    given: dict[str, Any] = {"since": wanted.since, "until": wanted.until, "cameras": list(wanted.cameras)}
    given["most"] = wanted.limit
    if wanted.near is not None:
        given |= given_box(wanted.near)
    if not wanted.plate:
        return list(connection.execute(_anywhere(connection, narrow, given), given).mappings())
    ids = _plates(connection, wanted)
    rows: list[Row] = []
    if len(ids) > MANY:
        rows += connection.execute(
            _newest(narrow).where(_meets(wanted, plate, narrow.dialect)), given
        ).mappings()
    elif len(ids) > FEW:
        rows += connection.execute(_of_several(narrow), {**given, "plates": ids}).mappings()
    else:
        for one in ids:
            rows += connection.execute(_of_one(narrow), {**given, "plate": one}).mappings()
    said = plate.alias("said")
    meets = said.c.id.in_(ids) if wanted.fuzzy else _meets(wanted, said, narrow.dialect)
    rows += connection.execute(_corrected(narrow, said).where(meets), given).mappings()
    by_key = {(row["day"], row["id"]): row for row in rows}
    newest_first = sorted(by_key.values(), key=lambda row: (-row["captured_at"].timestamp(), row["id"]))
    return newest_first[: wanted.limit]


def _plates(connection: Connection, wanted: ReadFilter) -> list[int]:
    """Return the ids of the distinct plates that are wanted; of too many `MANY` and one more."""
    dialect = connection.dialect.name
    if not wanted.fuzzy:
        meets = _meets(wanted, plate, dialect)
        return list(connection.scalars(sa.select(plate.c.id).where(meets).limit(MANY + 1)))
    found = {
        row.id: row.text
        for can_be in _one_edit_away(wanted.plate, dialect)
        for row in connection.execute(sa.select(plate.c.id, plate.c.text).where(can_be))
    }
    skeleton = plates.skeleton(wanted.plate)
    return [
        number
        for number, text in found.items()
        if plates.is_one_edit_away(wanted.plate, text) or plates.skeleton(text) == skeleton
    ][:MANY]


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


def _one_edit_away(text: str, dialect: str) -> Iterator[sa.ColumnElement[bool]]:
    """Yield conditions of which every plate meets one that is one edit away, or looks alike.

    One edit leaves one half of the plate as it is. They are asked one by one: the first two find their plates in an
    index, and only the end of a plate has to be looked for among all.
    """
    middle = len(text) // 2
    yield plate.c.skeleton == plates.skeleton(text)
    for half in (f"{text[:middle]}*", f"*{text[middle:]}"):
        if dialect == "sqlite":
            yield plate.c.text.op("GLOB", is_comparison=True)(half)
        else:
            yield plate.c.text.like(half.replace("*", "%"))


def _narrowed(query: sa.Select[tuple[object, ...]], narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if narrow.since:
        conditions.append(read.c.captured_at >= sa.bindparam("since"))
    if narrow.until:
        conditions.append(read.c.captured_at < sa.bindparam("until"))
    if narrow.cameras:
        conditions.append(read.c.camera.in_(sa.bindparam("cameras", expanding=True)))
    if narrow.near:
        conditions += [within_box(), within_metres(narrow.dialect)]
    newest_first = (read.c.captured_at.desc(), read.c.id)
    return query.where(*conditions).order_by(*newest_first).limit(sa.bindparam("most"))


def _anywhere(
    connection: Connection, narrow: _Narrow, given: dict[str, Any]
) -> sa.Select[tuple[object, ...]]:
    """Return the statement for a search without a plate: by place, if that has few reads, else newest first."""
    if narrow.near:
        inside = sa.select(read.c.id).where(within_box()).limit(MANY + 1).subquery()
        if (connection.scalar(sa.select(sa.func.count()).select_from(inside), given) or 0) <= MANY:
            return _of_place(narrow)
    return _newest(narrow)


@cache
def _newest(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    return _narrowed(WITH_PLATE, narrow)


@cache
def _of_one(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    return _narrowed(WITH_PLATE.where(read.c.plate_id == sa.bindparam("plate")), narrow)


@cache
def _of_several(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    several = sa.select(read.c.day, read.c.id).where(
        read.c.plate_id.in_(sa.bindparam("plates", expanding=True))
    )
    return _narrowed(_fenced(several), narrow)


@cache
def _of_place(narrow: _Narrow) -> sa.Select[tuple[object, ...]]:
    return _narrowed(_fenced(sa.select(read.c.day, read.c.id).where(within_box())), narrow)


def _fenced(few: sa.Select[tuple[str, str]]) -> sa.Select[tuple[object, ...]]:
    """Put a fence round few reads (OFFSET 0), or the planner goes through all, newest first, to find them."""
    fenced = few.offset(0).subquery()
    return WITH_PLATE.join(fenced, sa.and_(fenced.c.day == read.c.day, fenced.c.id == read.c.id))


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
