"""Who leads, what is due, and what becomes of a run: by the database alone, with a clock that the test moves."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.act import Act
from alpr_core.errors import InputError, StoreError
from alpr_core.models import Actor
from alpr_core.scheduler import Job
from alpr_core.scheduler.leader import ATTEMPTS, LEASE, LeaseLost
from alpr_core.services.accounts import leave
from alpr_core.services.jobs import ask_to_run, pause_job
from alpr_core.store.jobs import DONE, FAILED, RUNNING, Jobs

HOUR = timedelta(hours=1)
KNOWN = {"hourly": HOUR}


@pytest.fixture
def keeper(led):
    """The person for whom the jobs act, as far as it matters who asks."""
    return Act(led, Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p-first"))


# ---------------------------------------------------------------------------
# By its moments
# ---------------------------------------------------------------------------


def test_a_job_that_never_ran_is_run_at_once_for_the_moment_that_was_last(
    lead, hourly, pump, history
) -> None:
    pump(lead(hourly))
    (run,) = history()
    assert (run.job, run.due, run.result, run.counts) == (
        "hourly",
        datetime(2026, 11, 23, 14, tzinfo=UTC),
        DONE,
        {"done": 1},
    )


def test_it_is_run_once_in_each_interval(site, lead, hourly, pump, work) -> None:
    leader = lead(hourly)
    for _ in range(4 * 60):
        pump(leader)
        site.clock.advance(timedelta(minutes=1))
    assert len(work.runs) == 4


def test_whoever_named_answers_for_what_it_does(led, lead, hourly, pump, work) -> None:
    pump(lead(hourly))
    (actor,) = work.actors
    with led.store.snapshot() as stored:
        person = stored.people.by_badge("2001")
    assert (actor.id, actor.delegated_by, actor.roles) == ("system:hourly", person.id, {"admin"})


def test_runs_of_long_ago_are_forgotten_and_the_newest_is_not(site, lead, hourly, pump, history) -> None:
    leader = lead(hourly)
    pump(leader)
    site.clock.advance(timedelta(days=91))
    pump(leader)
    (run,) = history()
    assert run.due == datetime(2026, 11, 23, 14, tzinfo=UTC) + timedelta(days=91)


def test_what_nobody_ran_is_run_once_and_is_on_the_ledger_as_missed(
    site, lead, hourly, pump, work, entries, told
) -> None:
    leader = lead(hourly)
    pump(leader)
    site.clock.advance(5 * HOUR)
    pump(leader)
    assert len(work.runs) == 2
    (miss,) = entries("job.miss")
    assert miss == {
        "job": "hourly",
        "count": 4,
        "first": "2026-11-23T15:00:00.000000Z",
        "last": "2026-11-23T18:00:00.000000Z",
        "why": "down",
    }
    assert [notice.kind for notice in told] == ["job.missed"]


def test_a_run_that_lasts_beyond_the_next_moments_is_why_they_were_missed(
    site, lead, hourly, pump, entries
) -> None:
    leader = lead(hourly)
    (due,) = leader.tick()
    run = leader.begin(due)
    site.clock.advance(2 * HOUR + timedelta(minutes=5))
    assert leader.tick() == []
    leader.finish(run, {}, None)
    pump(leader)
    assert [(miss["count"], miss["why"]) for miss in entries("job.miss")] == [(1, "busy")]


def test_a_job_that_is_asked_for_more_often_than_before_has_missed_nothing(
    site, lead, hourly, work, pump, entries
) -> None:
    pump(lead(Job(name="hourly", every=24 * HOUR, run=work, says="Is run daily.")))
    site.clock.advance(5 * HOUR)
    site.clock.advance(LEASE)
    pump(lead(hourly))
    assert len(work.runs) == 2
    assert entries("job.miss") == []


def test_a_clock_that_was_far_ahead_and_is_set_back_stops_no_job(site, lead, hourly, pump, work) -> None:
    pump(lead(hourly))
    site.clock.advance(timedelta(days=400))
    pump(lead(hourly))
    site.clock.advance(timedelta(days=-400) + HOUR)
    other = lead(hourly)
    pump(other)
    site.clock.advance(HOUR)
    pump(other)
    assert len(work.runs) == 4


@pytest.mark.parametrize("every", [timedelta(seconds=30), timedelta(seconds=90.5)])
def test_a_job_runs_in_whole_seconds_and_not_more_often_than_each_minute(every, work) -> None:
    with pytest.raises(ValueError, match="minute"):
        Job(name="often", every=every, run=work, says="Is run often.")


# ---------------------------------------------------------------------------
# One leads
# ---------------------------------------------------------------------------


def test_of_two_processes_one_leads(lead, hourly, pump, work) -> None:
    first, second = lead(hourly), lead(hourly)
    pump(first)
    pump(second)
    assert (bool(first.fence), bool(second.fence)) == (True, False)
    assert len(work.runs) == 1


def test_where_the_leader_is_dead_another_leads_after_the_lease_and_runs_what_was_cut_off(
    site, lead, hourly, pump, work, history, entries, told
) -> None:
    first, second = lead(hourly), lead(hourly)
    (due,) = first.tick()
    assert first.begin(due) is not None  # and dies
    site.clock.advance(LEASE - timedelta(seconds=1))
    pump(second)
    assert work.runs == []
    site.clock.advance(timedelta(seconds=1))
    pump(second)
    (run,) = history()
    assert (run.result, run.attempt, run.due) == (DONE, 2, due.at)
    (fail,) = entries("job.fail")
    assert (fail["job"], fail["error"], fail["attempt"]) == ("hourly", "CutOff", 1)
    assert told == []


def test_a_job_that_its_process_dies_of_again_and_again_has_failed(
    site, lead, hourly, history, entries, told
) -> None:
    for _ in range(ATTEMPTS):
        (due,) = lead(hourly).tick()
        leader = lead(hourly)
        leader.fence = 0
        site.clock.advance(LEASE)
        (due,) = leader.tick()
        assert leader.begin(due) is not None  # and dies
        site.clock.advance(LEASE)
    assert lead(hourly).tick() == []
    (run,) = history()
    assert (run.result, run.attempt) == (FAILED, ATTEMPTS)
    assert len(entries("job.fail")) == ATTEMPTS
    assert [notice.kind for notice in told] == ["job.failed"]


def test_a_leader_that_was_overtaken_records_no_end_of_its_run_and_its_acts_are_refused(
    site, lead, hourly, pump, history, entries
) -> None:
    asleep, awake = lead(hourly), lead(hourly)
    (due,) = asleep.tick()
    run = asleep.begin(due)
    act = asleep._act_of("hourly")
    with act.look("hotlist.list") as look:
        look.record(count=0)
    site.clock.advance(LEASE)
    pump(awake)
    with pytest.raises(LeaseLost), act.look("hotlist.list") as look:
        look.record(count=0)
    assert asleep.finish(run, {"done": 9}, None) is None
    assert asleep.finish(run, {}, LeaseLost("")) is None
    assert asleep.finish(run, {}, InputError("")) is None
    assert [(one.result, one.counts) for one in history()] == [(DONE, {"done": 1})]
    assert [one["error"] for one in entries("job.fail")] == ["CutOff"]


def test_a_leader_that_ends_gives_the_lease_back(lead, hourly, pump) -> None:
    first, second = lead(hourly), lead(hourly)
    pump(first)
    first.resign()
    pump(second)
    assert second.fence == 2


def test_a_run_whose_end_could_not_be_noted_is_run_again(lead, hourly, pump, history) -> None:
    leader = lead(hourly)
    (due,) = leader.tick()
    leader.begin(due)
    leader._put_down("hourly")
    pump(leader)
    assert [(run.result, run.attempt) for run in history()] == [(DONE, 2)]


def test_what_a_process_has_in_hand_it_does_not_begin_again(lead, hourly, history) -> None:
    leader = lead(hourly)
    (due,) = leader.tick()
    assert leader.begin(due) is not None
    assert leader.begin(due) is None
    assert leader.tick() == []
    assert [run.result for run in history()] == [RUNNING]


# ---------------------------------------------------------------------------
# What goes wrong
# ---------------------------------------------------------------------------


def test_a_failure_is_on_the_ledger_without_its_words_and_told_once_a_day(
    site, lead, hourly, pump, work, history, entries, told, caplog
) -> None:
    work.raises = InputError("4KB792 is no plate of ours")
    leader = lead(hourly)
    with caplog.at_level(logging.INFO):
        for _ in range(12):
            pump(leader)
            site.clock.advance(HOUR)
    assert {run.result for run in history()} == {FAILED}
    fails = entries("job.fail")
    assert len(fails) == 12
    assert {fail["error"] for fail in fails} == {"InputError"}
    assert "4KB792" not in str(fails) + caplog.text
    assert [notice.kind for notice in told] == ["job.failed", "job.failed"]  # at 14:00, and after midnight
    work.raises = None
    pump(leader)
    assert history()[-1].result == DONE


@pytest.mark.parametrize("raises", [ValueError("x"), SystemExit(3)])
def test_whatever_a_job_raises_is_its_own_failure(lead, hourly, pump, work, history, raises) -> None:
    work.raises = raises
    pump(lead(hourly))
    assert [run.error for run in history()] == [type(raises).__name__]


@pytest.mark.parametrize("answer", [None, {"plates": "4KB792"}, 7])
def test_a_job_that_counts_nonsense_has_failed(lead, hourly, pump, work, history, answer) -> None:
    work.answers = answer
    pump(lead(hourly))
    assert [run.result for run in history()] == [FAILED]


@pytest.mark.parametrize("by", [None, "9999"])
def test_for_whom_nobody_answers_nothing_is_done(lead, hourly, pump, work, history, entries, by) -> None:
    leader = lead(hourly, by=by)
    assert leader.unanswered()
    pump(leader)
    assert work.runs == []
    assert [run.error for run in history()] == ["Nobody"]
    assert [fail["error"] for fail in entries("job.fail")] == ["Nobody"]


def test_once_the_person_has_left_their_jobs_fail(site, led, lead, hourly, pump, work, keeper) -> None:
    leader = lead(hourly)
    pump(leader)
    assert leader.unanswered() == []
    leave(keeper, "2001", site.clock())
    site.clock.advance(HOUR)
    pump(leader)
    assert len(work.runs) == 1
    assert "2001" in leader.unanswered()[0]


def test_a_right_that_ends_in_the_middle_of_a_job_ends_the_run(site, lead, pump, keeper, history) -> None:
    def long(act):
        leave(keeper, "2001", site.clock())
        with act.look("hotlist.list") as look:
            look.record(count=0)
        return {}

    pump(lead(Job(name="long", every=HOUR, run=long, says="Lasts.")))
    assert [(run.result, run.error) for run in history()] == [(FAILED, "Nobody")]


def test_plugins_are_told_of_a_failure_by_name_and_class(site, lead, hourly, pump, work, entries) -> None:
    work.raises = InputError("4KB792")
    pump(lead(hourly))
    (fields,) = [one[1] for one in site.notify.told if one[0] == "job_failed"]
    assert (fields["job"], fields["error"]) == ("hourly", "InputError")
    assert "4KB792" not in str(fields)


def test_while_the_database_is_away_a_process_leads_nothing(
    led, lead, hourly, pump, work, monkeypatch
) -> None:
    leader = lead(hourly)
    pump(leader)
    with monkeypatch.context() as patch:
        patch.setattr(Jobs, "lead", lambda *_: (_ for _ in ()).throw(StoreError("away")))
        with pytest.raises(StoreError):
            leader.tick()
    assert (leader.fence, leader.due("hourly")) == (0, None)
    led.clock.advance(HOUR)
    pump(leader)
    assert len(work.runs) == 2


def test_a_job_may_do_what_the_person_may_and_no_more(lead, pump, history, entries) -> None:
    def search(act):
        with act.look("search.run", purpose="wanted", case="26-1"):
            return {}

    pump(lead(Job(name="search", every=HOUR, run=search, says="Searches.")))
    assert [run.error for run in history()] == ["Denied"]
    assert [denial["action"] for denial in entries("act.deny")] == ["search.run"]


# ---------------------------------------------------------------------------
# What is asked
# ---------------------------------------------------------------------------


def test_a_job_that_is_asked_for_runs_once(site, lead, hourly, pump, work, keeper, entries) -> None:
    leader = lead(hourly)
    pump(leader)
    site.clock.advance(timedelta(minutes=5))
    assert leader.tick() == []
    assert ask_to_run(keeper, "hourly", KNOWN)
    ask_to_run(keeper, "hourly", KNOWN)
    site.clock.advance(timedelta(seconds=1))
    pump(leader)
    pump(leader)
    assert len(work.runs) == 2
    assert entries("job.run") == [{"job": "hourly"}] * 2


def test_what_was_asked_while_nobody_led_is_done_later(site, lead, hourly, pump, work, keeper) -> None:
    assert not ask_to_run(keeper, "hourly", KNOWN)
    pump(lead(hourly))
    assert len(work.runs) == 1


def test_a_paused_job_rests_but_for_whoever_asks_and_its_rest_is_no_miss(
    site, lead, hourly, pump, work, keeper, entries
) -> None:
    leader = lead(hourly)
    pump(leader)
    pause_job(keeper, "hourly", KNOWN, reason="the mail server is being moved")
    with pytest.raises(InputError, match="paused already"):
        pause_job(keeper, "hourly", KNOWN)
    site.clock.advance(6 * HOUR)
    pump(leader)
    assert len(work.runs) == 1
    ask_to_run(keeper, "hourly", KNOWN)
    pump(leader)
    assert len(work.runs) == 2
    site.clock.advance(6 * HOUR)
    pause_job(keeper, "hourly", KNOWN, resume=True)
    pump(leader)
    assert len(work.runs) == 3
    assert entries("job.miss") == []
    assert [one["paused"] for one in entries("job.pause")] == [True, False]
    with pytest.raises(InputError, match="not paused"):
        pause_job(keeper, "hourly", KNOWN, resume=True)
