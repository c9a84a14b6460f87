"""Whatever happens to reads, holds, schedules, policies and the clock: a read is there for a reason, or certified."""

from __future__ import annotations

import itertools
import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from alpr_core import Period, RetentionTerm
from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.errors import StoreError
from alpr_core.models import Actor, Box, Candidate, Frame, ReadFilter, Reading, ReadKey, Sighting
from alpr_core.policy import Gate, lay_over, parse_pack
from alpr_core.retention import RetentionOffice, RetentionRefused
from alpr_core.services.corrections import correct_read
from alpr_core.services.holds import end_hold, place_hold
from alpr_core.services.ingest import record_sightings
from alpr_core.services.purging import purge
from alpr_core.services.sweeping import sweep_images
from alpr_core.store.tables import plate
from alpr_ledger.entry import parse_time
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

ZONE = ZoneInfo("America/Los_Angeles")
PERIODS = ["P1D", "P7D", "P30D", "P1M", "P1M2D", "PT36H"]
POLICIES = [
    [("P30D", "exactly")],
    [("P1M", "exactly")],
    [("P1D", "at_least"), ("P30D", "at_most")],
    [("PT36H", "at_least"), ("P1M2D", "at_most")],
    [("P7D", "at_most")],
    [("P1M", "at_least")],
    [("P30D", "at_least"), ("P1D", "at_most")],  # nobody can keep both
]
LAWS = [("P30D", "at_most"), ("PT36H", "at_most"), ("P1M", "at_least"), ("P7D", "at_least"), None]
PLATES = ["AAA111", "BBB222", "CCC333", "DDD444"]
MINIMAL = (files("alpr_core.policy") / "packs" / "minimal.toml").read_text()


LAW = """
id = "law"
title = "A law"
version = "1"
department = "The state"
document = "House Bill 30"
source = "The tests"
effective = {effective}
disclaimer = "An example."
kind = "overlay"
"""


def clause(name: str, period: str, keeps: str) -> str:
    return (
        f'[[clause]]\nid = "{name}"\nstrength = "must"\nrule = "retention"\nperiod = "{period}"\n'
        f'keeps = "{keeps}"\nthen = "must_purge"\nsays = "K."\n'
    )


