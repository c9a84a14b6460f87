"""Times as a person enters them: in the node's zone, unless an offset is given."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import click


class _LocalTime(click.ParamType[datetime]):
    """An ISO 8601 date or time, with or without an offset."""

    name = "time"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse, or say how a time is written."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is not a time; write 2026-11-23, 2026-11-23T14:30 or 2026-11-23T14:30-08:00",
                param,
                ctx,
            )


class _LocalEnd(_LocalTime):
    """As a local time; a date alone means the end of that day, so that "until the 31st" covers the 31st."""

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Parse; a date becomes the beginning of the next day."""
        moment = super().convert(value, param, ctx)
        if isinstance(value, str) and _DATE.fullmatch(value):
            return moment + timedelta(days=1)
        return moment


_DATE = re.compile(r"\d{4}-?\d\d-?\d\d")

LOCAL_TIME = _LocalTime()
LOCAL_END = _LocalEnd()


def to_utc(moment: datetime | None, zone: ZoneInfo) -> datetime | None:
    """Return the time in UTC.

    Args:
        moment: as entered; without an offset it is meant in ``zone``.
        zone: the node's.

    Raises:
        click.UsageError: if the local time comes twice, or never, when clocks are changed, or is out of reach.
    """
    if moment is None:
        return None
    try:
        return _in_utc(moment, zone)
    except OverflowError as error:
        raise click.UsageError(f"{moment.isoformat()} is beyond the years 1 to 9999 in UTC") from error


def _in_utc(moment: datetime, zone: ZoneInfo) -> datetime:
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if first.utcoffset() != second.utcoffset():
        options = " or ".join(f"{moment.isoformat()}{_offset(one.utcoffset())}" for one in (first, second))
        raise click.UsageError(f"{moment.isoformat()} is not one moment in {zone}: write {options}")
    return first.astimezone(UTC)


def _offset(offset: timedelta | None) -> str:
    minutes = int((offset or timedelta()).total_seconds()) // 60
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
