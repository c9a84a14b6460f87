"""Trainings, authorities and delegations, as they are stored, and which of them count at a moment."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import authority, delegation, duty, person, person_role, training


@dataclass(frozen=True, kw_only=True, slots=True)
class Training:
    """A training that somebody passed.

    Attributes:
        person_id: pseudonym.
        area: what it is for: "operate", "access", or a state's system by its code: "leads".
        course: which one.
        held_at: when it was passed, UTC.
        expires_at: from when it counts no longer, UTC; None where only the policy's own period ends it.
        recorded_by: pseudonym.
        recorded_at: UTC.
        id: 0 before it is stored.
    """

    person_id: str
    area: str
    course: str
    held_at: datetime
    expires_at: datetime | None
    recorded_by: str
    recorded_at: datetime
    id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """A person's authority for the data of one system.

    Attributes:
        person_id: pseudonym.
        system: code: "leds", "mules", "leads", "rmv"; "department", "state", "federal".
        certificate: number of the operator's certificate; "" where there is none.
        ori: the agency's identifier at the system; "" where there is none.
        since: from when it counts, UTC.
        expires_at: from when it counts no longer, UTC; None if it does not end by itself.
        granted_by: pseudonym.
        granted_at: UTC.
        revoked_at: when it was ended, UTC; None if it was not.
        id: 0 before it is stored.
    """

    person_id: str
    system: str
    certificate: str
    ori: str
    since: datetime
    expires_at: datetime | None
    granted_by: str
    granted_at: datetime
    revoked_at: datetime | None = None
    id: int = 0

    def counts(self, at: datetime) -> bool:
        """Whether it counts at a moment."""
        return _is_within(at, self.since, self.expires_at, self.revoked_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Delegation:
    """An office's assignment of a person to act for it.

    Attributes:
        office: role of the pack that assigns.
        given_by: pseudonym of who holds the office and assigned.
        person_id: pseudonym of who is assigned.
        actions: for these acts; empty for all that the policy lets the office delegate.
        since: from when, UTC.
        until: from when no longer, UTC; None if it does not end by itself.
        given_at: UTC.
        revoked_at: when it was ended, UTC; None if it was not.
        id: 0 before it is stored.
    """

    office: str
    given_by: str
    person_id: str
    actions: tuple[str, ...]
    since: datetime
    until: datetime | None
    given_at: datetime
    revoked_at: datetime | None = None
    id: int = 0

    def counts(self, at: datetime) -> bool:
        """Whether it counts at a moment, as long as whoever gave it holds the office."""
        return _is_within(at, self.since, self.until, self.revoked_at)


def _is_within(at: datetime, since: datetime, end: datetime | None, revoked_at: datetime | None) -> bool:
    return since <= at and revoked_at is None and (end is None or at < end)


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """That somebody who approves is on duty, from ``since`` up to ``until``, UTC."""

    id: int = 0
    person_id: str
    since: datetime
    until: datetime
    set_by: str
    set_at: datetime


class Rights:
    """Trainings, authorities and delegations inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_training(self, one: Training) -> int:
        """Store a training, and return its number."""
        return self._add(training, asdict(one))

    def add_authority(self, one: Authority) -> int:
        """Store an authority, and return its number."""
        return self._add(authority, asdict(one))

    def add_delegation(self, one: Delegation) -> int:
        """Store a delegation, and return its number."""
        return self._add(delegation, {**asdict(one), "actions": list(one.actions)})

    def trainings(self, person_id: str = "") -> list[Training]:
        """Return the trainings of one person, or everybody's; the newest last."""
        query = sa.select(training).order_by(training.c.held_at, training.c.id)
        if person_id:
            query = query.where(training.c.person_id == person_id)
        return [Training(**row) for row in self._connection.execute(query).mappings()]

    def authorities(self, person_id: str = "") -> list[Authority]:
        """Return the authorities of one person, or everybody's, ended ones too; the newest last."""
        query = sa.select(authority).order_by(authority.c.since, authority.c.id)
        if person_id:
            query = query.where(authority.c.person_id == person_id)
        return [Authority(**row) for row in self._connection.execute(query).mappings()]

    def delegations(self, person_id: str = "") -> list[Delegation]:
        """Return the delegations to one person, or everybody's, ended ones too; the newest last."""
        query = sa.select(delegation).order_by(delegation.c.since, delegation.c.id)
        if person_id:
            query = query.where(delegation.c.person_id == person_id)
        rows = self._connection.execute(query).mappings()
        return [Delegation(**{**row, "actions": tuple(row["actions"])}) for row in rows]

    def add_duty(self, one: Duty) -> int:
        """Store who is on duty, and return its number."""
        return self._add(duty, asdict(one))

    def duties(self, at: datetime) -> list[Duty]:
        """Return who is on duty at this moment and later, the soonest first."""
        query = sa.select(duty).where(duty.c.until > at).order_by(duty.c.since, duty.c.id)
        return [Duty(**row) for row in self._connection.execute(query).mappings()]

    def revoke_authority(self, number: int, at: datetime) -> None:
        """End an authority."""
        self._connection.execute(_end(authority, number, at))

    def revoke_delegation(self, number: int, at: datetime) -> None:
        """End a delegation."""
        self._connection.execute(_end(delegation, number, at))

    def trainings_that_count(self, person_id: str, at: datetime) -> list[tuple[str, datetime]]:
        """Return area and date of each training that has not expired; the policy's own period is not looked at."""
        rows = self._connection.execute(_TRAININGS, {"person": person_id, "moment": at})
        return [(row.area, row.held_at) for row in rows]

    def systems(self, person_id: str, at: datetime) -> list[str]:
        """Return the systems for which the person holds authority at this moment."""
        return list(self._connection.scalars(_SYSTEMS, {"person": person_id, "moment": at}))

    def assigned_by(self, person_id: str, action: str, at: datetime) -> list[str]:
        """Return the offices that have assigned the person to this act at this moment.

        An assignment counts only while whoever gave it has the office: it ends when they leave it.
        """
        rows = self._connection.execute(_DELEGATIONS, {"person": person_id, "moment": at})
        return sorted({row.office for row in rows if not row.actions or action in row.actions})

    def _add(self, table: sa.Table, values: dict[str, Any]) -> int:
        del values["id"]
        made = self._connection.execute(sa.insert(table).values(**values))
        key = made.inserted_primary_key
        return int(key[0]) if key else 0


