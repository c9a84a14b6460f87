"""Hotlists and their entries, found by plates that look alike and by partial plates.

A list names the generation of entries that is in force. Another one can be written beside it (`hotlist_staging`),
which meets nothing until the list names it: that is one small change, however many entries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection

from alpr_core import plates
from alpr_core.models import HotlistEntry
from alpr_core.origins import Origin
from alpr_core.store.batches import batches
from alpr_core.store.hotlist_rows import BATCH, PackedEntries, insert_rows
from alpr_core.store.tables import Row, UtcDateTime, hotlist, hotlist_entry, hotlist_generation

BY_HAND = "by hand"
"""The source of a list that people keep, plate by plate."""


STALE_AFTER = timedelta(days=1)
"""A list that comes from imports is stale after that, if nothing else is set: hotlists change daily."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A hotlist entry as it stands in the database."""

    id: int
    hotlist: str
    entry: HotlistEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class HotlistSummary:
    """A hotlist without its entries.

    Attributes:
        name: of the list.
        source: the data source that delivers it, or `BY_HAND`.
        entries: how many are in force.
        changed_at: when an import or a person changed it last, UTC.
        imported_at: when it was imported last, UTC; None for a list kept by hand.
    """

    name: str
    source: str
    entries: int
    changed_at: datetime
    imported_at: datetime | None


class ListedPlate(NamedTuple):
    """An entry's plate, or partial plate, alone."""

    id: int
    plate: str


class Line(NamedTuple):
    """What tells an entry from others of the same list."""

    id: int
    plate: str
    state: str
    category: str
    nic: str


