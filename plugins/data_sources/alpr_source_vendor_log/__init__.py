"""Data source for the log that a vendor gives a department of who did what in the vendor's system.

Its columns are described nowhere in public, and change: what each means stands in the options. docs/vendor-logs.md.
"""

from __future__ import annotations

from typing import Literal, cast

from pydantic import Field, field_validator

from alpr_core import AccessLogSource, Options, Plugin, Register, ZoneName, hookimpl

MEANINGS = ("at", "who", "badge", "what", "case", "reason", "plate", "query", "id")
"""What a column can mean; others of the file are left alone."""

NEEDED = ("at", "who")
"""Those without which a line tells of no access."""


class VendorLogOptions(Options):
    """Of the source ``vendor_log``."""

    format: Literal["csv", "json"] = Field(default="csv", description="`json`: a list, or an object a line.")
    columns: dict[str, str] = Field(
        default={}, description="The columns' own names, by what they mean: at, who, case, reason, plate ..."
    )
    also: list[str] = Field(
        default=[],
        description="Further columns that say what was asked for: filters, cameras, a span of time.",
    )
    separator: Literal[",", ";", "tab"] = Field(default=",", description="What parts the columns of a CSV.")
    time_format: str = Field(
        default="", description="How times are written (strptime), as `%m/%d/%Y %I:%M:%S %p`; else ISO 8601."
    )
    timezone: ZoneName | None = Field(
        default=None, description="IANA zone of times without an offset; without it, such times are refused."
    )
    people: dict[str, str] = Field(
        default={}, description="Badge numbers here, by what the log calls people: name, user name, address."
    )
    kinds: dict[str, Literal["search", "view", "export", "hotlist", "other"]] = Field(
        default={}, description="What was done, by the words of the column `what`; any other word is `other`."
    )

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns) - set(MEANINGS)):
            raise ValueError(f"{', '.join(unknown)}: a column means one of {', '.join(MEANINGS)}")
        if columns and (lacking := [one for one in NEEDED if one not in columns]):
            raise ValueError(f"no column is named for {', '.join(lacking)}")
        return columns


def make(options: Options) -> AccessLogSource:
    """Make the source."""
    from alpr_source_vendor_log.source import VendorLog

    return VendorLog(cast(VendorLogOptions, options))


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``vendor_log``."""
    summary = "A vendor's log of who did what in its system, from CSV or JSON by a map of its columns."
    register(Plugin(name="vendor_log", factory=make, options=VendorLogOptions, summary=summary))
