"""Duties: what the department owes by a paragraph, and no act can be held against. Jobs and reports go by them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from alpr_core.periods import PeriodText
from alpr_core.policy.rules.base import Bound, Code, How, Line, Rule, shown


def _day_of_the_year(value: str) -> str:
    try:
        if re.fullmatch(r"\d\d-\d\d", value, re.ASCII):
            date.fromisoformat(
                f"2023-{value}"
            )  # of a year that has no 29 February: the report is due every year
            return value
    except ValueError:
        pass
    raise ValueError(f"{shown(value)} is no day that every year has: month and day, as 03-31")


class Duty(Rule):
    """Base of the kinds that decide nothing."""

    how: ClassVar[How] = "reported"
    speaks = False


class AuditSchedule(Duty):
    """How often the system is audited."""

    kind = "audit_schedule"
    values = ("every",)
    every: PeriodText | None = Field(default=None, description="The longest time between two audits.")

    def bounds(self) -> Iterator[Bound]:
        """Return it as a maximum."""
        if self.every is not None:
            yield Bound("audit", most=self.every)


class AnnualReport(Duty):
    """The yearly report, and where it is included."""

    kind = "annual_report"
    values = ("due",)
    due: Annotated[str, AfterValidator(_day_of_the_year)] | None = Field(
        default=None, description="The day of each year by which it is made, as `03-31`."
    )
    included_in: Line = Field(default="", description="The report that it is part of.")


class Publish(Duty):
    """What is posted for the public."""

    kind = "publish"
    what: Literal["policy", "policy_and_procedures", "audits"] = Field(description="What is posted.")
    at: Line = Field(default="", description="Where it is posted.")


class Breach(Duty):
    """What follows a breach of data."""

    kind = "breach"
    how = "recorded"
    refers_to: Line = Field(default="", description="The policy that it refers to.")
    within: PeriodText | None = Field(default=None, description="How soon it is reported.")

    def bounds(self) -> Iterator[Bound]:
        """Return how soon it is reported."""
        if self.within is not None:
            yield Bound("breach", most=self.within)


class MajorCrimes(Duty):
    """The types of incident whose partial plates are to be looked for: open ones that lack an entry are listed."""

    kind = "major_crimes"
    codes: Mapping[Code, Line] = Field(
        min_length=1, description="Each type of incident that is one, and what it means."
    )


class Banner(Duty):
    """What whoever logs in is told, and acknowledges."""

    kind = "banner"
    how = "recorded"
    every: PeriodText | None = Field(default=None, description="How often it is acknowledged.")


class Statement(Duty):
    """A paragraph that software cannot decide: it is in the pack so that every paragraph is accounted for."""

    kind = "statement"
    how = "by_hand"
