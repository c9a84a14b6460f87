"""The retention strategy ``fixed``: one period for every read, and what is over is destroyed by itself.

For a paper that says "for a period of 1 year" (Leicester, 10.05 V).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, cast

from pydantic import Field

from alpr_core import (
    InputError,
    Options,
    PeriodText,
    Plugin,
    Register,
    RetentionLimits,
    RetentionStrategy,
    RetentionTerm,
    hookimpl,
)


class FixedOptions(Options):
    """What can be set in ``[retention.options]`` of the strategy ``fixed``."""

    period: PeriodText | None = Field(default=None, description="Such as `P1Y`. Default: the policy's own.")
    starts: Literal["capture", "arrival"] = Field(default="capture", description="From when it counts.")


class Fixed:
    """The strategy. Fulfils `alpr_core.RetentionStrategy`.

    Args:
        options: the period, if the policy's own is not meant.
    """

    def __init__(self, options: FixedOptions) -> None:
        self._options = options

    def terms(self, limits: RetentionLimits) -> Mapping[str, RetentionTerm]:
        """Return the one period: the options', else the policy's.

        Raises:
            InputError: neither says any.
        """
        period = self._options.period or limits.most or limits.least
        if period is None:
            raise InputError(
                "no clause says how long reads are kept: write [retention] use = 'fixed' and options.period, such as "
                "P1Y, with whoever decides on it"
            )
        return {"default": RetentionTerm(period=period, starts=self._options.starts)}

    def class_of(self, camera: str) -> str:  # noqa: ARG002  every camera alike
        """Return the one class."""
        return "default"


def make(options: Options) -> RetentionStrategy:
    """Make the strategy."""
    return Fixed(cast(FixedOptions, options))


@hookimpl
def register_retention_strategies(register: Register) -> None:
    """Register ``fixed``."""
    register(
        Plugin(
            name="fixed",
            factory=make,
            options=FixedOptions,
            summary="One period for every read; what is over is destroyed by itself.",
        )
    )
