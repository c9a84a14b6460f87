"""Times are entered in the node's zone and stored in UTC; what is no one moment is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click
import pytest

from alpr_core.cli.times import LOCAL_TIME, to_utc

OREGON = ZoneInfo("America/Los_Angeles")


def utc(written: str, zone: ZoneInfo = OREGON) -> datetime | None:
    return to_utc(LOCAL_TIME.convert(written, None, None), zone)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-11-23", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        ("2026-07-04T14:30", datetime(2026, 7, 4, 21, 30, tzinfo=UTC)),
        ("2026-11-23T14:30+01:00", datetime(2026, 11, 23, 13, 30, tzinfo=UTC)),
        ("2026-11-23T14:30Z", datetime(2026, 11, 23, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_in_the_nodes_zone(written, meant) -> None:
    assert utc(written) == meant
    assert utc(written).tzinfo is UTC


def test_no_time_stays_none() -> None:
    assert to_utc(None, OREGON) is None


@pytest.mark.parametrize("written", ["2026-11-01T01:30", "2026-03-08T02:30"])
def test_a_time_that_comes_twice_or_never_is_refused_with_both_readings(written) -> None:
    with pytest.raises(click.UsageError, match=r"-0[78]:00 or .*-0[78]:00"):
        utc(written)


@pytest.mark.parametrize("written", ["tomorrow", "", "2026-13-01", "23.11.2026"])
def test_what_is_no_time_is_refused_with_an_example(written) -> None:
    with pytest.raises(click.BadParameter, match="write 2026-11-23"):
        utc(written)


@pytest.mark.parametrize(
    ("written", "zone"), [("9999-12-31T23:00", "America/Los_Angeles"), ("0001-01-01", "Asia/Tokyo")]
)
def test_a_time_that_utc_has_no_year_for_is_refused(written, zone) -> None:
    with pytest.raises(click.UsageError, match="beyond the years"):
        utc(written, ZoneInfo(zone))
