"""Where in a TOML file a value stands. `tomllib` forgets the lines, and a person looks for one."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping

from alpr_core.problems import Location

_HEADER = re.compile(r"\s*(\[\[?)([^\[\]].*?)\]\]?\s*(?:#.*)?$")
_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_KEY = re.compile(rf"\s*({_PART}(?:\s*\.\s*{_PART})*)\s*=")


def lines_of(text: str) -> dict[Location, int]:
    """Return the 1-based line of every table and key of a valid TOML document.

    Keys inside of inline tables and arrays are not in it: they stand on their table's line or near it.
    """
    found: dict[Location, int] = {}
    lengths: Counter[Location] = Counter()
    table: Location = ()
    quotes = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if quotes:
            quotes = "" if quotes in line else quotes
        elif header := _HEADER.match(line):
            table = _table(_parts(header[2]), lengths, appends=header[1] == "[[")
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
            quotes = next((mark for mark in ('"""', "'''") if line.count(mark) == 1), "")
    return found


def line_of(location: Location, lines: Mapping[Location, int]) -> int | None:
    """Return the line of the value at ``location``, else of the nearest table around it, None if unknown."""
    for length in range(len(location), 0, -1):
        if location[:length] in lines:
            return lines[location[:length]]
    return None


def _parts(dotted: str) -> tuple[str, ...]:
    """Return the names in a header or key: TOML's own quoting rules, by TOML's own parser."""
    try:
        level = tomllib.loads(f"[{dotted}]")
    except tomllib.TOMLDecodeError:
        return ()
    names = []
    while level:
        name, level = next(iter(level.items()))
        names.append(name)
    return tuple(names)


def _table(names: tuple[str, ...], lengths: Counter[Location], *, appends: bool) -> Location:
    """Return where a header leads: behind the name of an array of tables comes the index of its last table."""
    location: Location = ()
    for name in names:
        if lengths[location]:
            location = (*location, lengths[location] - 1)
        location = (*location, name)
    if appends:
        lengths[location] += 1
    return (*location, lengths[location] - 1) if lengths[location] else location