class SetClock:
    """A clock that stands still until the machine moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 14, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, span: timedelta) -> None:
        self.now += span


@dataclass
class Strategy:
    """A strategy that does what the machine says."""

    answer: object

    def terms(self, _limits):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def class_of(self, camera: str) -> str:
        return "other" if camera.startswith("other") else "default"


@dataclass
class Known:
    """What the machine knows of a read."""

    plate: str
    captured_at: datetime
    arrived_at: datetime
    retention_class: str
    destroyed: bool = False


class AnyRetention(RuleBasedStateMachine):
    """Reads, holds, strategies, clauses, overlays that take effect on a day, and clock jumps in any order."""

    def __init__(self, site, happened: Counter[str]) -> None:
        super().__init__()
        self.site = site
        self.happened = happened
        self.clock = site.clock
        self.reads: dict[ReadKey, Known] = {}
        self.holds: dict[int, set[ReadKey]] = {}
        self.about: dict[int, str] = {}
        self.clauses: list[tuple[str, str]] = [("P30D", "exactly")]
        self.law: tuple[str, str, date] | None = None
        self.strategy = Strategy({"default": term("P30D"), "other": term("P30D")})
        self.corrected = 0
        self.person = Actor(id="system:test", roles=frozenset({"admin", "officer"}), delegated_by="p1")

    def act(self) -> Act:
        text = MINIMAL + "".join(
            clause(f"K{n}", period, keeps) for n, (period, keeps) in enumerate(self.clauses)
        )
        packs = [parse_pack(text, "any.toml", actions=ACTIONS)]
        if self.law is not None:
            period, keeps, effective = self.law
            law = LAW.format(effective=effective) + clause("L", period, keeps)
            packs.append(parse_pack(law, "law.toml", actions=ACTIONS))
        policy = lay_over(packs, zone=ZONE)
        office = RetentionOffice(lambda _: ("mine", lambda: self.strategy))
        return Act(replace(self.site, gate=Gate(policy), retention=office), self.person)

    # -- what happens -----------------------------------------------------------------------------------------

    @initialize()
    def somebody_has_driven_by(self) -> None:
        for number, text in enumerate(PLATES):
            self.see_one(text, "other-1" if number % 2 else "car-7", number)

    @rule(
        texts=st.lists(st.sampled_from(PLATES), min_size=1, max_size=4),
        camera=st.sampled_from(["car-7", "other-1"]),
        ago=st.integers(0, 40),
    )
    def see(self, texts: list[str], camera: str, ago: int) -> None:
        for text in texts:
            self.see_one(text, camera, ago)

    def see_one(self, text: str, camera: str, ago: int) -> None:
        then = self.clock() - timedelta(hours=ago)
        reading = Reading(
            candidates=(Candidate(text=text, confidence=0.9),),
            characters=(0.9,) * len(text),
            box=Box.rectangle(1, 1, 6, 3),
            detection_confidence=0.9,
        )
        frame = Frame(source=camera, taken_at=then, image=np.zeros((8, 12, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=then, last_seen=then, frames=1)
        (batch,) = record_sightings(self.act(), [sighting], camera=camera)
        (read,) = batch.reads
        self.reads[read.key] = Known(text, then, self.clock(), read.retention_class)
        for number, about in self.about.items():
            if about == text:
                self.holds[number].add(read.key)

    @rule(span=st.sampled_from([1, 23, 24, 25, 170, 730, 745, 2000]))
    def time_passes(self, span: int) -> None:
        self.clock.advance(timedelta(hours=span))

    @rule(seconds=st.integers(1, 90_000))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.advance(timedelta(seconds=-seconds))

    @rule(clauses=st.sampled_from(POLICIES))
    def the_policy_changes(self, clauses: list[tuple[str, str]]) -> None:
        self.clauses = clauses

    @rule(
        law=st.sampled_from(LAWS),
        days=st.sampled_from([-1, 0, 1, 5, 30, 60]),
    )
    def a_law_is_laid_over_it(self, law: tuple[str, str] | None, days: int) -> None:
        effective = (self.clock() + timedelta(days=days)).astimezone(ZONE).date()
        self.law = law and (*law, effective)

    @rule(
        first=st.sampled_from(PERIODS),
        second=st.sampled_from(PERIODS),
        starts=st.sampled_from(["capture", "arrival"]),
        automatic=st.booleans(),
    )
    def the_schedule_changes(self, first: str, second: str, starts: str, automatic: bool) -> None:
        self.strategy.answer = {
            "default": term(first, starts, automatic),
            "other": term(second, starts, automatic),
        }

    @rule(answer=st.sampled_from([None, {"default": 3}, {"other": 1}, RuntimeError("broken")]))
    def the_strategy_breaks(self, answer: object) -> None:
        self.strategy.answer = answer

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def hold_a_read(self, data) -> None:
        key = data.draw(st.sampled_from(self.alive_in_order()))
        placed = place_hold(self.act(), read=key, **WHY)
        self.holds[placed.hold.id] = {key}

    @rule(text=st.sampled_from(PLATES))
    def hold_a_plate(self, text: str) -> None:
        placed = place_hold(self.act(), wanted=ReadFilter(plate=text), **WHY)
        self.about[placed.hold.id] = text
        self.holds[placed.hold.id] = {key for key in self.alive() if self.reads[key].plate == text}

    @precondition(lambda self: self.holds)
    @rule(data=st.data())
    def end_a_hold(self, data) -> None:
        number = data.draw(st.sampled_from(sorted(self.holds)))
        end_hold(self.act(), number, reason="the verdict is final")
        del self.holds[number]
        self.about.pop(number, None)

    @precondition(lambda self: self.alive())
    @rule(data=st.data())
    def correct(self, data) -> None:
        key = data.draw(st.sampled_from(self.alive_in_order()))
        self.corrected += 1
        correct_read(self.act(), key, f"ZZZ{self.corrected:03}", reason="as it stands on the picture")

    @rule(
        waited=st.sampled_from([0, 1, 24, 25, 170, 730, 745, 2000]),
        fits=st.sampled_from([True, True, True, False]),
        ordered=st.booleans(),
        cut=st.sampled_from([False, False, False, True]),
        data=st.data(),
    )
    def purge(self, waited: int, fits: bool, ordered: bool, cut: bool, data) -> None:
        self.clock.advance(timedelta(hours=waited))
        now, boss, store = max(self.clock(), self.newest_entry()), self.act(), self.site.store
        if fits and (fitting := [one for one in PERIODS if self.fits(one, now)]):
            period = data.draw(st.sampled_from(fitting))
            starts = data.draw(st.sampled_from(["capture", "arrival"]))
            self.strategy.answer = {
                name: term(period, starts, ordered or cut) for name in ("default", "other")
            }
        if cut:
            store.reclaim = broken
        try:
            purge(boss, ordered=ordered)
        except RetentionRefused:
            self.check_destroyed(now, set())
            return
        except StoreError:
            assert cut
        finally:
            store.__dict__.pop("reclaim", None)
        terms = self.strategy.answer
        due = {key for key in self.alive() if self.is_due(key, now) and not self.is_held(key)}
        chosen = {key for key in due if ordered or terms[self.reads[key].retention_class].automatic}
        self.check_destroyed(now, chosen)
        self.happened["purge"] += bool(chosen)
        self.happened["purge beside a hold"] += bool(chosen) and any(map(self.is_held, self.alive()))
        if self.law is not None:
            self.happened["purge under a law"] += bool(chosen) and len(self.in_force(now)) > len(self.clauses)
            self.happened["purge before a law"] += bool(chosen) and self.in_force(now) == self.clauses

    @rule()
    def sweep(self) -> None:
        sweep_images(self.act())

    # -- what must be so --------------------------------------------------------------------------------------

    def alive_in_order(self) -> list[ReadKey]:
        """Not sorted: their names are random, and a draw has to mean the same when it is drawn again."""
        return [key for key, known in self.reads.items() if not known.destroyed]

    def alive(self) -> set[ReadKey]:
        return set(self.alive_in_order())

    def newest_entry(self) -> datetime:
        """A clock that was set back does not count: what is recorded was before."""
        with self.site.store.snapshot() as work:
            return max(parse_time(one.body["t"]) for one in work.ledger.entries())

    def is_held(self, key: ReadKey) -> bool:
        return any(key in keys for keys in self.holds.values())

    def is_due(self, key: ReadKey, now: datetime) -> bool:
        """What the house's own words say, told again another way."""
        known = self.reads[key]
        term_ = self.strategy.answer[known.retention_class]
        start = known.captured_at if term_.starts == "capture" else known.arrived_at
        moments = [term_.period.after(start, ZONE)]
        clauses = self.in_force(now)
        for period, keeps in clauses:
            bound = Period.parse(period).after(known.captured_at, ZONE)
            if keeps in ("at_least", "exactly"):
                moments.append(max(moments[-1], bound))
        for period, keeps in clauses:
            bound = Period.parse(period).after(known.captured_at, ZONE)
            if keeps in ("at_most", "exactly"):
                moments.append(min(moments[-1], bound))
        return moments[-1] <= now

    def fits(self, period: str, now: datetime) -> bool:
        """Whether a strategy may keep data so long."""
        span = Period.parse(period).usual
        bounds = [(Period.parse(bound).usual, keeps) for bound, keeps in self.in_force(now)]
        return all(
            (span >= bound or keeps == "at_most") and (span <= bound or keeps == "at_least")
            for bound, keeps in bounds
        )

    def in_force(self, now: datetime) -> list[tuple[str, str]]:
        """The pack's clauses, and the law's from its day on."""
        if self.law is None or now.astimezone(ZONE).date() < self.law[2]:
            return self.clauses
        return [*self.clauses, self.law[:2]]

    def check_destroyed(self, now: datetime, expected: set[ReadKey]) -> None:
        gone = {key for key in self.alive() if not self.is_stored(key)}
        assert gone == expected
        for key in gone:
            self.reads[key].destroyed = True

    def is_stored(self, key: ReadKey) -> bool:
        with self.site.store.snapshot() as work:
            return work.reads.get(key) is not None

    @invariant()
    def each_read_is_whole_or_gone(self) -> None:
        with self.site.store.snapshot() as work:
            assert work.reads.count() == len(self.alive())
            for key in self.alive():
                images = work.reads.images(key)
                assert len(images) == 2
                holds = [number for number, keys in self.holds.items() if key in keys]
                if holds:
                    assert {one.key_id for one in images} == {f"evidence/{max(holds)}"}
                for one in images:
                    assert self.site.keys.unwrap(one.key_id, one.wrapped_key)

    def teardown(self) -> None:
        with self.site.store.snapshot() as work:
            batches = [one.body["public"] for one in work.ledger.entries(kind="read.purge")]
            certified = [one.body["public"] for one in work.ledger.entries(kind="purge.certify")]
            unfinished = work.purging.unfinished()
            texts = {row.text for row in work.connection.execute(plate.select())}
        destroyed = sum(known.destroyed for known in self.reads.values())
        assert sum(one["count"] for one in batches) == destroyed
        left = unfinished.reads if unfinished else 0
        assert sum(one["count"] for one in certified) + left == destroyed
        seen = {known.plate for known in self.reads.values() if not known.destroyed}
        assert seen <= texts
        assert {text for text in texts if text in PLATES} <= seen
        self.act().erase_unneeded_keys()
        kept = {key_id for key_id in self.site.keys.ids() if key_id.startswith(("read/", "evidence/"))}
        assert {key_id for key_id in kept if not self.is_needed(key_id)} == set()
        if len(batches):
            with open_source(self.act().ledger_source) as source:
                verify(source, vkeys=[str(self.site.log.key.vkey)])
        self.site.store.close()

    def is_needed(self, key_id: str) -> bool:
        with self.site.store.snapshot() as work:
            return work.evidence(self.site.keys)._is_needed(key_id)


