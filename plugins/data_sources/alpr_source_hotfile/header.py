"""The first line of a hotfile: which columns there are, and what parts them."""

from __future__ import annotations

import csv
import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from alpr_core import InputError
from alpr_source_hotfile.table import SEPARATORS, Lines

# fmt: off
NCIC = (
    "LIC", "LIS", "LIY", "LIT", "VIN", "VYR", "VMA", "VMO",
    "VST", "VCO", "MKE", "NIC", "ORI", "OCA", "DOT", "MIS",
)
# fmt: on
"""Field codes of NCIC's vehicle file (Wisconsin DOJ, TIME manuals, glossary of NCIC vehicle field codes)."""

PERSON = ("NAM", "DOB", "SOC", "RAC", "SEX")
"""Field codes of NCIC's person files that an extract may carry: name, birth, social security number, race, sex."""

# fmt: off
OURS = (
    "list", "category", "priority", "effective", "expires", "added_by", "reason", "case_no", "origin", "change",
)
# fmt: on
"""What a hotlist carries beside them."""

COLUMNS = {name.lower(): name for name in NCIC + PERSON + OURS}
"""Every column by its name in small letters."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the first line says.

    Attributes:
        separator: between the columns.
        columns: names as in `COLUMNS`, in the order of the file.
    """

    separator: str
    columns: tuple[str, ...]


def read_header(lines: Lines, separator: str = "") -> Header:
    """Read the header: the first line that is not blank.

    Args:
        lines: of the file.
        separator: what parts the columns; "" to see it from the line itself.

    Raises:
        InputError: if there is none, or with everything that is wrong with it.
    """
    line = next(_not_blank(lines), None)
    if line is None:
        raise InputError("the file is empty")
    if "\r" in line.rstrip("\r\n"):
        raise InputError(
            "its lines end in CR alone, as on very old systems. Save it with the line ends LF or CRLF"
        )
    choices = {one: _names(line, one) for one in ([separator] if separator else SEPARATORS)}
    chosen = max(choices, key=lambda one: sum(name.lower() in COLUMNS for name in choices[one]))
    names = choices[chosen]
    if not any(name.lower() in COLUMNS for name in names):
        raise InputError(
            f"line {lines.number} is no header. The first line names the columns, such as LIC,LIS,category"
        )
    if problems := _problems(names):
        raise InputError(f"the header in line {lines.number} is wrong: {' '.join(problems)}")
    return Header(chosen, tuple(COLUMNS[name.lower()] for name in names))


def _not_blank(lines: Lines) -> Iterator[str]:
    return (line for line in lines if line.strip())


def _names(line: str, separator: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator, strict=True))]
    except csv.Error:
        return []


def _problems(names: list[str]) -> list[str]:
    found = Counter(name.lower() for name in names)
    problems = [_unknown(name) for name in names if name.lower() not in COLUMNS]
    problems += [
        f"The column {COLUMNS[name]} is there {count} times."
        for name, count in found.items()
        if count > 1 and name in COLUMNS
    ]
    if "lic" not in found:
        problems.append("There is no column LIC, the plate.")
    return problems


def _unknown(name: str) -> str:
    if not name:
        return "A column has no name."
    nearest = difflib.get_close_matches(name.lower(), COLUMNS, n=1)
    hint = f"Did you mean {COLUMNS[nearest[0]]!r}?" if nearest else f"Columns are {', '.join(NCIC + OURS)}."
    return f"There is no column {name[:40]!r}. {hint}"
