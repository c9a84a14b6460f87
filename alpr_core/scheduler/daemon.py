"""The daemon: APScheduler's timers and threads around a leader.

What is due stands in the data. So its memory store, made anew at each start, only says when to look: nothing is lost
with it. The lease is renewed by this module's own loop, which waits by a clock that nobody sets back.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from alpr_core.errors import AlprError
from alpr_core.scheduler.job import Job
from alpr_core.scheduler.leader import LEASE, Leader
from alpr_ledger.errors import LedgerError

logger = logging.getLogger(__name__)

TICK = LEASE / 4
"""How often the lease is renewed and looked what is due: a leader that is late three times over leads on."""

AT_ONCE = 4
"""So many jobs run beside one another."""


class Ended(StrEnum):
    """Why a daemon ended."""

    STOPPED = "stopped"
    OUTDATED = "outdated"
    """Other settings were accepted: what was opened under the old ones may do nothing any more."""


class Moments(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
    """The moments of a job, as APScheduler asks for them."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:  # noqa: ARG002
        """Return the next moment after now."""
        return self._job.slot(now) + self._job.every


class Daemon:
    """Has a leader look what is due, and runs it in threads.

    Args:
        leader: decides what is due.
        tick: how often to look.
    """

    def __init__(self, leader: Leader, *, tick: timedelta = TICK) -> None:
        self._leader = leader
        self._tick = tick.total_seconds()
        self._closing = threading.Event()
        # It logs the words of whatever is raised, and they may hold a plate: `_listen` logs what can be told.
        logging.getLogger("apscheduler").setLevel(logging.CRITICAL + 1)
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(AT_ONCE)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )
        self._scheduler.add_listener(_listen, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        for job in leader.jobs.values():
            self._scheduler.add_job(self._run, Moments(job), args=[job.name], id=job.name)

    def serve(self, stop: threading.Event) -> Ended:
        """Run jobs until it is told to stop, then finish those in hand and give the lease back.

        Args:
            stop: set by whoever wants it to end.
        """
        self._scheduler.start()
        try:
            while not stop.is_set():
                if self._look():
                    return Ended.OUTDATED
                stop.wait(self._tick)
            return Ended.STOPPED
        finally:
            self._close()

    def _look(self) -> bool:
        """Renew the lease and wake what is due; return whether other settings were accepted."""
        try:
            if self._leader.is_outdated():
                return True
            for due in self._leader.tick():
                self._scheduler.modify_job(due.job.name, next_run_time=datetime.now(UTC))
        except (AlprError, LedgerError) as error:  # a database that is away comes back
            logger.warning("could not look what is due: %s", error)
        return False

    def _run(self, name: str) -> None:
        """Run one job if it is due by the data; in a thread of APScheduler's."""
        due = None if self._closing.is_set() else self._leader.due(name)
        if due is not None:
            self._leader.attend(due)

    def _close(self) -> None:
        """Let the jobs in hand end, under a lease that is kept for so long, and give it back."""
        self._closing.set()
        if in_hand := sorted(self._leader.in_hand):
            logger.info("ends once what is in hand is done: %s", ", ".join(in_hand))
        closing = threading.Thread(target=self._scheduler.shutdown)
        closing.start()
        while True:
            closing.join(self._tick)
            if not closing.is_alive():
                break
            try:
                self._leader.tick()
            except (AlprError, LedgerError) as error:
                logger.warning("the lease could not be renewed: %s", error)
        try:
            self._leader.resign()
        except (AlprError, LedgerError) as error:
            logger.warning("the lease could not be given back, and ends by itself: %s", error)


def _listen(event: JobExecutionEvent) -> None:
    """Log what went wrong around a job; what goes wrong in it, the leader records."""
    if event.exception is not None:
        logger.warning("%s: its run could not be noted: %s", event.job_id, type(event.exception).__name__)
    else:
        logger.warning("%s: missed its moment %s", event.job_id, event.scheduled_run_time)
