"""Hotlists and their entries, found by plates that look alike and by partial plates."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection, Dialect

from alpr_core import plates
from alpr_core.models import HotlistEntry
from alpr_core.origins import Origin
from alpr_core.store.tables import Row, UtcDateTime, hotlist, hotlist_entry

BY_HAND = "by hand"
"""The source of a list that people keep, plate by plate."""

BATCH = 5_000
"""Rows of one INSERT when a hotlist is imported."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A hotlist entry as it stands in the database."""

    id: int
    hotlist: str
    entry: HotlistEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class HotlistSummary:
    """A hotlist without its entries."""

    name: str
    source: str
    entries: int
    changed_at: datetime


class ListedPlate(NamedTuple):
    """An entry's plate, or partial plate, alone."""

    id: int
    plate: str


PackedRow = tuple[Any, ...]
"""An entry as `PACKED` orders its columns."""

PACKED = {
    "plate": "text",
    "skeleton": "text",
    "wildcard": "boolean",
    "state": "text",
    "category": "text",
    "priority": "integer",
    "effective": "timestamptz",
    "expires": "timestamptz",
    "added_by": "text",
    "reason": "text",
    "case_number": "text",
    "fields": "json",
    "origin": "text",
}
"""The columns of an entry, each with its type in PostgreSQL."""


_SKELETON = itemgetter(list(PACKED).index("skeleton"))


class PackedEntries:
    """Entries as the database takes them: packed before the transaction, at a third of their size in memory.

    Attributes:
        rows: one for each entry.
    """

    def __init__(self, entries: Iterable[HotlistEntry] = ()) -> None:
        self.rows: list[PackedRow] = []
        self._texts: dict[str, str] = {}
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, entry: HotlistEntry) -> None:
        """Pack one more."""
        skeleton = plates.skeleton(entry.plate)
        self.rows.append(
            (
                entry.plate,
                entry.plate if skeleton == entry.plate else skeleton,
                plates.is_partial(entry.plate),
                self._shared(entry.state),
                self._shared(entry.category),
                entry.priority,
                entry.effective,
                entry.expires,
                self._shared(entry.added_by),
                self._shared(entry.reason),
                entry.case_number,
                json.dumps(dict(entry.fields)) if entry.fields else "{}",
                entry.origin.value,
            )
        )

    def sort(self) -> None:
        """Bring the entries into the order of the index: a million of them are then stored three times as fast."""
        self.rows.sort(key=_SKELETON)

    def _shared(self, text: str) -> str:
        """Return the one object for a text that a million entries may repeat."""
        if len(self._texts) < 10_000:
            return self._texts.setdefault(text, text)
        return self._texts.get(text, text)


class Hotlists:
    """The hotlists inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def source(self, name: str) -> str | None:
        """Return where a list comes from, None if there is no such list."""
        return self._connection.scalar(sa.select(hotlist.c.source).where(hotlist.c.name == name))

    def replace(self, name: str, source: str, entries: PackedEntries, at: datetime) -> int:
        """Put these entries in the place of the list's old ones, and return how many they are."""
        list_id = self._list_id(name, source, at)
        self._connection.execute(sa.delete(hotlist_entry).where(hotlist_entry.c.hotlist_id == list_id))
        added = self._insert(list_id, entries)
        if self._connection.dialect.name == "postgresql":
            # Without, it plans for another table until it looks by itself: with parallel workers, at 4 ms a read.
            self._connection.exec_driver_sql("ANALYZE hotlist_entry")
        return added

    def add(self, name: str, source: str, entry: HotlistEntry, at: datetime) -> None:
        """Add one entry to the list; the list is made if it is new."""
        self._insert(self._list_id(name, source, at), PackedEntries([entry]))

    def remove(self, name: str, plate: str, at: datetime) -> int:
        """Take the entries of this plate out of the list, and return how many there were."""
        chosen = sa.select(hotlist.c.id).where(hotlist.c.name == name).scalar_subquery()
        removed: int = self._connection.execute(
            sa.delete(hotlist_entry).where(
                hotlist_entry.c.hotlist_id == chosen, hotlist_entry.c.plate == plate
            )
        ).rowcount
        if removed:
            self._connection.execute(sa.update(hotlist).where(hotlist.c.name == name).values(changed_at=at))
        return removed

    def holding(self, wanted: Collection[str], *, name: str = "", at: datetime | None = None) -> set[str]:
        """Return which of these plates, partial ones as themselves, are listed.

        Args:
            wanted: plates in normal form.
            name: on this list only, "" for any.
            at: in force then only, UTC; None for all.
        """
        if not wanted:
            return set()
        column = _IN[self._connection.dialect.name](hotlist_entry.c.plate, "wanted")
        query = sa.select(hotlist_entry.c.plate).distinct().join_from(hotlist_entry, hotlist).where(column)
        if name:
            query = query.where(hotlist.c.name == name)
        if at is not None:
            expires = hotlist_entry.c.expires
            query = query.where(sa.or_(expires.is_(None), expires > at))
        return set(self._connection.scalars(query, {"wanted": sorted(wanted)}))

    def summaries(self) -> list[HotlistSummary]:
        """Return every list with its size, by name."""
        query = (
            sa.select(hotlist, sa.func.count(hotlist_entry.c.id).label("entries"))
            .join_from(hotlist, hotlist_entry, isouter=True)
            .group_by(hotlist.c.id)
            .order_by(hotlist.c.name)
        )
        return [
            HotlistSummary(
                name=row["name"], source=row["source"], entries=row["entries"], changed_at=row["changed_at"]
            )
            for row in self._connection.execute(query).mappings()
        ]

    def within_reach(self, texts: Collection[str], at: datetime) -> list[ListedPlate]:
        """Return the plates in force that any of these may meet.

        Those are the plates of its skeleton, and the partial ones that begin as it does or with a wildcard. Ids
        and plates only, because most reads meet none of them: see `entries`.

        Args:
            texts: plates in normal form.
            at: UTC.
        """
        statement = _WITHIN_REACH[self._connection.dialect.name]
        given = {
            "skeletons": sorted({plates.skeleton(text) for text in texts}),
            "firsts": sorted({"?", "*", *(text[:1] for text in texts)}),
            "at": at,
        }
        return [ListedPlate(*row) for row in self._connection.execute(statement, given)]

    def entries(self, ids: Collection[int]) -> dict[int, Listed]:
        """Return the entries of these ids."""
        if not ids:
            return {}
        statement = _ENTRIES[self._connection.dialect.name]
        found = self._connection.execute(statement, {"ids": sorted(ids)})
        return {row["id"]: _as_listed(row) for row in found.mappings()}

    def _list_id(self, name: str, source: str, at: datetime) -> int:
        found = self._connection.scalar(sa.select(hotlist.c.id).where(hotlist.c.name == name))
        if found is None:
            made = self._connection.execute(
                sa.insert(hotlist).values(name=name, source=source, changed_at=at)
            )
            key = made.inserted_primary_key
            return int(key[0]) if key else 0
        self._connection.execute(
            sa.update(hotlist).where(hotlist.c.id == found).values(source=source, changed_at=at)
        )
        return int(found)

    def _insert(self, list_id: int, entries: PackedEntries) -> int:
        dialect = self._connection.dialect
        stored = _stored_time(dialect)
        for batch in _in_batches(entries.rows):
            rows = [
                (
                    list_id,
                    *row[:_FIRST_TIME],
                    *map(stored, row[_FIRST_TIME:_AFTER_TIMES]),
                    *row[_AFTER_TIMES:],
                )
                for row in batch
            ]
            if dialect.name == "sqlite":
                self._connection.exec_driver_sql(_INSERT_SQLITE, rows)
            else:
                self._connection.exec_driver_sql(
                    _INSERT_POSTGRESQL, tuple(map(list, zip(*rows, strict=True)))
                )
        return len(entries)


