"""The daemon around a leader: when it looks, what it does with trouble, how it ends."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.errors import StoreError
from alpr_core.scheduler import Daemon, Ended, Job
from alpr_core.scheduler.daemon import Moments
from alpr_core.scheduler.due import Due

JOB = Job(name="hourly", every=timedelta(hours=1), run=dict, says="Is run hourly.")
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


class Stand:
    """Stands for a leader: says what the test wants, and stops the daemon after some looks."""

    def __init__(self, *looks) -> None:
        self.jobs = {JOB.name: JOB}
        self.stop = threading.Event()
        self.looks = list(looks)
        self.attended = []
        self.resigned = 0
        self.outdated = False
        self.in_hand = frozenset()

    def is_outdated(self) -> bool:
        return self.outdated

    def tick(self):
        look = self.looks.pop(0) if self.looks else []
        if isinstance(look, Exception):
            raise look
        if not look and not self.looks:
            self.stop.set()
        return look

    def due(self, name):
        return Due(job=JOB, at=NOW)

    def attend(self, due):
        self.attended.append(due)
        self.stop.set()
        raise StoreError("its run could not be noted")

    def resign(self) -> None:
        self.resigned += 1
        raise StoreError("away")


def serve(stand) -> Ended:
    return Daemon(stand, tick=timedelta(milliseconds=5)).serve(stand.stop)


def test_what_is_due_is_run_and_whatever_happens_the_daemon_ends_in_order(caplog) -> None:
    stand = Stand(StoreError("the database is away"), [Due(job=JOB, at=NOW)], [Due(job=JOB, at=NOW)])
    stand.looks += [[Due(job=JOB, at=NOW)]] * 1000  # until it is attended
    assert serve(stand) is Ended.STOPPED
    assert stand.attended
    assert stand.resigned == 1
    assert "could not look what is due: the database is away" in caplog.text
    assert "hourly: its run could not be noted: StoreError" in caplog.text
    assert "Traceback" not in caplog.text


def test_it_ends_once_other_settings_were_accepted() -> None:
    stand = Stand()
    stand.outdated = True
    assert serve(stand) is Ended.OUTDATED
    assert stand.resigned == 1


@pytest.mark.parametrize("now", [NOW, NOW - timedelta(minutes=5)])
def test_a_job_is_looked_at_at_its_moments(now) -> None:
    assert Moments(JOB).get_next_fire_time(None, now) == datetime(2026, 11, 23, 15, tzinfo=UTC)