WHY = {"why": "criminal", "case": "26-1041", "reason": "the getaway car of the robbery"}


def term(period: str, starts: str = "capture", automatic: bool = True) -> RetentionTerm:
    return RetentionTerm(period=Period.parse(period), starts=starts, automatic=automatic)


def broken() -> None:
    raise StoreError("power cut")


@pytest.fixture
def machines(tmp_path, database_with_tables, request, trusted_clock):
    """``machines()`` is a machine with a site of its own; ``machines.happened`` counts what happened in all."""
    from alpr_core.site import Site
    from alpr_core.store.images import ImageStore
    from alpr_core.store.keys import KeyStore
    from alpr_core.store.presence import Presence
    from alpr_core.store.work import Store
    from alpr_ledger.group import GroupCommitter
    from alpr_ledger.keys import SigningKey
    from alpr_ledger.log import Log

    template = database_with_tables("sqlite", request).removeprefix("sqlite:///")
    numbers, happened = itertools.count(), Counter()

    def make() -> AnyRetention:
        folder = tmp_path / str(next(numbers))
        folder.mkdir()
        shutil.copyfile(template, folder / "alpr.db")
        store = Store(f"sqlite:///{folder / 'alpr.db'}", lock_path=folder / "write.lock")
        keys, log, clock = KeyStore(folder / "keys"), Log(SigningKey.generate("any.example/1")), SetClock()
        with store.connection() as connection:
            log.open(connection, at=clock())
        return AnyRetention(
            Site(
                name="any",
                origin="server",
                store=store,
                log=log,
                keys=keys,
                images=ImageStore(folder / "images", keys),
                gate=Gate(lay_over([parse_pack(MINIMAL, "any.toml", actions=ACTIONS)])),
                clock=clock,
                notify=lambda *_: None,
                committer=GroupCommitter(log, store.connection),
                presence=Presence(folder / "run"),
            ),
            happened,
        )

    make.happened = happened
    return make


QUIET = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


def test_each_read_is_there_for_a_reason_or_in_a_certificate(machines) -> None:
    few = settings(max_examples=30, stateful_step_count=25, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(machines, settings=few)
    assert machines.happened["purge"]


@pytest.mark.soak
def test_each_read_is_there_for_a_reason_or_in_a_certificate_ten_thousand_steps_long(machines) -> None:
    many = settings(max_examples=100, stateful_step_count=100, deadline=None, suppress_health_check=QUIET)
    run_state_machine_as_test(machines, settings=many)
    for each in ("purge", "purge beside a hold", "purge under a law", "purge before a law"):
        assert machines.happened[each], each