def _end(table: sa.Table, number: int, at: datetime) -> sa.Update:
    return sa.update(table).where(table.c.id == number, table.c.revoked_at.is_(None)).values(revoked_at=at)


# Every act runs these, so they are built once.
_PERSON: sa.BindParameter[str] = sa.bindparam("person")
_MOMENT: sa.BindParameter[datetime] = sa.bindparam("moment")
_TRAININGS = sa.select(training.c.area, training.c.held_at).where(
    training.c.person_id == _PERSON,
    training.c.held_at <= _MOMENT,
    sa.or_(training.c.expires_at.is_(None), training.c.expires_at > _MOMENT),
)
_SYSTEMS = (
    sa.select(authority.c.system)
    .distinct()
    .where(
        authority.c.person_id == _PERSON,
        authority.c.since <= _MOMENT,
        authority.c.revoked_at.is_(None),
        sa.or_(authority.c.expires_at.is_(None), authority.c.expires_at > _MOMENT),
    )
    .order_by(authority.c.system)
)
_DELEGATIONS = (
    sa.select(delegation.c.office, delegation.c.actions)
    .join(
        person_role,
        sa.and_(person_role.c.person_id == delegation.c.given_by, person_role.c.role == delegation.c.office),
    )
    .join(person, person.c.id == delegation.c.given_by)
    .where(
        person.c.active,
        sa.or_(person.c.leaves_at.is_(None), person.c.leaves_at > _MOMENT),
        delegation.c.person_id == _PERSON,
        delegation.c.since <= _MOMENT,
        delegation.c.revoked_at.is_(None),
        sa.or_(delegation.c.until.is_(None), delegation.c.until > _MOMENT),
    )
)
