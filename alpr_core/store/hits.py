"""Hits: reads that met a hotlist entry, with the entry as it stood then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import Hit, HotlistEntry, Match, MatchKind, ReadKey
from alpr_core.origins import Origin
from alpr_core.store.tables import Row, hit, plate, read

if TYPE_CHECKING:
    from alpr_core.store.hotlists import Hotlists

WITHDRAWN = "withdrawn"
"""The disposition of a hit whose plate was taken off its list while the hit was open."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Disposal:
    """What became of a hit.

    Attributes:
        disposition: code from a closed list.
        at: UTC.
        by: pseudonym of who said so.
        enforced: whether enforcement was based on the alert alone.
        not_practicable: whether it could not be verified before.
        entry: index of its ledger entry.
    """

    disposition: str
    at: datetime
    by: str
    enforced: bool
    not_practicable: bool
    entry: int


class _Listed(NamedTuple):
    """What of an entry makes it the one that a hit was raised for; its other texts may be corrected."""

    plate: str
    state: str
    category: str


class Hits:
    """The hits inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, hits: Sequence[Hit], *, entry: int = -1) -> None:
        """Store hits; ``entry`` is the index of the first one's ledger entry, and the others follow it."""
        if not hits:
            return
        self._connection.execute(
            sa.insert(hit),
            [
                {
                    "id": one.id,
                    "day": one.read.day,
                    "read_id": one.read.id,
                    "hotlist": one.hotlist,
                    "listed": _entry_as_json(one.listed),
                    "category": one.listed.category,
                    "priority": one.listed.priority,
                    "match_kind": one.match.kind.value,
                    "candidate": one.match.candidate,
                    "rank": one.match.rank,
                    "candidates": one.match.of,
                    "explanation": one.match.explanation,
                    "raised_at": one.raised_at,
                    "disposition": one.disposition,
                    "entry": entry + place if entry >= 0 else -1,
                }
                for place, one in enumerate(hits)
            ],
        )

    def newest(self, limit: int, hotlist: str = "") -> list[Hit]:
        """Return hits, newest first, of one hotlist or of all."""
        query = _HITS.order_by(hit.c.raised_at.desc(), hit.c.priority.desc(), hit.c.id).limit(limit)
        if hotlist:
            query = query.where(hit.c.hotlist == hotlist)
        return [_as_hit(row) for row in self._connection.execute(query).mappings()]

    def of(self, key: ReadKey) -> list[Hit]:
        """Return the hits on one read."""
        chosen = sa.and_(hit.c.day == key.day, hit.c.read_id == key.id)
        query = _HITS.where(chosen).order_by(hit.c.id)
        return [_as_hit(row) for row in self._connection.execute(query).mappings()]

    def get(self, hit_id: str) -> Hit | None:
        """Return one hit, None if it is not there."""
        row = self._connection.execute(_HITS.where(hit.c.id == hit_id)).mappings().first()
        return None if row is None else _as_hit(row)

    def disposal(self, hit_id: str) -> Disposal | None:
        """Return what became of a hit, None while it is open or where it was withdrawn."""
        query = _DISPOSALS.where(hit.c.id == hit_id, hit.c.disposed_at.is_not(None))
        row = self._connection.execute(query).mappings().first()
        return None if row is None else Disposal(**row)

    def dispose(self, hit_id: str, said: Disposal) -> None:
        """Store what became of a hit; what was said before is replaced, and stays on the ledger."""
        self._connection.execute(
            sa.update(hit)
            .where(hit.c.id == hit_id)
            .values(
                disposition=said.disposition,
                disposed_at=said.at,
                disposed_by=said.by,
                enforced=said.enforced,
                not_practicable=said.not_practicable,
                disposal=said.entry,
            )
        )

    def count(self, disposition: str | None = None) -> int:
        """Return how many hits there are, of one disposition ("" for open ones) or in all."""
        query = sa.select(sa.func.count()).select_from(hit)
        if disposition is not None:
            query = query.where(hit.c.disposition == disposition)
        return self._connection.scalar(query) or 0

    def withdraw_unlisted(self, name: str, hotlists: Hotlists) -> int:
        """Withdraw the open hits on what a list no longer holds: nobody is to be stopped for it.

        A plate that is listed still, but of another state or as something else, is not what the hit was raised for.

        Args:
            name: of the list.
            hotlists: as the same transaction sees them.

        Returns:
            How many were withdrawn.
        """
        open_hits = self.open_of(name)
        plates = {listed.plate for listed in open_hits.values()}
        still = {_Listed(one.plate, one.state, one.category) for one in hotlists.of_plates(name, plates)}
        gone = [hit for hit, listed in open_hits.items() if listed not in still]
        self.withdraw(gone)
        return len(gone)

    def open_of(self, hotlist: str) -> dict[str, _Listed]:
        """Return the hits of a list that nobody has disposed of: each one's id to what was listed."""
        query = sa.select(hit.c.id, hit.c.listed).where(hit.c.hotlist == hotlist, hit.c.disposition == "")
        return {
            number: _Listed(listed["plate"], listed["state"], listed["category"])
            for number, listed in self._connection.execute(query)
        }

    def withdraw(self, ids: Sequence[str]) -> None:
        """Mark hits as withdrawn: what they were raised for is looked for no longer."""
        if ids:
            chosen = hit.c.id == sa.bindparam("withdrawn")
            self._connection.execute(
                sa.update(hit).where(chosen).values(disposition=WITHDRAWN),
                [{"withdrawn": one} for one in ids],
            )


_HITS = (
    sa.select(hit, plate.c.text.label("plate"))
    .join(read, sa.and_(read.c.day == hit.c.day, read.c.id == hit.c.read_id))
    .join(plate, plate.c.id == read.c.plate_id)
)
_DISPOSALS = sa.select(
    hit.c.disposition,
    hit.c.disposed_at.label("at"),
    hit.c.disposed_by.label("by"),
    hit.c.enforced,
    hit.c.not_practicable,
    hit.c.disposal.label("entry"),
)


def _entry_as_json(entry: HotlistEntry) -> dict[str, Any]:
    return {
        "plate": entry.plate,
        "state": entry.state,
        "category": entry.category,
        "priority": entry.priority,
        "effective": entry.effective.isoformat() if entry.effective else None,
        "expires": entry.expires.isoformat() if entry.expires else None,
        "added_by": entry.added_by,
        "reason": entry.reason,
        "case_number": entry.case_number,
        "fields": dict(entry.fields),
        "origin": str(entry.origin),
    }


def _entry_from_json(stored: dict[str, Any]) -> HotlistEntry:
    times = {
        name: datetime.fromisoformat(stored[name]) if stored[name] else None
        for name in ("effective", "expires")
    }
    return HotlistEntry(**{**stored, **times, "origin": Origin(stored.get("origin", Origin.OWN))})


def _as_hit(row: Row) -> Hit:
    return Hit(
        id=row["id"],
        read=ReadKey(day=row["day"], id=row["read_id"]),
        plate=row["plate"],
        hotlist=row["hotlist"],
        listed=_entry_from_json(row["listed"]),
        match=Match(
            kind=MatchKind(row["match_kind"]),
            candidate=row["candidate"],
            rank=row["rank"],
            of=row["candidates"],
            explanation=row["explanation"],
        ),
        raised_at=row["raised_at"],
        disposition=row["disposition"],
    )
