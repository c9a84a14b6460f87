"""Hotlists and their entries, found by plates that look alike and by partial plates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Connection

from alpr_core import plates
from alpr_core.models import HotlistEntry
from alpr_core.store.tables import Row, UtcDateTime, Values, hotlist, hotlist_entry

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


class Hotlists:
    """The hotlists inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def replace(self, name: str, source: str, entries: Iterable[HotlistEntry], at: datetime) -> int:
        """Put these entries in the place of the list's old ones, and return how many they are."""
        list_id = self._list_id(name, source, at)
        self._connection.execute(sa.delete(hotlist_entry).where(hotlist_entry.c.hotlist_id == list_id))
        return self._insert(list_id, entries)

    def add(self, name: str, source: str, entry: HotlistEntry, at: datetime) -> None:
        """Add one entry to the list; the list is made if it is new."""
        self._insert(self._list_id(name, source, at), [entry])

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
        """Return the plates in force that any of these may meet: those of its skeleton, and every partial plate.

        Ids and plates only, because most reads meet none of them: see `entries`.

        Args:
            texts: plates in normal form.
            at: UTC.
        """
        skeletons = sorted({plates.skeleton(text) for text in texts})
        statement = _WITHIN_REACH[self._connection.dialect.name]
        found = self._connection.execute(statement, {"skeletons": skeletons, "at": at})
        return [ListedPlate(id=row.id, plate=row.plate) for row in found]

    def entries(self, ids: Collection[int]) -> dict[int, Listed]:
        """Return the entries of these ids."""
        if not ids:
            return {}
        query = (
            sa.select(hotlist_entry, hotlist.c.name.label("hotlist"))
            .join_from(hotlist_entry, hotlist)
            .where(hotlist_entry.c.id.in_(sorted(ids)))
        )
        return {row["id"]: _as_listed(row) for row in self._connection.execute(query).mappings()}

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

    def _insert(self, list_id: int, entries: Iterable[HotlistEntry]) -> int:
        count = 0
        for batch in _batches(entries):
            self._connection.execute(sa.insert(hotlist_entry), [_as_row(list_id, one) for one in batch])
            count += len(batch)
        return count


def _within_reach(*conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int, str]]:
    entry, at = hotlist_entry.c, sa.bindparam("at", type_=UtcDateTime)
    return sa.select(entry.id, entry.plate).where(
        *conditions,
        sa.or_(entry.effective.is_(None), entry.effective <= at),
        sa.or_(entry.expires.is_(None), entry.expires > at),
    )


def _all_within_reach(resembles: sa.ColumnElement[bool]) -> sa.CompoundSelect[tuple[int, str]]:
    """Two selects, because each has an index of its own."""
    entry = hotlist_entry.c
    return sa.union_all(_within_reach(~entry.wildcard, resembles), _within_reach(entry.wildcard))


_SKELETONS = sa.func.json_each(sa.bindparam("skeletons", type_=sa.JSON)).table_valued("value")
_WITHIN_REACH = {
    "sqlite": _all_within_reach(hotlist_entry.c.skeleton.in_(sa.select(_SKELETONS.c.value))),
    "postgresql": _all_within_reach(
        hotlist_entry.c.skeleton == sa.any_(sa.bindparam("skeletons", type_=ARRAY(sa.Text)))
    ),
}
"""One parameter for any number of plates: the statement is prepared once, and no limit of parameters is met."""


def _batches(entries: Iterable[HotlistEntry]) -> Iterator[list[HotlistEntry]]:
    left = iter(entries)
    while batch := list(islice(left, BATCH)):
        yield batch


def _as_row(list_id: int, entry: HotlistEntry) -> Values:
    wildcard = plates.is_partial(entry.plate)
    return {
        "hotlist_id": list_id,
        "plate": entry.plate,
        "skeleton": plates.skeleton(entry.plate),
        "wildcard": wildcard,
        "state": entry.state,
        "category": entry.category,
        "priority": entry.priority,
        "effective": entry.effective,
        "expires": entry.expires,
        "added_by": entry.added_by,
        "reason": entry.reason,
        "case_number": entry.case_number,
        "fields": dict(entry.fields),
    }


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
        ),
    )
