"""Leading: one process of all that share a database runs the jobs, each at its moments, and every run is noted.

Nothing here sleeps: `Leader.tick` looks what is due at the time of the node's clock, and `Leader.attend` runs it.
What is due follows from the noted runs alone. So a job that nobody ran in its time is run once as soon as somebody
leads, and one whose process died is run again.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alpr_core.act import Act
from alpr_core.answering import still_answers, who_answers
from alpr_core.errors import AlprError
from alpr_core.models import Actor
from alpr_core.scheduler.due import Due, Missed, by_time, on_request
from alpr_core.scheduler.job import Job
from alpr_core.services.notices import tell
from alpr_core.site import Site
from alpr_core.store.jobs import CUT_OFF, DONE, FAILED, PAUSE, JobRun, Jobs
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a leader leads without renewing: after its death the jobs rest for so long, and one tick."""

ATTEMPTS = 3
"""So often a run is begun whose process dies of it, maybe; then it has failed."""

LONGEST_PROBLEM = 500
"""Characters of what went wrong that go into the vault."""

NOBODY = "Nobody"
"""Error of a run for which no person answers."""


class LeaseLost(AlprError):
    """Another process leads: what this one has in hand must not go on."""


class Leader:
    """A process that wants to lead.

    Args:
        site: the node's parts.
        jobs: to be run.
        answers: badge number of the person on whose authority a job acts, by its name; None where nobody is named.
        lease: how long the lead lasts without a tick.

    Attributes:
        holder: this process, for ever.
        fence: of the lease that it holds; 0 while it leads nothing.
        jobs: to be run, by name.
    """

    def __init__(
        self,
        site: Site,
        jobs: Sequence[Job],
        answers: Callable[[str], str | None],
        *,
        lease: timedelta = LEASE,
    ) -> None:
        self._site = site
        self._door = Act(site, Actor(id="system:scheduler"))
        self._answers = answers
        self._lease = lease
        self._lock = threading.Lock()
        self._in_hand: set[str] = set()
        self.jobs = {job.name: job for job in jobs}
        self.holder = (
            f"{site.name} at {socket.gethostname()[:80]}, process {os.getpid()}, {secrets.token_hex(4)}"
        )
        self.fence = 0

    # -- what is due ------------------------------------------------------------------------------------------

    def tick(self) -> list[Due]:
        """Take or renew the lease, settle what a dead leader left behind, and return what is due.

        Raises:
            StoreError: the database cannot be used. This process leads nothing until a tick succeeds.
        """
        now, in_hand = self._door.now, self.in_hand
        try:
            with self._door.scheduling() as notes:
                fence = notes.lead(self.holder, now, self._lease) or 0
                runs = notes.under_way() if fence else []
        except BaseException:
            self.fence = 0
            raise
        if fence != self.fence:
            logger.info("this process leads the jobs" if fence else "another process leads the jobs")
        self.fence = fence
        in_hand |= self.in_hand  # what was begun, or ended, while the runs were read
        for run in runs:
            if run.fence != fence or run.job not in in_hand:
                self._cut_off(run)
        if not fence:
            return []
        with self._door.scheduling() as notes:
            return self._due(notes, now)

    def due(self, name: str) -> Due | None:
        """Return whether one job is due now; None if not, or while another process leads."""
        if not self.fence:
            return None
        with self._door.scheduling() as notes:
            found = self._due(notes, self._door.now)
        return next((due for due in found if due.job.name == name), None)

    def is_outdated(self) -> bool:
        """Return whether other settings were accepted since: whatever a job does would be refused."""
        return self._door.is_outdated()

    def _due(self, notes: Jobs, now: datetime) -> list[Due]:
        asked = {one.job: one.asked_at for one in notes.waiting() if one.asked_at <= now}
        pauses = notes.pauses()
        found = []
        for job in self.jobs.values():
            if job.name in self._in_hand:
                continue
            newest = notes.newest(job.name, now)
            pause = pauses.get(job.name)
            if job.name in asked:
                found.append(on_request(job, asked[job.name], newest, now))
            elif pause is None or pause.wanted != PAUSE:
                due = by_time(job, newest, now, pause.asked_at if pause else None)
                found += [] if due is None else [due]
        return found

    # -- running ----------------------------------------------------------------------------------------------

    def attend(self, due: Due) -> JobRun | None:
        """Run a job that is due, note how it ended, and return the run; None if it is not this process's to run."""
        run = self.begin(due)
        if run is None:
            return None
        return self.finish(run, *self._outcome(due.job))

    def begin(self, due: Due) -> JobRun | None:
        """Note that a job is begun; None if it is in hand, another process leads, or the run is noted already."""
        fence, name = self.fence, due.job.name
        with self._lock:
            if not fence or name in self._in_hand:
                return None
            self._in_hand.add(name)
        run = JobRun(
            job=name,
            due=due.at,
            every=due.job.every,
            started=self._door.now,
            attempt=due.attempt,
            fence=fence,
        )
        begun = False
        try:
            with self._door.scheduling() as notes:
                begun = notes.is_led_under(fence) and notes.begin(run)
                if begun:
                    notes.take(name, due.at, run.started)
        finally:
            if not begun:
                self._put_down(name)
        if begun and due.missed is not None:
            self._miss(due.job, due.missed)
        return run if begun else None

    def finish(self, run: JobRun, counts: Mapping[str, int], error: BaseException | None) -> JobRun | None:
        """Note how a run ended, and return it; None if another process has taken the lead and cut it off."""
        try:
            if error is not None:
                return self._fail(run, FAILED, error)
            now = self._door.now
            with self._door.scheduling() as notes:
                ended = notes.finish(run, DONE, now, counts=counts)
            if not ended:
                logger.warning("%s: done, but another process leads, and runs it again", run.job)
                return None
            logger.info("%s: done %s", run.job, dict(counts))
            return replace(run, ended=now, result=DONE, counts=dict(counts))
        finally:
            self._put_down(run.job)

    def _put_down(self, name: str) -> None:
        """Note that a job is in hand no more: after its run's end is noted, else a tick would take it for cut off."""
        with self._lock:
            self._in_hand.discard(name)

    def _outcome(self, job: Job) -> tuple[Mapping[str, int], BaseException | None]:
        """Run the job; return what it counted, or what it raised."""
        try:
            counted = job.run(self._act_of(job.name))
            return {str(name): int(number) for name, number in counted.items()}, None
        except Exception as error:  # noqa: BLE001  whatever a job raises is its failure, and never the daemon's
            return {}, error
        except SystemExit as error:
            return {}, error

    def _act_of(self, name: str) -> Act:
        """Return the door of a job, with the rights that whoever answers for it has now.

        Raises:
            AlprError: nobody answers for it.
        """
        person = self._person(name)
        if person is None:
            raise _Unanswered(_unanswered(self._answers(name), [name]))
        fence = self.fence

        def guard(work: Work) -> None:
            if not work.jobs.is_led_under(fence):
                raise LeaseLost("another process leads the jobs, so this one stops")
            if not still_answers(work, person, self._door.now):
                raise _Unanswered(
                    f"whoever answers for {name} lost rights while it ran: it is run with what is left"
                )

        return Act(self._site, replace(person, id=f"system:{name}"), guard=guard)

    def _person(self, name: str) -> Actor | None:
        """Return who answers for a job, as the actor that it is delegated by; None if nobody does."""
        return who_answers(self._door, self._answers(name))

    def unanswered(self) -> list[str]:
        """Return, a sentence each, for which jobs nobody answers; [] if somebody does for every one."""
        lacking: dict[str | None, list[str]] = {}
        for name in self.jobs:
            if self._person(name) is None:
                lacking.setdefault(self._answers(name), []).append(name)
        return [_unanswered(badge, names) for badge, names in lacking.items()]

    @property
    def in_hand(self) -> frozenset[str]:
        """Names of the jobs that this process is running."""
        with self._lock:
            return frozenset(self._in_hand)

    def resign(self) -> None:
        """Give the lease back, so that another process need not wait for its end.

        Raises:
            StoreError: the database cannot be used; then it ends by itself.
        """
        fence, self.fence = self.fence, 0
        if fence:
            with self._door.scheduling() as notes:
                notes.resign(fence, self._door.now)

    # -- what went wrong --------------------------------------------------------------------------------------

    def _cut_off(self, run: JobRun) -> None:
        """Note that a run of an earlier leader did not end: it is run again, unless that happened too often."""
        result = CUT_OFF if run.attempt < ATTEMPTS else FAILED
        self._fail(run, result, None)

    def _fail(self, run: JobRun, result: str, error: BaseException | None) -> JobRun | None:
        """Put a failed run on the ledger and note it, both at once; tell whom it concerns, at most once a day."""
        code = "CutOff" if error is None else _code(error)
        logger.warning("%s: failed, %s%s", run.job, code, _place(error))
        person = self._person(run.job)
        actor = Actor(id=f"system:{run.job}", delegated_by=person.delegated_by if person else "")
        act, now = Act(self._site, actor), self._door.now
        said: dict[str, object] = {
            "job": run.job,
            "due": format_time(run.due),
            "attempt": run.attempt,
            "error": code,
        }
        if isinstance(error, AlprError):
            said["problem"] = error.message[:LONGEST_PROBLEM]
        with self._door.scheduling() as notes:
            before = notes.before(run)

        def note(work: Work) -> None:
            if not work.jobs.finish(run, result, now, error=code):
                raise _SettledError

        try:
            receipt = act.report("job.fail", scopes=None, write=note, **said)
        except _SettledError:
            logger.warning("%s: another process leads, and has noted that it was cut off", run.job)
            return None
        act.tell("job_failed", job=run.job, due=run.due, error=code, entry=receipt.first)
        if result == FAILED and (before is None or before.result != FAILED or _is_old_news(before, now)):
            tell(act, "job.failed", entry=receipt.first)
        return replace(run, ended=now, result=result, error=code)

    def _miss(self, job: Job, missed: Missed) -> None:
        """Put on the ledger that nobody ran a job in its time."""
        logger.warning("%s: was not run %d times", job.name, missed.count)
        act = Act(self._site, Actor(id=f"system:{job.name}"))
        receipt = act.report(
            "job.miss",
            job=job.name,
            count=missed.count,
            first=format_time(missed.first),
            last=format_time(missed.last),
            why="busy" if missed.busy else "down",
        )
        tell(act, "job.missed", count=missed.count, entry=receipt.first)


class _SettledError(Exception):
    """Another leader has noted the end of a run."""


class _Unanswered(AlprError):
    """Nobody answers for a job."""


def _unanswered(badge: str | None, names: Sequence[str]) -> str:
    """Return the sentence that says that nobody answers for these jobs."""
    if badge is not None:
        return f"[jobs] badge {badge} has no account here, or has left, and answers for {', '.join(names)}"
    return (
        f"[jobs] by: nobody is named who answers for {', '.join(names)}. Jobs act on the authority of a person: "
        "write the badge number of one whose roles may do what they do (docs/jobs.md)"
    )


def _is_old_news(before: JobRun, now: datetime) -> bool:
    return before.ended is None or before.ended.date() < now.date()


def _code(error: BaseException) -> str:
    return NOBODY if isinstance(error, _Unanswered) else type(error).__name__[:64]


def _place(error: BaseException | None) -> str:
    """Return where an error arose; never its words, which may hold a plate."""
    if error is None or error.__traceback__ is None:
        return ""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f" at {frame.filename}:{frame.lineno}"
