"""The retention strategy ``vendor``: the process of the vendor whose system the department uses.

Florence (807.4) follows Flock's: what is stored is destroyed after 30 days. If the vendor's process and the policy
come to say different things, nothing is purged here until somebody has put that right: the purge's job fails, and
that is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from pydantic import Field

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


class VendorOptions(Options):
    """What can be set in ``[retention.options]`` of the strategy ``vendor``."""

    vendor: str = Field(default="Flock", description="Whose process is followed.")
    period: PeriodText = Field(
        default=Period.parse("P30D"), description="After which the vendor destroys, by its own word."
    )


class Vendor:
    """The strategy. Fulfils `alpr_core.RetentionStrategy`.

    Args:
        options: the vendor, and its period.
    """

    def __init__(self, options: VendorOptions) -> None:
        self._options = options

    def terms(self, limits: RetentionLimits) -> Mapping[str, RetentionTerm]:
        """Return the vendor's period.

        Raises:
            InputError: the policy follows another vendor, or asks for another period.
        """
        mine = self._options
        if limits.follows and limits.follows.casefold() != mine.vendor.casefold():
            raise InputError(f"the policy follows {limits.follows}, and the settings say {mine.vendor}")
        for bound in (limits.least, limits.most):
            if bound is not None and bound.usual != mine.period.usual:
                raise InputError(
                    f"{mine.vendor} destroys after {mine.period.words}, and the policy asks for {bound.words}: have "
                    "one of the two changed"
                )
        return {"default": RetentionTerm(period=mine.period)}

    def class_of(self, camera: str) -> str:  # noqa: ARG002  every camera alike
        """Return the one class."""
        return "default"


def make(options: Options) -> RetentionStrategy:
    """Make the strategy."""
    return Vendor(cast(VendorOptions, options))


@hookimpl
def register_retention_strategies(register: Register) -> None:
    """Register ``vendor``."""
    register(
        Plugin(
            name="vendor",
            factory=make,
            options=VendorOptions,
            summary="The process of the vendor that the policy follows; where the two differ, an alarm.",
        )
    )
