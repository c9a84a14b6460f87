"""When a job is due: by its moments and the newest run that is noted for it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from alpr_core.scheduler.job import Job
from alpr_core.store.jobs import CUT_OFF, JobRun


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """That a job is to be run.

    Attributes:
        job: which.
        at: the moment that the run is for, UTC.
        attempt: which attempt for that moment.
        missed: how many moments before it nobody ran it.
        first: the first of them.
        last: the last of them.
        busy: whether the run before lasted beyond them, so that they could not be kept.
    """

    job: Job
    at: datetime
    attempt: int = 1
    missed: int = 0
    first: datetime | None = None
    last: datetime | None = None
    busy: bool = False


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
        missed = max(0, -(-(slot - since) // every) - 1)
        if not missed:
            return Due(job=job, at=slot)
        busy = newest.ended is not None and newest.ended >= slot - every
        return Due(job=job, at=slot, missed=missed, first=slot - missed * every, last=slot - every, busy=busy)
    if newest.result == CUT_OFF:
        return Due(job=job, at=newest.due, attempt=newest.attempt + 1)
    return None


def on_request(job: Job, asked_at: datetime, newest: JobRun | None, now: datetime) -> Due:
    """Return that a job is due because somebody asked: for that moment, or the next that no run is for."""
    free = asked_at if newest is None else max(asked_at, newest.due + timedelta(microseconds=1))
    return Due(job=job, at=min(free, now))
