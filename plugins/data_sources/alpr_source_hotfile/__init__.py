"""The data source ``hotfile``: hotlists as CSV files with the column names of NCIC's vehicle file.

docs/hotlists.md describes the format for those who write such files.
"""

from __future__ import annotations

from typing import Literal, cast
from zoneinfo import ZoneInfo

from pydantic import Field

from alpr_core import HotlistSource, Options, Origin, Plugin, Register, ZoneName, hookimpl


class HotfileOptions(Options):
    """What can be set in the section ``[source.options]`` of the source ``hotfile``."""

    separator: Literal["auto", ",", ";", "tab"] = Field(
        default="auto", description="What parts the columns; `auto` sees it from the header."
    )
    timezone: ZoneName = Field(
        default="UTC",
        description="IANA zone that a date without a time is meant in. An import takes the node's zone by default.",
    )
    origin: Origin = Field(
        default=Origin.OWN,
        strict=False,
        description="Where the lines come from that do not say so in the column `origin`.",
    )


def make(options: Options) -> HotlistSource:
    """Make the source."""
    from alpr_source_hotfile.source import Hotfile

    chosen = cast(HotfileOptions, options)
    separator = {"auto": "", "tab": "\t"}.get(chosen.separator, chosen.separator)
    return Hotfile(separator=separator, zone=ZoneInfo(chosen.timezone), origin=chosen.origin)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``hotfile``."""
    register(
        Plugin(
            name="hotfile",
            factory=make,
            options=HotfileOptions,
            summary="Hotlists from CSV files with the column names of NCIC's vehicle file.",
        )
    )
