"""Holds: what is kept beyond its time, why, and for whom; and the reads under each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import Read, ReadFilter, ReadKey
from alpr_core.places import Circle, metres
from alpr_core.plates import Partial
from alpr_core.store.batches import batches
from alpr_core.store.finding import find
from alpr_core.store.tables import Row, hold, hold_read, read

READ, PLATE, PLACE, LOST = "read", "plate", "place", "lost"
"""Scopes of a hold: one read; a plate; a time and a place; or lost with the server, all but its reads."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """A hold.

    Attributes:
        id: its number, 0 until it is stored.
        read: the one read it is about, if it is about one.
        wanted: otherwise what reads it is about; those that come later too.
        reason_code: why, a code of the pack: criminal, civil, records_demand, anticipated.
        case: case number.
        placed_by: pseudonym.
        review_on: the day on which somebody looks whether it is still needed.
        ended_at: None while it is open.
    """

    id: int = 0
    read: ReadKey | None = None
    wanted: ReadFilter | None = None
    reason_code: str
    case: str
    placed_by: str
    placed_at: datetime
    review_on: date
    ended_by: str = ""
    ended_at: datetime | None = None

    @property
    def scope(self) -> str:
        """What it is about: one of `READ`, `PLATE`, `PLACE`."""
        if self.read is not None:
            return READ
        if self.wanted is None:
            return LOST
        return PLATE if self.wanted.plate else PLACE

    def meets(self, read: Read) -> bool:
        """Return whether a read that has just come is one that it is about."""
        wanted = self.wanted
        if wanted is None:
            return False
        if wanted.plate and not any(
            Partial(text=wanted.plate).matches(text) for text in (read.plate, read.corrected)
        ):
            return False
        if wanted.since is not None and read.captured_at < wanted.since:
            return False
        if wanted.until is not None and read.captured_at >= wanted.until:
            return False
        if wanted.cameras and read.camera not in wanted.cameras:
            return False
        if wanted.near is None:
            return True
        place, near = read.position, wanted.near
        return (
            place is not None
            and metres(place.latitude, place.longitude, near.latitude, near.longitude) <= near.radius
        )


class Holds:
    """The holds inside one transaction. The keys of what several keep lie under the newest one's."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Hold) -> int:
        """Store a hold, and return its number."""
        values = {
            "scope": one.scope,
            "wanted": _as_json(one),
            "reason_code": one.reason_code,
            "case_number": one.case,
            "placed_by": one.placed_by,
            "placed_at": one.placed_at,
            "review_on": one.review_on.isoformat(),
        }
        number: int = self._connection.execute(
            sa.insert(hold).values(values).returning(hold.c.id)
        ).scalar_one()
        return number

    def get(self, number: int) -> Hold | None:
        """Return the hold of this number, None if there is none."""
        row = self._connection.execute(sa.select(hold).where(hold.c.id == number)).mappings().first()
        return _as_hold(row) if row else None

    def all(self, *, open_only: bool = False) -> list[Hold]:
        """Return the holds, newest first."""
        query = sa.select(hold).order_by(hold.c.id.desc())
        if open_only:
            query = query.where(hold.c.ended_at.is_(None))
        return [_as_hold(row) for row in self._connection.execute(query).mappings()]

    def matching(self, one: Hold, most: int) -> list[ReadKey]:
        """Return the stored reads that a hold is about, at most so many."""
        if one.wanted is None:
            return [] if one.read is None else [one.read]
        rows = find(self._connection, replace(one.wanted, limit=most))
        return [ReadKey(day=row["day"], id=row["id"]) for row in rows]

    def cover(self, number: int, keys: Iterable[ReadKey], *, covered: bool) -> None:
        """Put reads under a hold. Until they are ``covered`` their keys have not moved, and they are safe already."""
        rows = [{"hold_id": number, "day": one.day, "read_id": one.id, "covered": covered} for one in keys]
        if rows:
            self._connection.execute(sa.insert(hold_read), rows)

    def take_in(self, reads: Sequence[Read]) -> dict[int, list[ReadKey]]:
        """Put what an open hold is about under it at once, so that no purge comes between; return it by hold."""
        taken: dict[int, list[ReadKey]] = {}
        for one in reversed(
            self.all(open_only=True)
        ):  # what the newest keeps too lies under its key in the end
            keys = [read.key for read in reads if one.meets(read)]
            if not keys:
                continue
            mine = sa.and_(hold_read.c.hold_id == one.id, _among(keys))
            rows = self._connection.execute(sa.select(hold_read.c.day, hold_read.c.read_id).where(mine))
            has = {ReadKey(day=row.day, id=row.read_id) for row in rows}
            new = [key for key in keys if key not in has]
            if new:
                self.cover(one.id, new, covered=False)
                taken[one.id] = new
        return taken

    def touch(self, key: ReadKey) -> dict[int, list[ReadKey]]:
        """Note that something new stands behind a held read, whose key has to move too; return it by hold."""
        mine = sa.and_(hold_read.c.day == key.day, hold_read.c.read_id == key.id)
        numbers = self._connection.scalars(
            sa.select(hold_read.c.hold_id).where(mine).order_by(hold_read.c.hold_id)
        )
        found = {number: [key] for number in numbers}
        self._connection.execute(sa.update(hold_read).where(mine).values(covered=False))
        return found

    def bring_back(self, number: int, reason_code: str, review_on: date, at: datetime) -> None:
        """Store a hold of which the ledger alone tells: what it is about, and its case, are lost."""
        values = {
            "id": number,
            "scope": LOST,
            "wanted": {},
            "reason_code": reason_code,
            "case_number": "",
            "placed_by": "system:restore",
            "placed_at": at,
            "review_on": review_on.isoformat(),
        }
        self._connection.execute(sa.insert(hold).values(values))
        if self._connection.dialect.name == "postgresql":
            newest = sa.select(sa.func.setval(sa.text("pg_get_serial_sequence('hold', 'id')"), number))
            self._connection.execute(newest)

    def cover_stored(self, number: int, keys: Iterable[ReadKey]) -> None:
        """Put those of these reads that are stored under a hold, if they are not; their keys move later."""
        under = set(self.reads_of(number))
        for key in set(keys) - under:
            mine = sa.and_(read.c.day == key.day, read.c.id == key.id)
            is_there = self._connection.scalar(sa.select(read.c.id).where(mine)) is not None
            if is_there:
                self.cover(number, [key], covered=False)

    def mark_covered(self, number: int, keys: Sequence[ReadKey]) -> None:
        """Note that the keys of these reads have moved."""
        for some in batches(keys):
            mine = sa.and_(hold_read.c.hold_id == number, _among(some))
            self._connection.execute(sa.update(hold_read).where(mine).values(covered=True))

    def uncovered(self) -> dict[int, list[ReadKey]]:
        """Return, by hold, the reads that came later and whose keys have not moved yet."""
        found: dict[int, list[ReadKey]] = {}
        query = (
            sa.select(hold_read)
            .where(~hold_read.c.covered)
            .order_by(hold_read.c.hold_id, hold_read.c.read_id)
        )
        for row in self._connection.execute(query):
            found.setdefault(row.hold_id, []).append(ReadKey(day=row.day, id=row.read_id))
        return found

    def reads_of(self, number: int) -> list[ReadKey]:
        """Return the reads under an open hold."""
        query = sa.select(hold_read.c.day, hold_read.c.read_id).where(hold_read.c.hold_id == number)
        return [ReadKey(day=row.day, id=row.read_id) for row in self._connection.execute(query)]

    def by_number(self) -> dict[int, set[ReadKey]]:
        """Return the open holds, each with the reads under it."""
        found: dict[int, set[ReadKey]] = {one.id: set() for one in self.all(open_only=True)}
        for row in self._connection.execute(sa.select(hold_read)):
            found[row.hold_id].add(ReadKey(day=row.day, id=row.read_id))
        return found

    def by_read(self) -> dict[ReadKey, int]:
        """Return of each held read the hold whose key its images lie under: of several the one placed last."""
        query = sa.select(hold_read).where(hold_read.c.covered).order_by(hold_read.c.hold_id)
        return {ReadKey(day=row.day, id=row.read_id): row.hold_id for row in self._connection.execute(query)}

    def count(self, number: int) -> int:
        """Return how many reads are under it."""
        query = sa.select(sa.func.count()).select_from(hold_read).where(hold_read.c.hold_id == number)
        return self._connection.scalar(query) or 0

    def others(self, number: int, keys: Sequence[ReadKey]) -> dict[ReadKey, int]:
        """Return of these reads those that another open hold keeps too, with the number of the newest of these."""
        found: dict[ReadKey, int] = {}
        for some in batches(keys):
            query = sa.select(hold_read).where(hold_read.c.hold_id != number, _among(some))
            query = query.order_by(hold_read.c.hold_id)
            for row in self._connection.execute(query):
                found[ReadKey(day=row.day, id=row.read_id)] = row.hold_id
        return found

    def end(self, number: int, by: str, at: datetime) -> None:
        """End a hold: its reads are free of it."""
        self._connection.execute(sa.delete(hold_read).where(hold_read.c.hold_id == number))
        mine = hold.c.id == number
        self._connection.execute(sa.update(hold).where(mine).values(ended_by=by, ended_at=at))


