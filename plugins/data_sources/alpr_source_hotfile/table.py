"""A CSV file as records with their line numbers: strict about text and quotes, one line in memory at a time.

What makes the boundaries of the records doubtful (another encoding, a quote that swallows lines) is an error of the
whole file: a hotlist of which nobody knows what it says must not replace one that is known.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from alpr_core import InputError

LONGEST_LINE = 64 * 1024
"""Bytes of a line. No hotlist has such lines: what is longer is another kind of file."""

SEPARATORS = (",", ";", "\t")

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ADVICE = "Save it as CSV in UTF-8."


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        first: 1-based number of its first line in the file.
        last: of its last line; a quoted field may run over several.
        fields: as they stand in the file; [] for an empty line.
        problem: why it could not be taken apart, "" if it could.
    """

    first: int
    last: int
    fields: list[str]
    problem: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing in it."""
        return not self.problem and not any(field.strip() for field in self.fields)


class Lines:
    """The lines of a file as text, each with its line end.

    Args:
        file: opened for reading bytes, at its start.

    Attributes:
        ended: whether the last line was handed out and another one was asked for.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.ended = False
        self.number = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            InputError: if it is no line of UTF-8 text.
        """
        line = self._file.readline(LONGEST_LINE + 1)
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        if self.number == 1:
            if line.startswith(_WIDE):
                raise InputError(f"the file is UTF-16 or UTF-32. {_ADVICE}")
            line = line.removeprefix(codecs.BOM_UTF8)
        if b"\0" in line:
            raise InputError(f"line {self.number} holds NUL bytes: the file is binary or UTF-16. {_ADVICE}")
        if len(line) > LONGEST_LINE:
            raise InputError(
                f"line {self.number} is longer than {LONGEST_LINE // 1024} KiB: this is no hotlist"
            )
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise InputError(f"line {self.number} is not UTF-8 text. {_ADVICE}") from None


def records(lines: Lines, separator: str) -> Iterator[Record]:
    """Yield the records of what is left of the lines.

    Raises:
        InputError: if a quote is never closed, or a record that runs over several lines cannot be taken apart.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        first = lines.number + 1
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.ended or lines.number > first:
                raise InputError(
                    f"a quote opened in line {first} is not closed as it should be: what follows, down to line "
                    f"{lines.number}, cannot be told apart"
                ) from None
            yield Record(first, lines.number, [], f"is no CSV: {error}")
        else:
            yield Record(first, lines.number, fields)