_NAMES = ", ".join(["hotlist_id", *PACKED])
_FIRST_TIME, _AFTER_TIMES = list(PACKED).index("effective"), list(PACKED).index("expires") + 1
_TIME = hotlist_entry.c.effective.type

# By the driver alone: for a million lines SQLAlchemy's handling of each value would take longer than the insert.
_INSERT_SQLITE = f"INSERT INTO hotlist_entry ({_NAMES}) VALUES (?{', ?' * len(PACKED)})"  # noqa: S608
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in ["bigint", *PACKED.values()])
_INSERT_POSTGRESQL = f"INSERT INTO hotlist_entry ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608


def _stored_time(dialect: Dialect) -> Callable[[datetime | None], object]:
    """Return what makes of a time what the driver takes."""
    processor: Callable[[datetime | None], object] | None = _TIME.dialect_impl(dialect).bind_processor(
        dialect
    )
    return processor or (lambda moment: moment)


def _within_reach(
    skeletons: sa.ColumnElement[bool], firsts: sa.ColumnElement[bool]
) -> sa.CompoundSelect[int, str]:
    """Two selects, because each has an index of its own."""
    entry, at = hotlist_entry.c, sa.bindparam("at", type_=UtcDateTime)
    return sa.union_all(
        *(
            sa.select(entry.id, entry.plate).where(
                condition,
                sa.or_(entry.effective.is_(None), entry.effective <= at),
                sa.or_(entry.expires.is_(None), entry.expires > at),
            )
            for condition in (~entry.wildcard & skeletons, entry.wildcard & firsts)
        )
    )


def _entries(chosen: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return (
        sa.select(hotlist_entry, hotlist.c.name.label("hotlist"))
        .join_from(hotlist_entry, hotlist)
        .where(chosen)
    )


def _in_json(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    values = sa.func.json_each(sa.bindparam(name, type_=sa.JSON)).table_valued("value", name=name)
    return column.in_(sa.select(values.c.value))


def _in_array(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    return column == sa.any_(sa.bindparam(name, type_=postgresql.ARRAY(column.type)))


_ONE: sa.ColumnElement[int] = sa.literal_column("1")
_FIRST = sa.func.substr(hotlist_entry.c.plate, _ONE, _ONE, type_=sa.Text)
_IN = {"sqlite": _in_json, "postgresql": _in_array}
"""Both take one parameter for any number of values: each statement is prepared once, and meets no limit."""

_WITHIN_REACH = {
    dialect: _within_reach(within(hotlist_entry.c.skeleton, "skeletons"), within(_FIRST, "firsts"))
    for dialect, within in _IN.items()
}
_ENTRIES = {dialect: _entries(within(hotlist_entry.c.id, "ids")) for dialect, within in _IN.items()}


def _in_batches(rows: Sequence[PackedRow]) -> Iterator[Sequence[PackedRow]]:
    return (rows[start : start + BATCH] for start in range(0, len(rows), BATCH))


def _as_listed(row: Row) -> Listed:
    return Listed(
        id=row["id"],
        hotlist=row["hotlist"],
        entry=HotlistEntry(
            plate=row["plate"],
            state=row["state"],
            category=row["category"],
            priority=row["priority"],
            effective=row["effective"],
            expires=row["expires"],
            added_by=row["added_by"],
            reason=row["reason"],
            case_number=row["case_number"],
            fields=row["fields"],
            origin=Origin(row["origin"]),
        ),
    )