def _among(keys: Sequence[ReadKey]) -> sa.ColumnElement[bool]:
    return sa.tuple_(hold_read.c.day, hold_read.c.read_id).in_([(one.day, one.id) for one in keys])


def _as_json(one: Hold) -> dict[str, Any]:
    if one.read is not None:
        return {"read": str(one.read)}
    wanted = one.wanted or ReadFilter()
    return {
        "plate": wanted.plate,
        "since": wanted.since.isoformat() if wanted.since else None,
        "until": wanted.until.isoformat() if wanted.until else None,
        "cameras": list(wanted.cameras),
        "near": asdict(wanted.near) if wanted.near else None,
    }


def _as_hold(row: Row) -> Hold:
    stored = row["wanted"]
    one = wanted = None
    if "read" in stored:
        day, _, read_id = stored["read"].partition("/")
        one = ReadKey(day=day, id=read_id)
    elif stored:
        wanted = ReadFilter(
            plate=stored["plate"],
            confusable=False,
            since=datetime.fromisoformat(stored["since"]) if stored["since"] else None,
            until=datetime.fromisoformat(stored["until"]) if stored["until"] else None,
            cameras=tuple(stored["cameras"]),
            near=Circle(**stored["near"]) if stored["near"] else None,
        )
    return Hold(
        id=row["id"],
        read=one,
        wanted=wanted,
        reason_code=row["reason_code"],
        case=row["case_number"],
        placed_by=row["placed_by"],
        placed_at=row["placed_at"],
        review_on=date.fromisoformat(row["review_on"]),
        ended_by=row["ended_by"] or "",
        ended_at=row["ended_at"],
    )
