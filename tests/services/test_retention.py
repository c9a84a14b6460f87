"""When reads are due: by the strategy's word inside of the policy, and by nobody's outside of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alpr_core import Period, RetentionLimits, RetentionTerm
from alpr_core.act import Act
from alpr_core.models import Box, Candidate, Frame, Read, Reading, Sighting
from alpr_core.retention import DueRule, RetentionRefused
from alpr_core.services.ingest import record_sightings
from alpr_core.services.purging import purge
from alpr_core.services.retention import forecast, show_schedule, sign_certificate, sign_schedule

DAY = timedelta(days=1)
ON_SQLITE = pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)

# A plugin as somebody else would ship it: a distribution of its own, with its strategy in it.
STRANGER = """
import time
from alpr_core import *
asked = []

class Mine:
    def terms(self, limits):
        {body}
    def class_of(self, camera):
        {class_of}

@hookimpl
def register_retention_strategies(register):
    register(Plugin(name="mine", factory=lambda options: Mine(), summary="Mine."))
"""
GOOD = """return {
            "default": RetentionTerm(period=Period.parse("P30D")),
            "school": RetentionTerm(period=Period.parse("P7D")),
        }"""
BY_CAMERA = 'return "school" if camera.startswith("school") else "default"'


@pytest.fixture
def stranger(plugin_site, purging):
    """``stranger(body)`` is an administrator where that plugin says how long reads are kept."""

    def under(body: str = GOOD, class_of: str = BY_CAMERA, **given) -> Act:
        plugin_site.install("mine", STRANGER.format(body=body, class_of=class_of))
        return purging(strategy="mine", host=plugin_site.host(), **{"keeps": "at_most", **given})

    return under


@pytest.fixture
def record(site):
    """``record(boss, "AAA111", "car-7")`` stores a read as that person, and gives it."""

    def store(act: Act, plate: str, camera: str) -> Read:
        now = site.clock()
        reading = Reading(
            candidates=(Candidate(text=plate, confidence=0.9),),
            characters=(0.9,) * len(plate),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
        )
        frame = Frame(source=camera, taken_at=now, image=np.zeros((60, 80, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=now, last_seen=now, frames=1)
        (batch,) = record_sightings(act, [sighting], camera=camera)
        return batch.reads[0]

    return store


@ON_SQLITE
def test_a_strangers_strategy_in_a_distribution_of_its_own_decides_by_class(stranger, record, site) -> None:
    boss = stranger()
    record(boss, "AAA111", "car-7")
    school = record(boss, "BBB222", "school-3")
    assert school.retention_class == "school"
    site.clock.advance(8 * DAY)
    assert purge(boss).reads == 1
    with site.store.snapshot() as work:
        assert work.reads.get(school.key) is None
    site.clock.advance(30 * DAY)
    assert purge(boss).reads == 1


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('raise RuntimeError("plate ABC123")', "failed with RuntimeError"),
        ("time.sleep(30)", "gave no answer within 0.5 seconds"),
        ("return None", "did not answer with the term of each class"),
        ("return {'default': 30}", "answered nonsense"),
        ("return {'default': RetentionTerm(period='P30D')}", "answered nonsense"),
        (
            "return {'default': RetentionTerm(period=Period.parse('P30D'), starts='birth')}",
            "answered nonsense",
        ),
        ("return {'Default; DROP': RetentionTerm(period=Period.parse('P30D'))}", "did not answer"),
        (
            "return {'default': RetentionTerm(period=Period.parse('P31D'))}",
            "the policy asks for at most 30 days",
        ),
        ("raise SystemExit(3)", "failed with SystemExit"),
    ],
    ids=["raises", "blocks", "nothing", "a number", "a text", "a start", "no class", "too long", "exits"],
)
def test_a_strategy_that_is_wrong_purges_nothing_and_is_named(stranger, see, site, body, words) -> None:
    boss = stranger(body)
    see("AAA111")
    site.clock.advance(60 * DAY)
    with pytest.raises(RetentionRefused, match=words) as refused:
        purge(boss)
    assert "'mine'" in str(refused.value)
    assert "ABC123" not in str(refused.value)
    with site.store.snapshot() as work:
        assert work.reads.count() == 1
        assert not list(work.ledger.entries(kind="read.purge"))


@ON_SQLITE
def test_a_strategy_that_blocks_is_asked_no_more_so_that_no_camera_waits_for_it(stranger, record) -> None:
    boss = stranger("time.sleep(9)", "asked.append(camera) or time.sleep(9)")
    for number in range(3):
        record(boss, f"AAA11{number}", "car-7")
    with pytest.raises(RetentionRefused, match="gave no answer"):
        purge(boss)
    assert sys.modules["alpr_mine_mine"].asked == ["car-7"]


@ON_SQLITE
def test_a_strategy_below_the_least_time_is_refused(stranger, see, site) -> None:
    boss = stranger("return {'default': RetentionTerm(period=Period.parse('P29D'))}", keeps="at_least")
    see("AAA111")
    site.clock.advance(60 * DAY)
    with pytest.raises(RetentionRefused, match="at least 30 days"):
        purge(boss)


@ON_SQLITE
@pytest.mark.parametrize("class_of", ["raise RuntimeError", "return 7", "return 'other'", "time.sleep(9)"])
def test_a_capture_is_not_lost_where_the_strategy_cannot_name_its_class(stranger, record, class_of) -> None:
    boss = stranger(class_of=class_of)
    assert record(boss, "AAA111", "car-7").retention_class == "default"


@ON_SQLITE
@pytest.mark.clause("F21")
def test_where_a_vendor_is_followed_its_own_period_counts(purging, see, site) -> None:
    boss = purging("P30D", further='follows = "Flock"')
    see("AAA111")
    assert show_schedule(boss).strategy == "vendor"
    site.clock.advance(31 * DAY)
    assert purge(boss).reads == 1


@ON_SQLITE
def test_a_vendor_that_differs_from_the_policy_is_an_alarm_and_purges_nothing(purging, see, site) -> None:
    boss = purging("P30D", further='follows = "Flock"', strategy="vendor", options={"period": "P21D"})
    see("AAA111")
    site.clock.advance(31 * DAY)
    with pytest.raises(
        RetentionRefused, match="Flock destroys after 21 days, and the policy asks for 30 days"
    ):
        purge(boss)


@ON_SQLITE
@pytest.mark.clause("L11")
def test_leicester_keeps_a_year_and_destroys_by_itself(leicester, see, act_as, site, trusted_clock) -> None:
    from alpr_core.plugins import PluginHost
    from alpr_core.retention import RetentionOffice, fitting_strategy

    host = PluginHost.load()
    office = RetentionOffice(
        lambda limits: (
            fitting_strategy(limits),
            lambda: host.retention_strategy(fitting_strategy(limits)),
        )
    )
    boss = Act(replace(leicester, retention=office), act_as("program_manager").actor)
    see("AAA111")
    (line,) = show_schedule(boss).lines
    assert (line.period, line.automatic, line.clauses) == ("1 year", True, ("10.05 V",))
    site.clock.now = datetime(2027, 11, 23, 13, 59, tzinfo=UTC)
    assert purge(boss, ordered=False) is None
    site.clock.advance(timedelta(minutes=1))
    assert purge(boss, ordered=False).reads == 1


@ON_SQLITE
def test_a_schedule_counts_from_arrival_where_it_says_so_and_never_beyond_the_policy(
    purging, record, site
) -> None:
    boss = purging(
        "P30D", keeps="at_most", strategy="schedule", options={"period": "P20D", "starts": "arrival"}
    )
    record(boss, "AAA111", "car-7")
    with site.store.writing() as work:  # it came to the server fifteen days after it was seen
        from sqlalchemy import update

        from alpr_core.store.tables import read

        work.connection.execute(update(read).values(stored_at=site.clock() + 15 * DAY))
    site.clock.advance(21 * DAY)
    assert purge(boss) is None
    site.clock.advance(9 * DAY)  # thirty after capture, which is before twenty after arrival
    assert purge(boss).reads == 1


@ON_SQLITE
def test_the_schedule_is_signed_and_a_change_of_it_takes_the_signature_away(purging, site) -> None:
    boss = purging("P30D")
    assert show_schedule(boss).signed is None
    sign_schedule(boss)
    assert show_schedule(boss).signed is not None
    assert show_schedule(purging("P31D")).signed is None


@ON_SQLITE
def test_a_certificate_is_signed(purging, see, site) -> None:
    boss = purging("P30D")
    see("AAA111")
    site.clock.advance(31 * DAY)
    run = purge(boss)
    digest = sign_certificate(boss, run.id)
    with site.store.snapshot() as work:
        assert work.purging.run(run.id).signed_by == boss.actor.id
        (entry,) = work.ledger.entries(kind="retention.sign")
        assert entry.body["public"] == {"digest": digest, "purge": run.id}


@ON_SQLITE
def test_the_forecast_says_what_is_due_on_which_day_and_the_room_it_frees(purging, see, site) -> None:
    boss = purging("P30D")
    see("AAA111")
    see("BBB222")
    site.clock.advance(DAY)
    see("CCC333")
    days = forecast(boss)
    assert [(one.on.isoformat(), one.reads, one.held) for one in days] == [
        ("2026-12-23", 2, 0),
        ("2026-12-24", 1, 0),
    ]
    assert days[0].bytes > days[1].bytes > 0


# ---------------------------------------------------------------------------
# The calendar
# ---------------------------------------------------------------------------

PERIODS = st.builds(
    lambda years, months, days, hours: Period(12 * years + months, days, 60 * hours, "P1D"),
    st.integers(0, 3),
    st.integers(0, 11),
    st.integers(0, 400),
    st.integers(1, 47),
)
ZONES = st.sampled_from(
    ["America/Los_Angeles", "America/New_York", "UTC", "Pacific/Apia", "Australia/Lord_Howe"]
)
TIMES = st.integers(0, 27 * 366 * 24 * 3600).map(
    lambda seconds: datetime(2008, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


@given(PERIODS, st.none() | PERIODS, st.none() | PERIODS, ZONES, TIMES, st.lists(TIMES, max_size=8))
@example(
    Period(1, 0, 0, "P1M"), None, None, "America/Los_Angeles", datetime(2027, 2, 28, 12, tzinfo=UTC),
    [datetime(2027, 1, day, 12, tzinfo=UTC) for day in (28, 29, 30, 31)],
)  # fmt: skip
def test_every_read_that_is_due_is_among_those_that_are_looked_at(
    period, least, most, zone, asof, captures
) -> None:
    if least is not None and most is not None and least.usual > most.usual:
        least = None
    limits = RetentionLimits(least=least, most=most)
    rule = DueRule(term=RetentionTerm(period=period), limits=limits, zone=ZoneInfo(zone))
    newest = rule.newest(asof)
    for captured in captures:
        if rule.due(captured, captured) <= asof:
            assert captured <= newest
        if captured <= newest - timedelta(days=12):
            assert rule.due(captured, captured) <= asof


@given(PERIODS, PERIODS, ZONES, TIMES, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_no_read_is_due_before_the_least_time_nor_after_the_most(period, bound, zone, captured, late) -> None:
    arrived = captured + late
    for starts in ("capture", "arrival"):
        term = RetentionTerm(period=period, starts=starts)
        at_least = DueRule(term=term, limits=RetentionLimits(least=bound), zone=ZoneInfo(zone))
        assert at_least.due(captured, arrived) >= bound.after(captured, ZoneInfo(zone))
        at_most = DueRule(term=term, limits=RetentionLimits(most=bound), zone=ZoneInfo(zone))
        assert at_most.due(captured, arrived) <= bound.after(captured, ZoneInfo(zone))


@given(PERIODS, ZONES, TIMES)
def test_a_rule_can_be_read_back_from_its_entry(period, zone, captured) -> None:
    period = Period.parse(f"P{period.months + 1}M{period.days + 1}D")
    rule = DueRule(
        term=RetentionTerm(period=period), limits=RetentionLimits(most=period), zone=ZoneInfo(zone)
    )
    again = DueRule.from_json(rule.as_json(), ZoneInfo(zone))
    assert again.due(captured, captured) == rule.due(captured, captured)
