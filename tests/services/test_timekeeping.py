"""A clock that was set back keeps nothing late; one that leapt destroys nothing early."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.act import Act
from alpr_core.clock import LONGEST_SILENCE, TOLERANCE, Trusted
from alpr_core.clock import trusted_now as judge
from alpr_core.errors import Denied
from alpr_core.models import Actor
from alpr_core.services.status import show_status
from alpr_core.services.timekeeping import check_clock, check_clock_at_start, confirm_clock, trusted_now
from alpr_ledger.entry import format_time

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def node(site) -> Act:
    return Act(site, Actor(id="system:clock"))


def live(site, act: Act, span: timedelta, step: timedelta = 6 * HOUR) -> None:
    """Let time go by at a node that does something every few hours."""
    end = site.clock() + span
    while site.clock() < end:
        site.clock.advance(min(step, end - site.clock()))
        act.report("act.fail", action="read.record", error="Test")


def entries(site, kind: str) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body["public"] for entry in work.ledger.entries(kind=kind)]


class TestWhatIsTrusted:
    silence = LONGEST_SILENCE["server"]

    def test_an_ordinary_clock_is(self) -> None:
        assert judge(NOON + HOUR, NOON, self.silence) == Trusted(NOON + HOUR)

    def test_one_that_is_behind_is_not_below_what_is_proven(self) -> None:
        found = judge(NOON - DAY, NOON, self.silence)
        assert (found.at, found.behind, found.trouble) == (NOON, DAY, "back")

    def test_a_few_seconds_back_are_no_trouble(self) -> None:
        assert judge(NOON - TOLERANCE, NOON, self.silence).trouble == ""

    def test_one_that_leapt_is_not_above_what_is_proven(self) -> None:
        found = judge(NOON + 2 * DAY, NOON, self.silence)
        assert (found.at, found.leap, found.trouble) == (NOON, 2 * DAY, "leap")

    @given(st.timedeltas(-400 * DAY, 400 * DAY), st.timedeltas(timedelta(minutes=1), 30 * DAY))
    def test_it_is_never_before_the_proven_nor_further_ahead_than_the_silence(self, off, silence) -> None:
        at = judge(NOON + off, NOON, silence).at
        assert NOON <= at <= NOON + silence
        assert at in (NOON, NOON + off)


def test_while_the_node_does_something_its_clock_is_trusted(site, node) -> None:
    live(site, node, 40 * DAY)
    assert trusted_now(node) == site.clock()
    assert check_clock(node) == {"behind": 0, "leap": 0}
    assert entries(site, "clock.leap") == entries(site, "clock.set_back") == []


def test_a_clock_set_back_is_noticed_once_and_nothing_is_kept_late_by_it(site, node) -> None:
    live(site, node, 3 * DAY)
    proven = site.clock()
    site.clock.advance(-2 * DAY)
    for _ in range(3):
        assert check_clock(node)["behind"] == 2 * DAY.total_seconds()
    assert entries(site, "clock.set_back") == [
        {"seconds": 2 * int(DAY.total_seconds()), "newest": format_time(proven)}
    ]
    assert trusted_now(node) == proven
    live(site, node, DAY)  # what is written meanwhile bears earlier times, and takes nothing of it away
    assert trusted_now(node) == proven


def test_set_back_again_after_it_was_right_it_is_noticed_again(site, node) -> None:
    check_clock(node)
    for _ in range(2):
        site.clock.advance(-HOUR)
        check_clock(node)
        site.clock.advance(HOUR)
        check_clock(node)
    assert len(entries(site, "clock.set_back")) == 2


def test_a_leap_is_believed_only_once_a_person_confirms_it(site, node, act_as) -> None:
    live(site, node, DAY)
    check_clock(node)
    proven = site.clock()
    site.clock.advance(400 * DAY)
    check_clock(node)
    check_clock(node)
    assert [one["newest"] for one in entries(site, "clock.leap")] == [format_time(proven)]
    live(site, node, DAY)  # what a clock that leapt writes proves nothing
    assert trusted_now(node) == proven
    done = confirm_clock(act_as("admin"), reason="off for repair, set by NTP")
    assert (done.before, done.now) == (proven, site.clock())
    assert entries(site, "clock.confirm") == [{"newest": format_time(proven)}]
    assert trusted_now(node) == site.clock()
    assert check_clock(node) == {"behind": 0, "leap": 0}


def test_a_leap_that_is_put_right_leaves_no_trace_in_what_is_due(site, node) -> None:
    check_clock_at_start(node)
    live(site, node, DAY)
    site.clock.advance(400 * DAY)
    live(site, node, HOUR)
    site.clock.advance(-400 * DAY)
    assert trusted_now(node) == site.clock()
    assert check_clock(node)["behind"] == 0


def test_a_confirmation_may_also_put_the_proven_time_back(site, node, act_as) -> None:
    check_clock(node)
    site.clock.advance(20 * HOUR)
    live(site, node, HOUR)
    site.clock.advance(-20 * HOUR)
    assert trusted_now(node) > site.clock()
    confirm_clock(act_as("admin"), reason="it was wrong since this morning")
    assert trusted_now(node) == site.clock()


def test_who_may_not_confirm_it_does_not(site, node, act_as) -> None:
    with pytest.raises(Denied):
        confirm_clock(act_as("officer"))


def test_a_vehicle_may_stand_for_days(site) -> None:
    vehicle = Act(replace(site, origin="vehicle"), Actor(id="system:clock"))
    check_clock(vehicle)
    site.clock.advance(6 * DAY)
    assert check_clock(vehicle)["leap"] == 0
    assert trusted_now(vehicle) == site.clock()


@pytest.mark.parametrize(("off", "kind"), [(-HOUR, "clock.set_back"), (3 * DAY, "clock.leap")])
def test_at_a_start_it_is_noticed_too_and_said_once(site, node, off, kind) -> None:
    site.clock.advance(off)
    check_clock_at_start(node)
    check_clock_at_start(node)
    assert len(entries(site, kind)) == 1


def test_at_an_ordinary_start_no_entry_is_written(site, node) -> None:
    site.clock.advance(HOUR)
    check_clock_at_start(node)
    with site.store.snapshot() as work:
        assert work.ledger.size() == 1


def test_status_says_what_is_the_matter_with_the_clock(site, node, act_as) -> None:
    check_clock_at_start(node)
    assert show_status(act_as("admin")).clock == ""
    site.clock.advance(-HOUR)
    assert "1:00:00 behind what the ledger proves" in show_status(act_as("admin")).clock
    site.clock.advance(3 * DAY)
    assert "nothing is due by it" in show_status(act_as("admin")).clock
