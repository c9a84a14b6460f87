"""Approvals, as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import Row, approval

GRANTED, DENIED, OPEN = "granted", "denied", ""
"""What was said; nothing yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """What somebody asked leave for, and what was said.

    Attributes:
        id: number within the node, 0 before it is stored.
        action: the act that it is for.
        requester: pseudonym of who asked, who alone can use it.
        purpose: as it was asked for.
        case_number: likewise.
        reason: likewise.
        query: the exact selection, as text.
        plate: the plate in it, "" where it names none.
        facts: what the rules may know of the selection.
        clauses: ids of the clauses that ask for an approval.
        requested_at: UTC.
        verdict: "granted", "denied", or "" while nobody has decided.
        decided_at: UTC.
        decided_by: pseudonym; "" for somebody without an account.
        decided_entry: index of the entry that says so.
        offices: as what it was granted: roles of the pack, and ``designee``.
        note: what the approver added.
        until: from when it counts no longer, UTC; None for one use.
        used_at: when it was used first, UTC.
        recorded_by: pseudonym of who recorded an approval that was given orally, or on paper.
        countersign_by: by when an oral one has to be confirmed, UTC.
        countersigned_at: when it was, UTC.
        signer: name and office of who signed on paper.
        sha256: hash of that paper.
    """

    action: str
    requester: str
    purpose: str
    case_number: str
    reason: str
    query: str
    plate: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()
    requested_at: datetime
    verdict: str = OPEN
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_entry: int | None = None
    offices: tuple[str, ...] = ()
    note: str = ""
    until: datetime | None = None
    used_at: datetime | None = None
    recorded_by: str = ""
    countersign_by: datetime | None = None
    countersigned_at: datetime | None = None
    signer: str = ""
    sha256: str = ""
    id: int = 0

    def is_overdue(self, at: datetime) -> bool:
        """Whether an oral approval was not confirmed in its time: a finding."""
        if self.countersign_by is None:
            return False
        return (self.countersigned_at or at) > self.countersign_by


class Approvals:
    """The approvals inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Approval) -> int:
        """Store a request, and return its number."""
        values = {**asdict(one), "clauses": list(one.clauses), "offices": list(one.offices)}
        del values["id"]
        made = self._connection.execute(sa.insert(approval).values(**values))
        key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def get(self, number: int) -> Approval | None:
        """Return one approval."""
        row = self._connection.execute(_ONE, {"number": number}).mappings().first()
        return None if row is None else _as_approval(row)

    def all(self, requester: str = "") -> list[Approval]:
        """Return the approvals, of one requester or of all, the newest first."""
        query = sa.select(approval).order_by(approval.c.id.desc())
        if requester:
            query = query.where(approval.c.requester == requester)
        return [_as_approval(row) for row in self._connection.execute(query).mappings()]

    def decide(self, one: Approval) -> None:
        """Store what was said, and how; what was asked stays as it is."""
        self._connection.execute(
            sa.update(approval)
            .where(approval.c.id == one.id)
            .values(
                verdict=one.verdict,
                decided_at=one.decided_at,
                decided_by=one.decided_by,
                decided_entry=one.decided_entry,
                offices=list(one.offices),
                note=one.note,
                until=one.until,
                recorded_by=one.recorded_by,
                countersign_by=one.countersign_by,
                countersigned_at=one.countersigned_at,
                signer=one.signer,
                sha256=one.sha256,
            )
        )

    def use(self, number: int, at: datetime) -> bool:
        """Note that an approval is used; return False if it was used up before."""
        done = self._connection.execute(_USE, {"number": number, "moment": at})
        return done.rowcount == 1


def _as_approval(row: Row) -> Approval:
    return Approval(**{**row, "clauses": tuple(row["clauses"]), "offices": tuple(row["offices"])})


_NUMBER: sa.BindParameter[int] = sa.bindparam("number")
_MOMENT: sa.BindParameter[datetime] = sa.bindparam("moment")
_ONE = sa.select(approval).where(approval.c.id == _NUMBER)
_USE = (
    sa.update(approval)
    .where(
        approval.c.id == _NUMBER,
        approval.c.verdict == GRANTED,
        sa.or_(approval.c.used_at.is_(None), approval.c.until.is_not(None)),
    )
    .values(used_at=sa.func.coalesce(approval.c.used_at, _MOMENT))
)
