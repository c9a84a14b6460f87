"""A job: something that a node does by itself, again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from alpr_core.act import Act

SHORTEST = timedelta(minutes=1)
"""No job runs more often."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Job:
    """One job.

    What is still to be done stands in the data, never in the scheduler's memory, and it can be run twice: what was
    cut off is run again.

    Attributes:
        name: as ``jobs list`` shows it; small letters, digits, ``_`` and ``-``.
        every: how often it runs. Its moments are whole multiples of that since 1970, UTC, the same for all processes.
        run: does it, by the act of ``system:<name>``, and returns counts of what it did; what it raises is the run's
            failure. No count may tell anything about a person or a plate.
        says: one sentence on what it does.
    """

    name: str
    every: timedelta
    run: Callable[[Act], Mapping[str, int]]
    says: str

    def __post_init__(self) -> None:
        if self.every < SHORTEST or self.every % timedelta(seconds=1):
            raise ValueError(
                f"the job {self.name!r} cannot run every {self.every}: whole seconds, a minute at least"
            )

    def slot(self, now: datetime) -> datetime:
        """Return the newest moment, up to now, at which it is to run; UTC."""
        return now - (now - EPOCH) % self.every
