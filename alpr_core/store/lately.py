"""What somebody did lately, as far as a policy counts it; forgotten once the time in which it counts is over."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import lately


class Lately:
    """The acts that are counted, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, person_id: str, since: datetime) -> list[tuple[str, datetime, str]]:
        """Return what a person did since then: action, when, and the plate that it named."""
        query = sa.select(lately.c.action, lately.c.at, lately.c.plate).where(
            lately.c.person_id == person_id, lately.c.at >= since
        )
        return [(row.action, row.at, row.plate) for row in self._connection.execute(query)]

    def note(self, person_id: str, action: str, plate: str, at: datetime, *, forget_before: datetime) -> None:
        """Note that a person did it, and forget what is too long ago to be counted."""
        mine = lately.c.person_id == person_id
        self._connection.execute(sa.delete(lately).where(mine, lately.c.at < forget_before))
        values = {"person_id": person_id, "action": action, "plate": plate, "at": at}
        self._connection.execute(sa.insert(lately).values(values))
