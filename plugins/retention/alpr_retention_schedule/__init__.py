"""The retention strategy ``schedule``: the periods of a records retention schedule, a class of reads each.

Where the paper says that data *may* be purged (Medford 462.4, Marion 427.4), a person with the right to does it:
``alpr-core purge``. Where it *should* be (Belton 461.4), it is done by itself, and what stays longer is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field

from alpr_core import (
    InputError,
    Options,
    Period,
    PeriodText,
    Plugin,
    Register,
    RetentionLimits,
    RetentionStrategy,
    RetentionTerm,
    hookimpl,
)


class ScheduleClass(BaseModel):
    """One line of the schedule: ``[retention.options.classes.NAME]``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cameras: list[str] = Field(min_length=1, description="Whose reads belong to it: names, with * and ?.")
    period: PeriodText = Field(description="How long they are kept.")


class ScheduleOptions(Options):
    """What can be set in ``[retention.options]`` of the strategy ``schedule``."""

    period: PeriodText | None = Field(
        default=None, description="Of every read in no other class. Default: the policy's own."
    )
    starts: Literal["capture", "arrival"] = Field(default="capture", description="From when it counts.")
    automatic: bool | None = Field(
        default=None,
        description="Whether what is due is destroyed by itself. Default: where the policy says that it should be.",
    )
    classes: dict[str, ScheduleClass] = Field(default={}, description="Further lines, each for some cameras.")


class Schedule:
    """The strategy. Fulfils `alpr_core.RetentionStrategy`.

    Args:
        options: the schedule's lines.
    """

    def __init__(self, options: ScheduleOptions) -> None:
        self._options = options

    def terms(self, limits: RetentionLimits) -> Mapping[str, RetentionTerm]:
        """Return the period of each class.

        Raises:
            InputError: neither the schedule nor the policy says any for the rest.
        """
        options = self._options
        rest = options.period or limits.least or limits.most
        if rest is None:
            raise InputError(
                "no clause says how long reads are kept: write [retention] use = 'schedule' and options.period, "
                "from the records retention schedule"
            )
        automatic = limits.then != "may" if options.automatic is None else options.automatic
        periods: dict[str, Period] = {"default": rest}
        periods |= {name: line.period for name, line in options.classes.items()}
        return {
            name: RetentionTerm(period=period, starts=options.starts, automatic=automatic)
            for name, period in periods.items()
        }

    def class_of(self, camera: str) -> str:
        """Return the first line of the schedule that names the camera, else the rest."""
        for name, line in self._options.classes.items():
            if any(fnmatchcase(camera, pattern) for pattern in line.cameras):
                return name
        return "default"


def make(options: Options) -> RetentionStrategy:
    """Make the strategy."""
    return Schedule(cast(ScheduleOptions, options))


@hookimpl
def register_retention_strategies(register: Register) -> None:
    """Register ``schedule``."""
    register(
        Plugin(
            name="schedule",
            factory=make,
            options=ScheduleOptions,
            summary="A records retention schedule: a period for each class of reads; purged by order, or by itself.",
        )
    )
