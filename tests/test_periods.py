"""A period is counted by the calendar of a zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from alpr_core.periods import Period, PeriodText

PACIFIC = ZoneInfo("America/Los_Angeles")


@pytest.mark.parametrize(
    ("text", "begins", "over"),
    [
        (
            "P30D",
            "2026-03-01T20:00:00+00:00",
            "2026-03-31T19:00:00+00:00",
        ),  # noon to noon, over the change of clocks
        ("P1Y", "2024-02-29T20:00:00+00:00", "2025-02-28T20:00:00+00:00"),
        ("P1M", "2026-01-31T20:00:00+00:00", "2026-02-28T20:00:00+00:00"),
        ("P11M", "2026-01-15T20:00:00+00:00", "2026-12-15T20:00:00+00:00"),
        ("P2W", "2026-11-01T07:00:00+00:00", "2026-11-15T08:00:00+00:00"),
        (
            "PT1H",
            "2026-11-01T08:30:00+00:00",
            "2026-11-01T09:30:00+00:00",
        ),  # an hour is an hour on that night too
        ("P1DT12H", "2026-06-01T00:00:00+00:00", "2026-06-02T12:00:00+00:00"),
    ],
)
def test_a_period_ends_at_the_same_time_of_the_day_in_its_zone(text: str, begins: str, over: str) -> None:
    assert Period.parse(text).after(datetime.fromisoformat(begins), PACIFIC) == datetime.fromisoformat(over)


@pytest.mark.parametrize(
    ("zone", "text", "begins", "over"),
    [
        # 29 February is the node's, not that of UTC: at 22:00 in Oregon it is 1 March in UTC already.
        ("America/Los_Angeles", "P1Y", "2028-03-01T06:00:00+00:00", "2029-03-01T06:00:00+00:00"),
        ("UTC", "P1Y", "2028-03-01T06:00:00+00:00", "2029-03-01T06:00:00+00:00"),
        ("America/Los_Angeles", "P1Y", "2027-03-01T07:59:00+00:00", "2028-02-29T07:59:00+00:00"),
        ("UTC", "P1Y", "2027-03-01T07:59:00+00:00", "2028-03-01T07:59:00+00:00"),
        ("America/Los_Angeles", "P4Y", "2024-02-29T20:00:00+00:00", "2028-02-29T20:00:00+00:00"),
        # From summer into winter a day has 25 hours, and the other way 23.
        ("America/Chicago", "P1D", "2026-10-31T17:00:00+00:00", "2026-11-01T18:00:00+00:00"),
        ("America/Chicago", "P1D", "2026-03-07T18:00:00+00:00", "2026-03-08T17:00:00+00:00"),
        # A period that ends in the hour that there is not ends an hour later by the clock on the wall.
        ("America/Chicago", "P1D", "2026-03-07T08:30:00+00:00", "2026-03-08T08:30:00+00:00"),
        # One that ends in the hour that comes twice ends in the first of the two.
        ("America/Chicago", "P1D", "2026-10-31T06:30:00+00:00", "2026-11-01T06:30:00+00:00"),
        # The same in a zone without summer time, and south of the equator, where the clocks change the other way.
        ("America/Phoenix", "P30D", "2026-03-01T19:00:00+00:00", "2026-03-31T19:00:00+00:00"),
        ("Australia/Sydney", "P30D", "2026-09-20T02:00:00+00:00", "2026-10-20T01:00:00+00:00"),
    ],
)
def test_a_period_counts_in_the_zone_of_the_node(zone: str, text: str, begins: str, over: str) -> None:
    ended = Period.parse(text).after(datetime.fromisoformat(begins), ZoneInfo(zone))
    assert ended == datetime.fromisoformat(over)


@given(
    zone=st.sampled_from(["America/Los_Angeles", "America/New_York", "America/Phoenix", "UTC"]),
    text=st.sampled_from(["P1D", "P30D", "P1M", "P1Y", "P5Y"]),
    begins=st.integers(946_684_800, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    later=st.timedeltas(timedelta(days=4), timedelta(days=400)),
)
def test_what_began_days_later_is_not_over_before(
    zone: str, text: str, begins: datetime, later: timedelta
) -> None:
    # Days, because what began from the 28th to the 31st may all end on a 28th, each at its own time of the day.
    period, where = Period.parse(text), ZoneInfo(zone)
    assert period.after(begins, where) <= period.after(begins + later, where)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "30D", "P30", "P0D", "P1.5D", "-P1D", "P1D ", "p1d", "P1H", "P٣D"]
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no period: write P30D"):
        Period.parse(text)


def test_the_longer_period_is_the_longer_one_usually() -> None:
    lengths = [Period.parse(text).usual for text in ("PT1H", "P1D", "P30D", "P1M", "P364D", "P1Y", "P366D")]
    assert lengths == sorted(lengths)


@given(
    months=st.integers(0, 120),
    days=st.integers(1, 4000),
    begins=st.integers(0, 4_102_444_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
)
def test_a_period_ends_after_it_begins_and_near_its_usual_length(
    months: int, days: int, begins: datetime
) -> None:
    period = Period.parse(f"P{months}M{days}D")
    spent = period.after(begins, PACIFIC) - begins
    assert abs(spent - period.usual) < timedelta(days=4)
    assert spent > timedelta(0)


def test_a_period_in_a_file_is_its_text() -> None:
    class Kept(BaseModel):
        period: PeriodText

    kept = Kept.model_validate({"period": "P30D"})
    assert kept.period.days == 30
    assert kept.model_dump(mode="json") == {"period": "P30D"}
    with pytest.raises(ValidationError, match="is no period"):
        Kept.model_validate({"period": "soon"})
