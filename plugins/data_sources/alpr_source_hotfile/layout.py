"""Which column of a file is which field: as its header says, or as the options map it.

A map names columns by the header's words, by their number, or by the characters that they take up in each line.
"""

from __future__ import annotations

import csv
import difflib
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from alpr_core import InputError
from alpr_source_hotfile.header import COLUMNS, Header, read_header
from alpr_source_hotfile.table import SEPARATORS, Lines, Record, cut, records

Place = Annotated[int, Field(ge=1, le=10_000)]
Where = Annotated[str, Field(min_length=1, max_length=200)] | Place | tuple[Place, Place]
"""Where a column is: the word in the header, its number, or its first and its last character; counted from 1."""


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How a file is laid out.

    Attributes:
        separator: between the columns; "" to see it from the header.
        columns: where each field is, as `check_columns` returns it; empty where the header has our own names.
        skip: lines before the header, or before the first line if the map needs no header.
        length: characters of each line of a file of fixed length; 0 if they may differ.
    """

    separator: str = ""
    columns: Mapping[str, Where] = field(default_factory=dict)
    skip: int = 0
    length: int = 0

    @property
    def is_fixed(self) -> bool:
        """Whether columns are named by the characters that they take up."""
        return any(isinstance(where, tuple) for where in self.columns.values())

    def read(self, lines: Lines) -> tuple[tuple[str, ...], Iterator[Record]]:
        """Return what each column of the records is, "" for one that is not wanted, and the records.

        Raises:
            InputError: the header is not as it should be.
        """
        for _ in range(self.skip):
            next(lines, None)
        if self.is_fixed:
            spans = [where for where in self.columns.values() if isinstance(where, tuple)]
            return tuple(self.columns), cut(lines, spans, self.length)
        header = self._header(lines)
        found = records(lines, header.separator)
        if any(isinstance(where, int) for where in self.columns.values()):
            return _as_wide_as_the_first(header.columns, found)
        return header.columns, found

    def _header(self, lines: Lines) -> Header:
        if not self.columns:
            return read_header(lines, self.separator)
        numbers = {where: name for name, where in self.columns.items() if isinstance(where, int)}
        if numbers:
            return Header(self.separator, tuple(numbers.get(n + 1, "") for n in range(max(numbers))))
        return self._mapped_header(lines)

    def _mapped_header(self, lines: Lines) -> Header:
        line = next((line for line in lines if line.strip()), "")
        if not line:
            raise InputError("the file is empty")
        wanted = {str(where): name for name, where in self.columns.items()}
        choices = {one: _words(line, one) for one in ([self.separator] if self.separator else SEPARATORS)}
        separator = max(choices, key=lambda one: sum(word in wanted for word in choices[one]))
        words = choices[separator]
        if problems := [*_missing(wanted, words)]:
            raise InputError(f"the header in line {lines.number} is wrong: {' '.join(problems)}")
        return Header(separator, tuple(wanted.get(word, "") for word in words))


def _as_wide_as_the_first(
    columns: tuple[str, ...], found: Iterator[Record]
) -> tuple[tuple[str, ...], Iterator[Record]]:
    """Return the columns with as many more as the first record has: each record is to have as many as that."""
    before = []
    for record in found:
        before.append(record)
        if not (record.is_blank or record.problem):
            columns += ("",) * (len(record.fields) - len(columns))
            break
    return columns, itertools.chain(before, found)


def _words(line: str, separator: str) -> list[str]:
    try:
        return [
            word.strip().casefold() for word in next(csv.reader([line], delimiter=separator, strict=True))
        ]
    except csv.Error:
        return []


def _missing(wanted: Mapping[str, str], words: list[str]) -> Iterator[str]:
    for word, name in wanted.items():
        count = words.count(word)
        if count > 1:
            yield f"The column {word!r} is there {count} times."
        elif not count:
            nearest = difflib.get_close_matches(word, words, n=1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            yield f"There is no column {word!r}, which columns names for {name}.{hint}"


def check_columns(columns: Mapping[str, Where]) -> dict[str, Where]:
    """Return a map of columns with the fields' names as we write them, and the header's words in small letters.

    Raises:
        ValueError: it is no such map.
    """
    checked: dict[str, Where] = {}
    for written, where in columns.items():
        name = field_name(written)
        if name in checked:
            raise ValueError(f"{name} is there twice")
        if isinstance(where, tuple) and where[1] < where[0]:
            raise ValueError(f"{name}: write the first character and the last one, as [1, 8]")
        checked[name] = where.strip().casefold() if isinstance(where, str) else where
        if not checked[name]:
            raise ValueError(f"{name}: blanks are no word of a header")
    if checked and "LIC" not in checked:
        raise ValueError("there is no LIC, the plate")
    if len({type(where) for where in checked.values()}) > 1:
        raise ValueError("name all columns alike: by the header's words, by number, or by characters")
    places = list(checked.values())
    twice = [name for name, where in checked.items() if places.count(where) > 1]
    if twice and not isinstance(places[0], tuple):
        raise ValueError(f"{' and '.join(twice)} are the same column")
    return checked


def field_name(written: str) -> str:
    """Return a field's name as we write it.

    Raises:
        ValueError: there is no such field.
    """
    if written.lower() in COLUMNS:
        return COLUMNS[written.lower()]
    nearest = difflib.get_close_matches(written.lower(), COLUMNS, n=1)
    hint = (
        f"Did you mean {COLUMNS[nearest[0]]!r}?" if nearest else f"There are {', '.join(COLUMNS.values())}."
    )
    raise ValueError(f"there is no field {written[:40]!r}. {hint}")


_DIRECTIVE = re.compile("%(.?)")
_YEARS, _REST = frozenset("Yy"), frozenset("mdHMSfz%")


def check_date(form: str) -> str:
    """Return how a file writes a date, if it is one that says year, month and day in figures.

    Raises:
        ValueError: it does not.
    """
    found = _DIRECTIVE.findall(form)
    unknown = [one for one in found if one not in _YEARS | _REST]
    if unknown:
        raise ValueError(f"%{unknown[0]} is none of %Y %y %m %d %H %M %S %f %z")
    if sum(one in _YEARS for one in found) != 1 or found.count("m") != 1 or found.count("d") != 1:
        raise ValueError("a date has one year, one month and one day, as %m/%d/%Y")
    return form
