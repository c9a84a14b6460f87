"""The scheduler's own notes: who leads, what was run, and what was asked of it. None is about anybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from alpr_core.store.tables import Row, job_request, job_run, lease

SCHEDULER = "scheduler"
"""The lease's name: one process of all that share a database runs the jobs."""

RUNNING, DONE, FAILED, CUT_OFF = "running", "done", "failed", "cut_off"
"""Results of a run. One is cut off where its process died, or led no more, before it ended."""

RUN, PAUSE, RESUME = "run", "pause", "resume"
"""What can be asked of the scheduler."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """Who leads.

    Attributes:
        holder: the process.
        until: for so long, UTC, unless it is renewed.
        fence: how often the holder changed.
    """

    holder: str
    until: datetime
    fence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRun:
    """One run of a job.

    Attributes:
        job: its name.
        due: the moment that it is for, UTC; one run for each.
        every: how often the job was to run.
        started: UTC.
        ended: UTC; None while it runs.
        result: one of `RUNNING`, `DONE`, `FAILED`, `CUT_OFF`.
        attempt: 1, and one more after each that was cut off.
        counts: what it did.
        error: code of what went wrong, "" if nothing.
        fence: of the lease under which it was begun.
    """

    job: str
    due: datetime
    every: timedelta
    started: datetime
    ended: datetime | None = None
    result: str = RUNNING
    attempt: int = 1
    counts: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    fence: int


KEPT = timedelta(days=90)
"""For how long runs are remembered: one a minute is half a million a year. What failed stays on the ledger."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobRequest:
    """What somebody asked of the scheduler.

    Attributes:
        wanted: `RUN`, `PAUSE` or `RESUME`.
        asked_at: UTC.
        asked_by: pseudonym.
        taken_at: when the leader took it, UTC; pausing and resuming are not taken, they hold at once.
    """

    id: int = 0
    job: str
    wanted: str
    asked_at: datetime
    asked_by: str
    taken_at: datetime | None = None


