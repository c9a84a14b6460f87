"""When a job is due: by its moments and the newest run that is noted for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alpr_core.scheduler.job import Job
from alpr_core.store.jobs import CUT_OFF, JobRun


@dataclass(frozen=True, kw_only=True, slots=True)
class Missed:
    """Moments at which nobody ran a job.

    Attributes:
        count: how many.
        first: the first of them, UTC.
        last: the last of them.
        busy: whether the run before lasted beyond them, so that they could not be kept.
    """

    count: int
    first: datetime
    last: datetime
    busy: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """That a job is to be run.

    Attributes:
        job: which.
        at: the moment that the run is for, UTC.
        attempt: which attempt for that moment.
        missed: the moments before it at which nobody ran it; None if there are none.
    """

    job: Job
    at: datetime
    attempt: int = 1
    missed: Missed | None = None


def by_time(job: Job, newest: JobRun | None, now: datetime, resumed: datetime | None) -> Due | None:
    """Return whether a job is due by its moments.

    Args:
        job: which.
        newest: its newest run for a moment up to now; None if it never ran.
        now: UTC.
        resumed: when it was let go on after a pause, UTC: what it did not do before is no miss. None if it never was.
    """
    slot = job.slot(now)
    if newest is None:
        return Due(job=job, at=slot)
    if newest.due < slot:
        every = max(newest.every, job.every)  # it may have been another when that ran
        since = newest.due if resumed is None else max(newest.due, resumed)
        count = -(-(slot - since) // every) - 1
        if count <= 0:
            return Due(job=job, at=slot)
        busy = newest.ended is not None and newest.ended >= slot - every
        missed = Missed(count=count, first=slot - count * every, last=slot - every, busy=busy)
        return Due(job=job, at=slot, missed=missed)
    if newest.result == CUT_OFF:
        return Due(job=job, at=newest.due, attempt=newest.attempt + 1)
    return None


def on_request(job: Job, asked_at: datetime, newest: JobRun | None, now: datetime) -> Due:
    """Return that a job is due because somebody asked: for that moment, or the next that no run is for."""
    free = asked_at if newest is None else max(asked_at, newest.due + timedelta(microseconds=1))
    return Due(job=job, at=min(free, now))
