"""Retention schedules that were signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import schedule


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed which schedule, and when: hash of its text, pseudonym, UTC."""

    digest: str
    signed_by: str
    signed_at: datetime


class Schedules:
    """The signatures inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sign(self, one: Signed) -> None:
        """Store a signature."""
        values = {"digest": one.digest, "signed_by": one.signed_by, "signed_at": one.signed_at}
        self._connection.execute(sa.insert(schedule).values(values))

    def newest(self) -> Signed | None:
        """Return the newest signature, None if nothing was ever signed."""
        row = self._connection.execute(sa.select(schedule).order_by(schedule.c.id.desc()).limit(1)).first()
        return Signed(row.digest, row.signed_by, row.signed_at) if row else None
