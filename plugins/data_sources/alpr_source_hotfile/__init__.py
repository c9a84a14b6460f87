"""The data source ``hotfile``: hotlists as delimited files, or as files of fixed length, by a map of their columns.

Without a map a file has the column names of NCIC's vehicle file. docs/hotlists.md describes the format for those who
write such files, and maps for those who have other ones.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, cast
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from alpr_core import HotlistSource, Options, Origin, Plugin, Register, ZoneName, hookimpl
from alpr_source_hotfile.layout import Layout, Where, check_columns, check_date, field_name

Word = Annotated[str, AfterValidator(str.casefold), Field(min_length=1)]


class HotfileOptions(Options):
    """What can be set in the section ``[source.options]`` of the source ``hotfile``."""

    separator: Literal["auto", ",", ";", ":", "|", "tab"] = Field(
        default="auto",
        description="What parts the columns; `auto` sees `,`, `;` or tab from the header.",
    )
    encoding: Literal["utf-8", "cp1252", "latin-1"] = Field(default="utf-8", description="Of the file.")
    skip: int = Field(
        default=0, ge=0, le=1000, description="Lines at the start that are neither header nor entry."
    )
    columns: Annotated[dict[str, Where], AfterValidator(check_columns)] = Field(
        default={},
        description="For each field the word in the header, the number of the column, or its first and last "
        'character: `{ LIC = "Plate" }`, `{ LIC = 2 }`, `{ LIC = [1, 8] }`.',
    )
    length: int = Field(
        default=0, ge=0, le=10_000, description="Characters of each line, with columns by characters; 0: any."
    )
    constants: dict[str, str] = Field(
        default={}, description="Values of fields that the file has no column for."
    )
    categories: dict[str, str] = Field(
        default={}, description='What the file\'s categories are called here: `{ S = "stolen_vehicle" }`.'
    )
    dates: list[Annotated[str, AfterValidator(check_date)]] = Field(
        default=[],
        max_length=10,
        description="How dates are written, such as `%m/%d/%Y` or `%Y%m%d%H%M`; none: as 2026-11-23.",
    )
    adds: list[Word] = Field(
        default=["add", "a"], description="Words in the column `change` of a line that adds an entry."
    )
    removes: list[Word] = Field(
        default=["remove", "delete", "d"], description="Likewise, of a line that takes entries off."
    )
    timezone: ZoneName = Field(
        default="UTC",
        description="IANA zone that a date without a time is meant in. An import takes the node's zone by default.",
    )
    origin: str = Field(
        default=Origin.OWN,
        pattern="^[a-z][a-z0-9_]{0,31}$",
        description="Where the lines come from that do not say so in the column `origin`: `own`, `ncic`, or a "
        "state's system as its data source is called, `leds`.",
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        kinds = {type(where) for where in self.columns.values()}
        if int in kinds and self.separator == "auto":
            raise ValueError("columns by number need a separator: there is no header to see it from")
        if self.length and tuple not in kinds:
            raise ValueError("length belongs to columns by characters")
        constants = [field_name(name) for name in self.constants]
        if twice := [name for name in constants if constants.count(name) > 1]:
            raise ValueError(f"{twice[0]} is a constant twice")
        both = [name for name in constants if name in self.columns]
        if both:
            raise ValueError(f"{both[0]} is a column, and a constant too")
        if self.constants and not self.columns:
            raise ValueError("constants belong to a map of columns")
        if set(self.adds) & set(self.removes):
            raise ValueError("a word either adds or removes")
        return self


def make(options: Options) -> HotlistSource:
    """Make the source."""
    from alpr_source_hotfile.source import Hotfile, Words

    chosen = cast(HotfileOptions, options)
    layout = Layout(
        separator={"auto": "", "tab": "\t"}.get(chosen.separator, chosen.separator),
        columns=chosen.columns,
        skip=chosen.skip,
        length=chosen.length,
    )
    words = Words(
        zone=ZoneInfo(chosen.timezone),
        dates=tuple(chosen.dates),
        origin=Origin(chosen.origin),
        constants={field_name(name): value for name, value in chosen.constants.items()},
        categories=chosen.categories,
        adds=frozenset(chosen.adds),
        removes=frozenset(chosen.removes),
    )
    return Hotfile(layout, words, encoding=chosen.encoding)


@hookimpl
def register_data_sources(register: Register) -> None:
    """Register ``hotfile``."""
    register(
        Plugin(
            name="hotfile",
            factory=make,
            options=HotfileOptions,
            summary="Hotlists from delimited files, or files of fixed length, by a map of their columns.",
        )
    )
