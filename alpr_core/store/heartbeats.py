"""Heartbeats of cameras, and the gaps between them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import capture_gap, heartbeat


@dataclass(frozen=True, kw_only=True, slots=True)
class Heartbeat:
    """How a camera's capture goes.

    Attributes:
        camera: name.
        counter: beats so far, of all captures.
        started_at: when the last capture began, UTC.
        last_at: its last beat.
        reason: code of why it ended, "" while it goes on.
    """

    camera: str
    counter: int
    started_at: datetime
    last_at: datetime
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Gap:
    """A time in which a camera captured nothing.

    Attributes:
        camera: name.
        since: the last beat before, UTC; where the clock was set back, what it read before that.
        until: the next one; None while it goes on.
        reason: a code.
    """

    camera: str
    since: datetime
    until: datetime | None
    reason: str

    def lasts(self, now: datetime) -> timedelta:
        """How long it lasts, up to now; less than nothing where the clock was set back."""
        return (self.until or now) - self.since


class Heartbeats:
    """The heartbeats inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, camera: str) -> Heartbeat | None:
        """Return how a camera does, None if it never captured."""
        query = sa.select(heartbeat).where(heartbeat.c.camera == camera)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else Heartbeat(**row)

    def all(self) -> list[Heartbeat]:
        """Return how each camera does, by name."""
        query = sa.select(heartbeat).order_by(heartbeat.c.camera)
        return [Heartbeat(**row) for row in self._connection.execute(query).mappings()]

    def start(self, camera: str, at: datetime) -> None:
        """Count the first beat of a capture."""
        values = {"started_at": at, "last_at": at, "reason": ""}
        again = sa.update(heartbeat).where(heartbeat.c.camera == camera)
        if not self._connection.execute(again.values(counter=heartbeat.c.counter + 1, **values)).rowcount:
            self._connection.execute(sa.insert(heartbeat).values(camera=camera, counter=1, **values))

    def beat(self, camera: str, at: datetime) -> None:
        """Count a beat."""
        chosen = sa.update(heartbeat).where(heartbeat.c.camera == camera)
        self._connection.execute(chosen.values(counter=heartbeat.c.counter + 1, last_at=at, reason=""))

    def end(self, camera: str, at: datetime, reason: str) -> None:
        """Note that a capture ended, and why."""
        chosen = sa.update(heartbeat).where(heartbeat.c.camera == camera)
        self._connection.execute(chosen.values(last_at=at, reason=reason))

    def add_gap(self, gap: Gap) -> None:
        """Store a gap that is over."""
        values = {"camera": gap.camera, "since": gap.since, "until": gap.until, "reason": gap.reason}
        self._connection.execute(sa.insert(capture_gap).values(values))

    def gaps(
        self, camera: str = "", *, since: datetime | None = None, until: datetime | None = None
    ) -> list[Gap]:
        """Return the gaps that are over and touch a time, oldest first.

        Args:
            camera: of one alone.
            since: that ended after it.
            until: that began before it.
        """
        query = sa.select(
            capture_gap.c.camera, capture_gap.c.since, capture_gap.c.until, capture_gap.c.reason
        ).order_by(capture_gap.c.id)
        if camera:
            query = query.where(capture_gap.c.camera == camera)
        if since is not None:
            query = query.where(capture_gap.c.until > since)
        if until is not None:
            query = query.where(capture_gap.c.since < until)
        return [Gap(**row) for row in self._connection.execute(query).mappings()]
