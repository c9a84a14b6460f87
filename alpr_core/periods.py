"""Periods as policies write them: 30 days, one year, an hour. ISO 8601 durations, counted by the calendar.

A year is not 365 days and a day is not 24 hours, so a period becomes a moment only in the zone that it is counted
in. Which of two periods is the longer is decided by their usual length.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated

from pydantic import BeforeValidator, InstanceOf, PlainSerializer

_PATTERN = re.compile(
    r"P(?=.)(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,6})D)?"
    r"(?:T(?=.)(?:(\d{1,6})H)?(?:(\d{1,6})M)?)?",
    re.ASCII,
)
_USUAL_MONTH = timedelta(days=30.436875)


@dataclass(frozen=True, slots=True)
class Period:
    """A span of calendar time.

    Attributes:
        months: years count as twelve.
        days: weeks count as seven.
        minutes: hours count as sixty.
        text: as it was written, such as "P1Y".
    """

    months: int
    days: int
    minutes: int
    text: str

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read an ISO 8601 duration without fractions: P30D, P1Y, P2W, PT12H.

        Raises:
            ValueError: it is none, or no time at all.
        """
        match = _PATTERN.fullmatch(text)
        years, months, weeks, days, hours, minutes = (
            (int(group or 0) for group in match.groups()) if match else (0,) * 6
        )
        period = cls(12 * years + months, 7 * weeks + days, 60 * hours + minutes, text)
        if not period.usual:
            raise ValueError(f"{text[:20]!r} is no period: write P30D, P1Y, P6M or PT12H")
        return period

    @property
    def usual(self) -> timedelta:
        """How long it usually is: for comparing two periods, never for a moment in time."""
        return self.months * _USUAL_MONTH + timedelta(days=self.days, minutes=self.minutes)

    @property
    def words(self) -> str:
        """How people say it: "30 days", "1 year and 6 months"."""
        years, months = divmod(self.months, 12)
        hours, minutes = divmod(self.minutes, 60)
        parts = ((years, "year"), (months, "month"), (self.days, "day"), (hours, "hour"), (minutes, "minute"))
        return " and ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in parts if n)

    def after(self, moment: datetime, zone: tzinfo) -> datetime:
        """Return when the period that begins at a moment is over, UTC.

        Args:
            moment: aware.
            zone: in which months and days are counted; one from the 31st ends on the last day of a shorter month.
        """
        local = moment.astimezone(zone).replace(tzinfo=None)
        years, month = divmod(local.year * 12 + local.month - 1 + self.months, 12)
        day = min(local.day, monthrange(years, month + 1)[1])
        there = local.replace(year=years, month=month + 1, day=day) + timedelta(days=self.days)
        return there.replace(tzinfo=zone).astimezone(UTC) + timedelta(minutes=self.minutes)

    def __str__(self) -> str:
        return self.text


def _read(value: object) -> object:
    return Period.parse(value) if isinstance(value, str) else value


PeriodText = Annotated[InstanceOf[Period], BeforeValidator(_read), PlainSerializer(str)]
"""A period in a file: the text of an ISO 8601 duration."""
