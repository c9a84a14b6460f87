"""When a camera captured nothing is known, with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alpr_core.errors import Denied, InputError, LedgerUnwritable, StoreError
from alpr_core.services import heartbeats
from alpr_core.services.heartbeats import REASONS, beating, check_cameras, list_gaps
from alpr_core.services.status import show_status

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def officer(act_as):
    return act_as("officer")


@pytest.fixture
def admin(act_as):
    return act_as("admin")


@pytest.fixture(autouse=True)
def machine(monkeypatch, site):
    """A machine that has been running for a year, unless a test starts it anew."""
    started = {"at": site.clock() - timedelta(days=365)}
    monkeypatch.setattr(heartbeats, "booted_at", lambda _now: started["at"])
    return started


def run(site, act, minutes: int, camera: str = "car-7") -> None:
    """Capture for so long, a frame a minute."""
    with beating(act, camera) as beats:
        for _ in range(minutes):
            site.clock.advance(MINUTE)
            beats.beat()


def killed(site, act, minutes: int, camera: str = "car-7") -> None:
    """Capture for so long, and be gone without a word."""
    beats = heartbeats.Beats(act, camera)
    beats.start()
    for _ in range(minutes):
        site.clock.advance(MINUTE)
        beats.beat()


def counter(act, camera: str = "car-7") -> int:
    with act.heartbeats() as known:
        return known.of(camera).counter


def entries(site, kind: str) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body["public"] for entry in work.ledger.entries(kind=kind)]


def gaps(act, **wanted) -> list[tuple[str, float, str]]:
    return [(one.camera, one.lasts(act.now).total_seconds(), one.reason) for one in list_gaps(act, **wanted)]


def test_a_capture_beats_each_minute_and_only_begin_and_end_are_entries(site, officer) -> None:
    run(site, officer, 120)
    assert counter(officer) == 121
    assert entries(site, "capture.start") == [{"counter": 0}]
    (end,) = entries(site, "capture.end")
    assert (end["counter"], end["why"]) == (121, "ended")
    assert entries(site, "capture.gap") == []


def test_frames_within_a_minute_are_one_beat(site, officer) -> None:
    with beating(officer, "car-7") as beats:
        for _ in range(100):
            site.clock.advance(timedelta(seconds=1))
            beats.beat()
    assert counter(officer) == 2


def test_no_camera_is_named_in_clear(site, officer) -> None:
    run(site, officer, 1)
    with site.store.snapshot() as work:
        assert not any(b"car-7" in entry.data for entry in work.ledger.entries())


@pytest.mark.parametrize(
    ("raised", "reason"),
    [(KeyboardInterrupt, "stopped"), (InputError("no picture"), "unreachable"), (OSError, "failed")],
)
def test_what_ended_it_is_the_reason_of_the_gap(site, officer, admin, raised, reason) -> None:
    with pytest.raises(BaseException), beating(officer, "car-7"):  # noqa: B017
        raise raised
    site.clock.advance(HOUR)
    assert gaps(admin) == [("car-7", 3600.0, reason)]
    run(site, officer, 1)
    (gap,) = entries(site, "capture.gap")
    assert (gap["seconds"], gap["why"]) == (3600, reason)


def test_a_short_pause_is_no_gap(site, officer, admin) -> None:
    run(site, officer, 3)
    site.clock.advance(5 * MINUTE)
    run(site, officer, 3)
    assert gaps(admin) == []


def test_a_killed_capture_is_found_once_and_its_gap_has_no_known_reason(site, officer, admin) -> None:
    killed(site, officer, 10)
    site.clock.advance(HOUR)
    assert check_cameras(admin) == {"cameras": 1, "running": 0, "lost": 1}
    assert check_cameras(admin) == {"cameras": 1, "running": 0, "lost": 0}
    assert [one["why"] for one in entries(site, "capture.end")] == ["unknown"]
    assert gaps(admin) == [("car-7", 3600.0, "unknown")]


def test_where_the_machine_was_started_since_it_was_down(site, officer, admin, machine) -> None:
    killed(site, officer, 10)
    site.clock.advance(HOUR)
    machine["at"] = site.clock() - MINUTE
    run(site, officer, 1)
    assert gaps(admin) == [("car-7", 3600.0, "down")]


def test_a_capture_that_stands_still_has_a_gap(site, officer, admin) -> None:
    with beating(officer, "car-7") as beats:
        site.clock.advance(20 * MINUTE)
        beats.beat()
    assert gaps(admin) == [("car-7", 1200.0, "stalled")]


def test_a_clock_set_back_shows_in_the_list(site, officer, admin) -> None:
    with beating(officer, "car-7") as beats:
        site.clock.advance(-HOUR)
        beats.beat()
        site.clock.advance(MINUTE)
        beats.beat()
    assert gaps(admin) == [("car-7", -3600.0, "clock")]


def test_a_counter_that_went_another_way_shows_in_the_list(site, officer, admin) -> None:
    with beating(officer, "car-7") as beats:
        for _ in range(5):
            site.clock.advance(MINUTE)
            beats.beat()
        with officer.heartbeats() as known:
            known.beat("car-7", site.clock())  # another process captures it too
        site.clock.advance(MINUTE)
        beats.beat()
        site.clock.advance(MINUTE)
        beats.beat()
    assert [reason for _, _, reason in gaps(admin)] == ["counter"]


def test_gaps_are_found_by_camera_and_time(site, officer, admin) -> None:
    for camera in ("car-7", "car-8"):
        run(site, officer, 1, camera)
    site.clock.advance(HOUR)
    over = site.clock()
    run(site, officer, 1, "car-7")
    assert gaps(admin, camera="car-7") == [("car-7", 3660.0, "ended")]
    assert [name for name, _, _ in gaps(admin)] == ["car-7", "car-8"]
    assert gaps(admin, camera="car-7", since=over) == []
    assert gaps(admin, until=over - 3 * HOUR) == []
    assert [one["count"] for one in entries(site, "capture.gaps")] == [1, 2, 0, 0]


def test_who_may_not_look_does_not(officer) -> None:
    with pytest.raises(Denied):
        list_gaps(officer)


def test_every_reason_that_is_given_has_its_words() -> None:
    assert all(REASONS.values())


def test_status_says_how_many_cameras_capture(site, officer, admin) -> None:
    assert show_status(admin).capture == ""
    run(site, officer, 1, "car-8")
    killed(site, officer, 1)
    assert show_status(admin).capture == "1 of 2 cameras capture"
    site.clock.advance(HOUR)
    assert "1 stopped without a word" in show_status(admin).capture


def test_nobody_writes_a_beat_without_the_ledger_taking_its_begin(site, officer, monkeypatch) -> None:
    def full(*_args: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(type(site.log), "append_locked", full)
    with pytest.raises(LedgerUnwritable), beating(officer, "car-7"):
        pytest.fail("nothing is captured that is not on the ledger")
