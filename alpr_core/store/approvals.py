"""Approvals, as they are stored."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.approval import GRANTED, Approval
from alpr_core.store.tables import Row, approval


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