class Jobs:
    """The scheduler's notes inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- who leads --------------------------------------------------------------------------------------------

    def leader(self, at: datetime) -> Lease | None:
        """Return who leads at a moment, None if nobody does."""
        found = self._lease(for_share=False)
        return found if found is not None and found.until > at else None

    def lead(self, holder: str, now: datetime, span: timedelta) -> int | None:
        """Take or renew the lease by compare-and-swap, and return its fence; None if somebody else leads.

        A lease that reaches further ahead than any that is given can only be of a clock that was set back since: it
        is taken too.

        Args:
            holder: names one process, for ever.
            now: UTC.
            span: for how long.
        """
        found, until = self._lease(for_share=False), now + span
        if found is None:
            return 1 if self._first(holder, until) else None
        if found.holder == holder:
            fence = found.fence
        elif found.until <= now or found.until > now + 2 * span:
            fence = found.fence + 1
        else:
            return None
        done = self._connection.execute(
            sa.update(lease)
            .where(lease.c.name == SCHEDULER, lease.c.holder == found.holder, lease.c.fence == found.fence)
            .values(holder=holder, until=until, fence=fence)
        )
        return fence if done.rowcount else None

    def resign(self, fence: int, now: datetime) -> None:
        """Give the lease back, so that another need not wait for its end."""
        chosen = sa.and_(lease.c.name == SCHEDULER, lease.c.fence == fence)
        self._connection.execute(sa.update(lease).where(chosen).values(until=now))

    def is_led_under(self, fence: int) -> bool:
        """Whether nobody has taken the lease since it had this fence; nobody does before this transaction ends."""
        found = self._lease(for_share=True)
        return found is not None and found.fence == fence

    def _lease(self, *, for_share: bool) -> Lease | None:
        query = sa.select(lease.c.holder, lease.c.until, lease.c.fence).where(lease.c.name == SCHEDULER)
        if for_share:
            query = query.with_for_update(read=True)  # SQLite has one writer, and does not know the words
        row = self._connection.execute(query).mappings().first()
        return None if row is None else Lease(**row)

    def _first(self, holder: str, until: datetime) -> bool:
        """Make the lease; False where somebody else was quicker."""
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        values = {"name": SCHEDULER, "holder": holder, "until": until, "fence": 1}
        return bool(self._connection.execute(insert(lease).values(values).on_conflict_do_nothing()).rowcount)

    # -- what was run -----------------------------------------------------------------------------------------

    def begin(self, run: JobRun) -> bool:
        """Note that a run begins, also one that was cut off begins again; False if there is one for that moment."""
        values = {**_values(run), "every": round(run.every.total_seconds())}
        if run.attempt > 1:
            again = sa.update(job_run).where(_is(run.job, run.due), job_run.c.result == CUT_OFF)
            return bool(self._connection.execute(again.values(values)).rowcount)
        insert = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
        done = self._connection.execute(insert(job_run).values(values).on_conflict_do_nothing())
        return bool(done.rowcount)

    def finish(
        self,
        run: JobRun,
        result: str,
        at: datetime,
        *,
        counts: Mapping[str, int] | None = None,
        error: str = "",
    ) -> bool:
        """Note how a run ended; False if it is not under way any more: another leader has cut it off.

        The job's runs of more than `KEPT` ago are forgotten with it.
        """
        under_way = sa.and_(_is(run.job, run.due), job_run.c.result == RUNNING, job_run.c.fence == run.fence)
        values = {"result": result, "ended": at, "counts": dict(counts or {}), "error": error}
        if not self._connection.execute(sa.update(job_run).where(under_way).values(values)).rowcount:
            return False
        old = sa.and_(job_run.c.job == run.job, job_run.c.due < run.due - KEPT, job_run.c.ended.is_not(None))
        self._connection.execute(sa.delete(job_run).where(old))
        return True

    def under_way(self) -> list[JobRun]:
        """Return the runs that have not ended, whether or not their process lives."""
        query = sa.select(job_run).where(job_run.c.ended.is_(None)).order_by(job_run.c.due)
        return [_as_run(row) for row in self._connection.execute(query).mappings()]

    def newest(self, job: str, until: datetime) -> JobRun | None:
        """Return the newest run of a job that is for a moment up to ``until``."""
        mine = sa.select(job_run).where(job_run.c.job == job, job_run.c.due <= until)
        row = self._connection.execute(mine.order_by(job_run.c.due.desc()).limit(1)).mappings().first()
        return None if row is None else _as_run(row)

    def before(self, run: JobRun) -> JobRun | None:
        """Return the run of the same job before one."""
        return self.newest(run.job, run.due - timedelta(microseconds=1))

    def history(self, job: str = "", limit: int = 100) -> list[JobRun]:
        """Return the runs that were begun last, of one job or all, newest first."""
        query = sa.select(job_run).order_by(job_run.c.started.desc(), job_run.c.id.desc()).limit(limit)
        if job:
            query = query.where(job_run.c.job == job)
        return [_as_run(row) for row in self._connection.execute(query).mappings()]

    def latest(self) -> dict[str, JobRun]:
        """Return the newest run of each job that ever ran, by its name."""
        newest = sa.select(job_run.c.job, sa.func.max(job_run.c.due).label("due")).group_by(job_run.c.job)
        last = newest.subquery()
        query = sa.select(job_run).join(
            last, sa.and_(job_run.c.job == last.c.job, job_run.c.due == last.c.due)
        )
        return {row["job"]: _as_run(row) for row in self._connection.execute(query).mappings()}

    # -- what was asked ---------------------------------------------------------------------------------------

    def ask(self, one: JobRequest) -> int:
        """Store what somebody asks, and return its number."""
        made = self._connection.execute(
            sa.insert(job_request).values(
                job=one.job, wanted=one.wanted, asked_at=one.asked_at, asked_by=one.asked_by
            )
        )
        key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def waiting(self) -> list[JobRequest]:
        """Return the runs that were asked for and that no leader has taken yet, oldest first."""
        mine = job_request.c
        query = sa.select(job_request).where(mine.wanted == RUN, mine.taken_at.is_(None)).order_by(mine.id)
        return [JobRequest(**row) for row in self._connection.execute(query).mappings()]

    def take(self, job: str, until: datetime, at: datetime) -> None:
        """Note that a run answers whatever was asked for up to a moment."""
        mine = job_request.c
        chosen = sa.and_(mine.job == job, mine.wanted == RUN, mine.taken_at.is_(None), mine.asked_at <= until)
        self._connection.execute(sa.update(job_request).where(chosen).values(taken_at=at))

    def pauses(self) -> dict[str, JobRequest]:
        """Return, of each job that ever was paused, the newest request to pause it or to let it go on."""
        query = sa.select(job_request).where(job_request.c.wanted != RUN).order_by(job_request.c.id)
        return {row["job"]: JobRequest(**row) for row in self._connection.execute(query).mappings()}


def _is(job: str, due: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(job_run.c.job == job, job_run.c.due == due)


def _values(run: JobRun) -> dict[str, object]:
    return {
        "job": run.job,
        "due": run.due,
        "started": run.started,
        "ended": run.ended,
        "result": run.result,
        "attempt": run.attempt,
        "counts": dict(run.counts),
        "error": run.error,
        "fence": run.fence,
    }


def _as_run(row: Row) -> JobRun:
    values = {name: value for name, value in row.items() if name != "id"}
    return JobRun(**{**values, "every": timedelta(seconds=row["every"])})
