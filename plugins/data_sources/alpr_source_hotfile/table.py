"""A file as records with their line numbers: strict about text and quotes, one line in memory at a time.

What makes the boundaries of the records doubtful (another encoding, a quote that swallows lines) is an error of the
whole file: a hotlist of which nobody knows what it says must not replace one that is known.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from alpr_core import InputError

LONGEST_LINE = 64 * 1024
"""Bytes of a line. No hotlist has such lines: what is longer is another kind of file."""

SEPARATORS = (",", ";", "\t")
"""Those that are seen from a header."""

_WIDE = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ADVICE = "Save it in UTF-8, or say how it is encoded: the option encoding."


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
        encoding: of its text.

    Attributes:
        ended: whether the last line was handed out and another one was asked for.
    """

    def __init__(self, file: BinaryIO, encoding: str = "utf-8") -> None:
        self._file = file
        self._encoding = encoding
        self.ended = False
        self.number = 0

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        """Return the next line.

        Raises:
            InputError: if it is no line of text.
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
            return line.decode(self._encoding)
        except UnicodeDecodeError:
            raise InputError(f"line {self.number} is not {self._encoding.upper()} text. {_ADVICE}") from None


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


def cut(lines: Lines, spans: Sequence[tuple[int, int]], length: int) -> Iterator[Record]:
    """Yield a record for each line that is left, its fields cut out by the characters that they take up.

    Args:
        lines: of the file.
        spans: first and last character of each field, counted from 1.
        length: characters that each line must have; 0 if blanks at its end may be missing.
    """
    for line in lines:
        text = line.rstrip("\r\n")
        fields = [text[first - 1 : last] for first, last in spans]
        yield Record(lines.number, lines.number, fields, _uncut(text, fields, length) if text.strip() else "")


def _uncut(text: str, fields: Sequence[str], length: int) -> str:
    """Return why a line cannot be cut into its fields, "" if it can."""
    if length and len(text) != length:
        return f"has {len(text)} characters, not {length}"
    if "\t" in text:
        return "holds a tab, so its columns are not where they should be"
    if "\r" in text:
        return "holds a line end, CR, so its columns are not where they should be"
    return "" if any(map(str.strip, fields)) else "has nothing where its columns should be"
