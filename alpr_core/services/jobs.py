"""Jobs, as people see them: how they went, and asking for one to be run, paused or let go on.

Nothing here runs a job. What is asked is a row that the leading process sees at its next look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.problems import suggestion
from alpr_core.store.jobs import PAUSE, RESUME, RUN, JobRequest, JobRun

SHOW = "status.show"
"""How the jobs went is how the node is doing."""

Jobs = Mapping[str, timedelta]
"""Name of each job of the node, to how often it runs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobState:
    """How a job stands.

    Attributes:
        name: of the job.
        last: its newest run; None if it never ran.
        paused_at: since when it is paused, UTC; None if it is not.
        asked_at: when somebody asked for a run that no process has begun yet, UTC.
    """

    name: str
    last: JobRun | None
    paused_at: datetime | None
    asked_at: datetime | None


def list_jobs(act: Act, jobs: Jobs) -> list[JobState]:
    """Return how each job stands, in their order.

    Raises:
        Denied: by the policy.
    """
    with act.look(SHOW) as look:
        notes = look.work.jobs
        latest, pauses = notes.latest(), notes.pauses()
        asked = {one.job: one.asked_at for one in notes.waiting()}
        found = []
        for name in jobs:
            pause = pauses.get(name)
            paused_at = pause.asked_at if pause is not None and pause.wanted == PAUSE else None
            state = JobState(name=name, last=latest.get(name), paused_at=paused_at, asked_at=asked.get(name))
            found.append(state)
    return found


def show_history(act: Act, job: str = "", *, limit: int = 50) -> list[JobRun]:
    """Return the runs that were begun last, newest first.

    Args:
        act: who looks.
        job: name of one; "" for all. One that the node has no more is found too.
        limit: how many.

    Raises:
        Denied: by the policy.
    """
    with act.look(SHOW) as look:
        found = look.work.jobs.history(job, limit)
    return found


def ask_to_run(act: Act, job: str, jobs: Jobs, *, reason: str = "") -> bool:
    """Ask for a job to be run now; return whether any process leads that could.

    Raises:
        Denied: by the policy.
        NotFound: there is no such job.
    """
    act.admit("job.run", reason=reason)
    _check(job, jobs)
    with act.change("job.run", reason=reason) as change:
        change.work.jobs.ask(_request(act, job, RUN))
        change.record(job=job)
        leads = change.work.jobs.leader(act.now) is not None
    return leads


def pause_job(act: Act, job: str, jobs: Jobs, *, resume: bool = False, reason: str = "") -> None:
    """Pause a job, so that it is not run by itself, or let it go on.

    Raises:
        Denied: by the policy.
        NotFound: there is no such job.
        InputError: it is paused already, or is not.
    """
    act.admit("job.pause", reason=reason)
    _check(job, jobs)
    with act.change("job.pause", reason=reason) as change:
        pause = change.work.jobs.pauses().get(job)
        is_paused = pause is not None and pause.wanted == PAUSE
        if is_paused != resume:
            raise InputError(f"The job {job} is {'not paused' if resume else 'paused already'}.")
        change.work.jobs.ask(_request(act, job, RESUME if resume else PAUSE))
        change.record(job=job, paused=not resume)


def _request(act: Act, job: str, wanted: str) -> JobRequest:
    return JobRequest(job=job, wanted=wanted, asked_at=act.now, asked_by=act.actor.id)


def _check(job: str, jobs: Jobs) -> None:
    if job not in jobs:
        raise NotFound(f"this node has no job {job!r}.{suggestion(job, jobs)} alpr-core jobs list shows them")