class Hotlists:
    """The hotlists inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def source(self, name: str) -> str | None:
        """Return where a list comes from, None if there is no such list."""
        return self._connection.scalar(sa.select(hotlist.c.source).where(hotlist.c.name == name))

    def size(self, name: str) -> int:
        """Return how many entries a list has, 0 if there is no such list."""
        query = sa.select(_SIZE).where(hotlist.c.name == name)
        return self._connection.scalar(query) or 0

    def standing(self) -> dict[str, tuple[object, ...]]:
        """Return, by the name of each list, what is another one as soon as anything has changed the list."""
        columns = (hotlist.c.name, hotlist.c.generation_id, hotlist.c.changed_at, hotlist.c.digest)
        return {name: tuple(state) for name, *state in self._connection.execute(sa.select(*columns))}

    def fetched(self, name: str) -> str:
        """Return the SHA-256 of the file that a list was fetched as, and imported from, last; "" if there is none."""
        return self._connection.scalar(sa.select(hotlist.c.fetched).where(hotlist.c.name == name)) or ""

    def put_in_force(
        self,
        name: str,
        source: str,
        generation: int,
        at: datetime,
        *,
        digest: str = "",
        is_fetched: bool = False,
    ) -> None:
        """Let a list hold these entries from now on, and leave those that it held to be cleared.

        Args:
            name: of the list, which may be new.
            source: the data source that delivered it.
            generation: number of the generation with its entries.
            at: now, UTC.
            digest: SHA-256 of the file that they come from.
            is_fetched: whether it was fetched from the list's server.
        """
        before = self._connection.scalar(sa.select(hotlist.c.generation_id).where(hotlist.c.name == name))
        list_id = self._list_id(name, source, at)
        chosen = sa.update(hotlist).where(hotlist.c.id == list_id)
        imported = _imported(at, digest, is_fetched=is_fetched)
        self._connection.execute(chosen.values(generation_id=generation, **imported))
        left = sa.update(hotlist_generation).where(hotlist_generation.c.id == before)
        self._connection.execute(left.values(node="", process=""))

    def add(self, name: str, source: str, entry: HotlistEntry, at: datetime) -> None:
        """Add one entry to the list; the list is made if it is new."""
        self._insert(self._list_id(name, source, at), PackedEntries([entry]), at)

    def of_plates(self, name: str, wanted: Collection[str]) -> list[Line]:
        """Return the list's entries of these plates, partial ones as themselves."""
        entry = hotlist_entry.c
        columns = (entry.id, entry.plate, entry.state, entry.category, entry.fields, entry.generation_id)
        query = sa.select(*columns).where(_IN[self._dialect](entry.plate, "wanted"))
        mine = {number for number, listed in self._in_force().items() if listed == name}
        found = self._connection.execute(query, {"wanted": sorted(wanted)}) if wanted else ()
        return [
            Line(number, plate, state, category, fields.get("NIC", ""))
            for number, plate, state, category, fields, generation in found
            if generation in mine
        ]

    def change(
        self,
        name: str,
        gone: Collection[int],
        added: PackedEntries,
        at: datetime,
        *,
        digest: str = "",
        is_fetched: bool = False,
    ) -> None:
        """Take entries out of a list that is there, and put others in, as an import of its changes does.

        Args:
            name: of the list.
            gone: numbers of the entries that are taken out.
            added: those that are put in.
            at: now, UTC.
            digest: SHA-256 of the file with the changes.
            is_fetched: whether it was fetched from the list's server.
        """
        self._delete(gone)
        list_id = self._connection.scalar(sa.select(hotlist.c.id).where(hotlist.c.name == name))
        if list_id is not None:
            self._insert(list_id, added, at)
        changed = (
            sa.update(hotlist)
            .where(hotlist.c.name == name)
            .values(changed_at=at, **_imported(at, digest, is_fetched=is_fetched))
        )
        self._connection.execute(changed)

    def remove(self, name: str, plate: str, at: datetime) -> int:
        """Take the entries of this plate out of the list, and return how many there were."""
        gone = [one.id for one in self.of_plates(name, [plate])]
        if gone:
            self._delete(gone)
            self._connection.execute(sa.update(hotlist).where(hotlist.c.name == name).values(changed_at=at))
        return len(gone)

    def holding(self, wanted: Collection[str], *, at: datetime) -> set[str]:
        """Return which of these plates, partial ones as themselves, are listed on any list, and not expired.

        Args:
            wanted: plates in normal form.
            at: now, UTC.
        """
        if not wanted:
            return set()
        entry = hotlist_entry.c
        column = _IN[self._dialect](entry.plate, "wanted")
        query = sa.select(entry.plate, entry.generation_id).distinct().where(column)
        query = query.where(sa.or_(entry.expires.is_(None), entry.expires > at))
        found, in_force = self._connection.execute(query, {"wanted": sorted(wanted)}), self._in_force()
        return {plate for plate, generation in found if generation in in_force}

    def summaries(self) -> list[HotlistSummary]:
        """Return every list with its size, by name."""
        query = sa.select(hotlist, _SIZE.label("entries")).order_by(hotlist.c.name)
        return [
            HotlistSummary(
                name=row["name"],
                source=row["source"],
                entries=row["entries"],
                changed_at=row["changed_at"],
                imported_at=row["imported_at"],
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
        statement = _WITHIN_REACH[self._dialect]
        given = {
            "skeletons": sorted({plates.skeleton(text) for text in texts}),
            "firsts": sorted({"?", "*", *(text[:1] for text in texts)}),
            "at": at,
        }
        found = self._connection.execute(statement, given).all()
        # Here and not in the statement: no planner may take it into its head to begin with the generation.
        in_force = self._in_force() if found else {}
        return [ListedPlate(number, plate) for number, plate, generation in found if generation in in_force]

    def entries(self, ids: Collection[int]) -> dict[int, Listed]:
        """Return the entries of these ids."""
        if not ids:
            return {}
        statement = _ENTRIES[self._dialect]
        found = self._connection.execute(statement, {"ids": sorted(ids)})
        return {row["id"]: _as_listed(row) for row in found.mappings()}

    @property
    def _dialect(self) -> str:
        return self._connection.dialect.name

    def _in_force(self) -> dict[int, str]:
        """Return the names of the lists by the generation that each holds."""
        rows = self._connection.execute(_IN_FORCE)
        return {generation: name for generation, name in rows}  # noqa: C416  rows are no pairs to mypy

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

    def _insert(self, list_id: int, entries: PackedEntries, at: datetime) -> None:
        """Put entries into the generation that a list holds; a list that holds none gets one."""
        generation = self._connection.scalar(
            sa.select(hotlist.c.generation_id).where(hotlist.c.id == list_id)
        )
        if generation is None:
            generation = begin_generation(self._connection, node="", process="", at=at)
            self._connection.execute(
                sa.update(hotlist).where(hotlist.c.id == list_id).values(generation_id=generation)
            )
        insert_rows(self._connection, generation, entries.rows)

    def _delete(self, ids: Collection[int]) -> None:
        statement = _DELETE[self._dialect]
        for batch in batches(sorted(ids), BATCH):
            self._connection.execute(statement, {"ids": list(batch)})


def _imported(at: datetime, digest: str, *, is_fetched: bool) -> dict[str, object]:
    """Return what a list remembers of an import; what was fetched last stays, whatever comes in another way."""
    return {"imported_at": at, "digest": digest, **({"fetched": digest} if is_fetched else {})}


def begin_generation(connection: Connection, *, node: str, process: str, at: datetime) -> int:
    """Make a generation without entries, and return its number.

    Args:
        connection: of a writing transaction.
        node: of the node that writes it.
        process: of the process that writes it; "" for nobody.
        at: now, UTC.
    """
    made = connection.execute(sa.insert(hotlist_generation).values(node=node, process=process, begun_at=at))
    key = made.inserted_primary_key
    return int(key[0]) if key else 0


def stale_lists(
    found: Sequence[HotlistSummary], now: datetime, fresh: Mapping[str, timedelta]
) -> Mapping[str, datetime | None]:
    """Return the lists from imports that are older than they may be, and when each was imported last.

    Args:
        found: the lists that there are.
        now: UTC.
        fresh: how old a list may be, by its name; one that was never imported is too old.
    """
    imported = {one.name: one.imported_at for one in found if one.source != BY_HAND}
    by_hand = {one.name for one in found if one.source == BY_HAND}
    return {
        name: at
        for name, at in sorted({**dict.fromkeys(fresh), **imported}.items())
        if name not in by_hand and (at is None or at <= now - fresh.get(name, STALE_AFTER))
    }


_SIZE = (
    sa.select(sa.func.count())
    .select_from(hotlist_entry)
    .where(hotlist_entry.c.generation_id == hotlist.c.generation_id)
    .correlate(hotlist)
    .scalar_subquery()
)
_IN_FORCE = sa.select(hotlist.c.generation_id, hotlist.c.name).where(hotlist.c.generation_id.is_not(None))


def _within_reach(
    skeletons: sa.ColumnElement[bool], firsts: sa.ColumnElement[bool]
) -> sa.CompoundSelect[int, str, int]:
    """Two selects, because each has an index of its own."""
    entry, at = hotlist_entry.c, sa.bindparam("at", type_=UtcDateTime)
    return sa.union_all(
        *(
            sa.select(entry.id, entry.plate, entry.generation_id).where(
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
        .join_from(hotlist_entry, hotlist, hotlist.c.generation_id == hotlist_entry.c.generation_id)
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
_DELETE = {
    dialect: sa.delete(hotlist_entry).where(within(hotlist_entry.c.id, "ids"))
    for dialect, within in _IN.items()
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
            origin=Origin(row["origin"]),
        ),
    )
