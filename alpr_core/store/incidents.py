"""Incidents, and the canvasses that tie reads to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import Row, canvass, incident, read


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """One incident.

    Attributes:
        case: its case number.
        type: code of the pack's major crimes, or "other".
        partials: what was seen of plates, partial or whole, in normal form.
        opened_by: pseudonym.
        closed_at: UTC, None while it is open.
    """

    id: int = 0
    case: str
    type: str
    partials: tuple[str, ...]
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvass:
    """A drive around a scene: what these cameras (none named: all) saw from start to stop.

    Attributes:
        case: of its incident.
        area: in words.
        stopped_at: UTC, None while it goes on.
    """

    id: int = 0
    case: str
    area: str
    cameras: tuple[str, ...]
    started_by: str
    started_at: datetime
    stopped_at: datetime | None = None


class Incidents:
    """The incidents inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Incident) -> int:
        """Store an incident, and return its number."""
        made = self._connection.execute(
            sa.insert(incident).values(
                case_number=one.case,
                type=one.type,
                partials=list(one.partials),
                opened_by=one.opened_by,
                opened_at=one.opened_at,
            )
        )
        key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def of_case(self, case: str) -> Incident | None:
        """Return the incident of a case number."""
        query = sa.select(incident).where(incident.c.case_number == case)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _as_incident(row)

    def all(self, *, open_only: bool = False) -> list[Incident]:
        """Return the incidents, newest first."""
        query = sa.select(incident).order_by(incident.c.opened_at.desc(), incident.c.id.desc())
        if open_only:
            query = query.where(incident.c.closed_at.is_(None))
        return [_as_incident(row) for row in self._connection.execute(query).mappings()]

    def close(self, number: int, at: datetime) -> None:
        """End an incident, and whatever canvass of it still goes on."""
        self._connection.execute(sa.update(incident).where(incident.c.id == number).values(closed_at=at))
        self._connection.execute(
            sa.update(canvass)
            .where(canvass.c.incident_id == number, canvass.c.stopped_at.is_(None))
            .values(stopped_at=at)
        )

    def start_canvass(self, incident_id: int, one: Canvass) -> int:
        """Store the start of a canvass, and return its number."""
        made = self._connection.execute(
            sa.insert(canvass).values(
                incident_id=incident_id,
                area=one.area,
                cameras=list(one.cameras),
                started_by=one.started_by,
                started_at=one.started_at,
            )
        )
        key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def canvass(self, number: int) -> Canvass | None:
        """Return one canvass."""
        row = self._connection.execute(_CANVASSES.where(canvass.c.id == number)).mappings().first()
        return None if row is None else _as_canvass(row)

    def canvasses(self, case: str = "") -> list[Canvass]:
        """Return the canvasses, newest first, of one case or of all."""
        query = _CANVASSES.order_by(canvass.c.started_at.desc(), canvass.c.id.desc())
        if case:
            query = query.where(incident.c.case_number == case)
        return [_as_canvass(row) for row in self._connection.execute(query).mappings()]

    def stop_canvass(self, number: int, at: datetime) -> None:
        """End a canvass."""
        self._connection.execute(sa.update(canvass).where(canvass.c.id == number).values(stopped_at=at))

    def reads_of(self, one: Canvass) -> int:
        """Return how many reads a canvass has."""
        query = sa.select(sa.func.count()).select_from(read).where(read.c.captured_at >= one.started_at)
        if one.stopped_at is not None:
            query = query.where(read.c.captured_at < one.stopped_at)
        if one.cameras:
            query = query.where(read.c.camera.in_(one.cameras))
        return self._connection.scalar(query) or 0


_CANVASSES = sa.select(canvass, incident.c.case_number).join_from(canvass, incident)


def _as_incident(row: Row) -> Incident:
    return Incident(
        id=row["id"],
        case=row["case_number"],
        type=row["type"],
        partials=tuple(row["partials"]),
        opened_by=row["opened_by"],
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
    )


def _as_canvass(row: Row) -> Canvass:
    return Canvass(
        id=row["id"],
        case=row["case_number"],
        area=row["area"],
        cameras=tuple(row["cameras"]),
        started_by=row["started_by"],
        started_at=row["started_at"],
        stopped_at=row["stopped_at"],
    )
