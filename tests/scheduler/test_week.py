"""Two processes on one PostgreSQL for a week of simulated time; the leader is killed or stalled again and again.

No real time passes: each process is a `Leader` that ticks at simulated moments, and a job lasts for as long as the
test says. A process that is killed does nothing any more; one that is stalled, as a virtual machine is, wakes up
in the middle of its job and tries to go on.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alpr_core.act import Act
from alpr_core.scheduler import Job, Leader
from alpr_core.scheduler.leader import LeaseLost
from alpr_core.store.jobs import DONE, JobRun

WEEK = timedelta(days=7)
HOUR = timedelta(hours=1)
LASTS = {"hourly": timedelta(minutes=2), "quarterly": timedelta(minutes=40), "daily": timedelta(minutes=55)}
EVERY = {"hourly": HOUR, "quarterly": 6 * HOUR, "daily": 24 * HOUR}

ON_POSTGRESQL = pytest.mark.parametrize("ready_database_url", ["postgresql"], indirect=True)
TICKS = [timedelta(minutes=7), pytest.param(timedelta(seconds=15), marks=pytest.mark.soak)]


@dataclass
class InHand:
    """A run that a process is at, the door of its job, and what it has still to do."""

    run: JobRun
    act: Act
    since: datetime
    ends: datetime


@dataclass(eq=False)
class Process:
    """One daemon: dead once it is killed, and asleep for a while when it is stalled."""

    leader: Leader
    is_dead: bool = False
    is_asleep: bool = False
    hand: dict[str, InHand] = field(default_factory=dict)


class World:
    """What happens, in the order of the simulated time.

    Attributes:
        worked: for each stretch of time in which a process was at a job, and could act at its end: the job, the run,
            from when, until when.
        begun: when each run was begun first, by its job and moment.
        overtaken: how many runs were refused to go on, because another process had taken the lead.
    """

    def __init__(self, site: Any, by_chance: random.Random, tick: timedelta) -> None:
        self.site, self.by_chance = site, by_chance
        self.tick, self.lease = tick, 4 * tick
        self.start = site.clock()
        self.worked: list[tuple[str, tuple[datetime, int], datetime, datetime]] = []
        self.begun: dict[tuple[str, datetime], datetime] = {}
        self.calm_from = self.start + 2 * HOUR
        self.killed = self.stalled = self.overtaken = 0
        self.processes: list[Process] = []
        self._events: list[tuple[datetime, int, Any]] = []
        self._number = itertools.count()

    def at(self, moment: datetime, what: Any) -> None:
        heapq.heappush(self._events, (moment, next(self._number), what))

    def run(self) -> None:
        for _ in range(2):
            self.start_process()
        self.at(self.calm_from, self.disturb)
        while self._events and self._events[0][0] < self.start + WEEK:
            self.site.clock.now, _, what = heapq.heappop(self._events)
            what()

    @property
    def now(self) -> datetime:
        return self.site.clock.now

    def some(self, least: timedelta, most: timedelta) -> timedelta:
        return least + self.by_chance.random() * (most - least)

    def start_process(self) -> None:
        skew = timedelta(seconds=self.by_chance.uniform(-2, 2))
        there = replace(self.site, clock=lambda: self.site.clock() + skew)
        jobs = [Job(name=name, every=every, run=dict, says="") for name, every in EVERY.items()]
        process = Process(Leader(there, jobs, lambda _: "2001", lease=self.lease))
        self.processes.append(process)
        self.at(self.now + self.some(timedelta(0), self.tick), lambda: self.look(process))

    def look(self, process: Process) -> None:
        if process.is_dead:
            return
        self.at(self.now + self.tick, lambda: self.look(process))
        if process.is_asleep:
            return
        for due in process.leader.tick():
            if (run := process.leader.begin(due)) is not None:
                self.begun.setdefault((run.job, run.due), self.now)
                ends = self.now + self.some(LASTS[run.job] / 2, LASTS[run.job])
                act = process.leader._act_of(run.job)
                process.hand[run.job] = InHand(run, act, self.now, ends)
                self.at(ends, lambda job=run.job: self.end(process, job))
                if (
                    ends > self.now + self.tick and self.by_chance.random() < 0.7
                ):  # in the middle of a long one
                    self.at(self.now + self.some(timedelta(0), ends - self.now), self.disturb)

    def end(self, process: Process, job: str) -> None:
        at = process.hand.get(job)
        if process.is_dead or process.is_asleep or at is None or at.ends != self.now:
            return
        lost = self.put_down(process, job)
        assert (process.leader.finish(at.run, {}, lost) is None) == (lost is not None)

    def put_down(self, process: Process, job: str) -> LeaseLost | None:
        """End a job with its last act: where that is refused, it has done nothing since it woke up."""
        at = process.hand.pop(job)
        lost = self.refused(at.act)
        if lost is None:
            self.worked.append((job, (at.run.due, at.run.attempt), at.since, self.now))
        else:
            self.overtaken += 1
        return lost

    def disturb(self) -> None:
        """Kill the leader, or the other one, or stall it, if all has been calm for a while."""
        if self.now < self.calm_from:
            return
        leading = [one for one in self.processes if one.leader.fence]
        victim = (leading or self.processes)[0] if self.by_chance.random() < 0.8 else self.processes[-1]
        over = self.now + self.some(timedelta(minutes=1), HOUR)
        if self.by_chance.random() < 0.6:
            self.killed += 1
            victim.is_dead = True
            self.processes.remove(victim)
            for job in list(victim.hand):
                self.put_down(victim, job)
            self.at(over, self.start_process)
        else:
            self.stalled += 1
            victim.is_asleep = True
            for job, at in victim.hand.items():
                self.worked.append((job, (at.run.due, at.run.attempt), at.since, self.now))
                at.ends = max(at.ends, self.now) - self.now + over  # so much is left to do after it
            self.at(over, lambda: self.wake(victim))
        self.calm_from = over + 2 * self.lease + HOUR
        self.at(self.calm_from + self.some(timedelta(0), 8 * HOUR), self.disturb)

    def wake(self, process: Process) -> None:
        process.is_asleep = False
        for job, at in list(process.hand.items()):
            at.since = self.now
            if lost := self.refused(at.act):
                self.overtaken += 1
                process.hand.pop(job)
                assert process.leader.finish(at.run, {}, lost) is None
            else:
                self.at(at.ends, lambda job=job: self.end(process, job))

    def refused(self, act: Act) -> LeaseLost | None:
        try:
            with act.look("status.show"):
                return None
        except LeaseLost as lost:
            return lost


def overlaps(worked: list[tuple[str, Any, datetime, datetime]]) -> Iterator[tuple[Any, Any]]:
    """Each two stretches of time in which one job was run twice."""
    for job in EVERY:
        mine = sorted((since, until, run) for name, run, since, until in worked if name == job)
        for one, other in itertools.pairwise(mine):
            if other[0] < one[1] and one[2] != other[2]:
                yield one, other


def moments(start: datetime, until: datetime, every: timedelta) -> set[datetime]:
    """The moments of a job from the last one before a start on."""
    first = Job(name="any", every=every, run=dict, says="").slot(start)
    return {first + n * every for n in range(int((until - first) / every) + 1)}


@ON_POSTGRESQL
@pytest.mark.parametrize("tick", TICKS)
def test_in_a_week_no_job_runs_twice_at_once_and_none_is_missed(
    led, tick, pytestconfig, history, entries
) -> None:
    seed = str(pytestconfig.getoption("hypothesis_seed"))
    world = World(led, random.Random(seed), tick)
    world.run()
    said = f"--hypothesis-seed={seed}"
    assert world.killed > 5, said
    assert world.stalled > 2, said
    assert world.overtaken > 0, said
    assert list(overlaps(world.worked)) == [], said
    patience = world.lease + world.tick + timedelta(seconds=4)
    for job, every in EVERY.items():
        wanted = moments(world.start, led.clock() - patience, every)
        got = {due: at for (name, due), at in world.begun.items() if name == job}
        assert wanted <= set(got), said
        late = {due: got[due] - due for due in wanted if due > world.start and got[due] > due + patience}
        assert late == {}, said
        ended = {run.due for run in history_of(led, job) if run.result == DONE}
        assert wanted - ended <= {max(got)}, said
    assert entries("job.miss") == [], said


def history_of(site: Any, job: str) -> list[JobRun]:
    with site.store.snapshot() as work:
        return work.jobs.history(job, 10_000)


def test_the_test_sees_an_overlap_where_there_is_one() -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    first, second = ("hourly", (at, 1), at, at + HOUR), ("hourly", (at, 2), at + HOUR / 2, at + 2 * HOUR)
    assert len(list(overlaps([first, second]))) == 1
