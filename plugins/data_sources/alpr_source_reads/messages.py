"""Messages out of what was sent: JSON, a file of many, forms with a picture, and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from alpr_core import ForeignRead, InputError, RejectedRead

MOST = 100_000
"""Reads in one file or message."""

MOST_PARTS = 16
"""Parts of a form."""

LONGEST_HEAD = 4096
"""Bytes above a part that are looked at."""

Numbered = tuple[int, Any]
"""A message, or a line, with its number from 1."""


def text_of(content: bytes) -> str:
    """Return what was sent as text.

    Raises:
        InputError: it is empty, or no UTF-8.
    """
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is no text in UTF-8") from None
    if not found.strip():
        raise InputError("it is empty")
    return found


def read_json(written: str) -> Any:
    """Return what JSON says.

    Raises:
        InputError: it is none, or so deep that nobody meant it.
    """
    try:
        return json.loads(written, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InputError("it is no JSON") from None


def _no_number(_: str) -> None:
    raise ValueError("no number of JSON")


def json_messages(content: bytes) -> Iterator[Numbered]:
    """Yield the messages of a document: one alone, a list of them, or one on each line; a bad line as its problem.

    Raises:
        InputError: no line of it is JSON.
    """
    written = text_of(content)
    lines = [(at, line) for at, line in enumerate(written.split("\n"), start=1) if line.strip()]
    try:
        whole = read_json(written)
    except InputError:
        if len(lines) < 2:
            raise
        found = [(at, _line(line)) for at, line in lines]
        if all(isinstance(one, InputError) for _, one in found):
            raise InputError("no line of it is JSON") from None
        yield from found
        return
    if isinstance(whole, list):
        yield from enumerate(whole, start=1)
    else:
        yield 1, whole


def _line(line: str) -> Any:
    try:
        return read_json(line)
    except InputError as error:
        return error


def each(
    messages: Iterable[Numbered], take: Callable[[int, Any], Iterable[ForeignRead | RejectedRead]]
) -> list[ForeignRead | RejectedRead]:
    """Return what is taken of each message; one that is wrong is named by its number, and the others stay."""
    found: list[ForeignRead | RejectedRead] = []
    for number, message in messages:
        try:
            if isinstance(message, InputError):
                raise message
            found.extend(take(number, message))
        except InputError as error:
            found.append(RejectedRead(number=number, problem=error.message))
        if len(found) > MOST:
            raise InputError(f"it holds more than {MOST:,} reads: part it")
    return found


# ---------------------------------------------------------------------------
# Forms
# ---------------------------------------------------------------------------


def form(content: bytes, content_type: str) -> dict[str, bytes]:
    """Return the parts of a form (RFC 7578) by their names; of one name the first.

    Raises:
        InputError: it is no form, or has more parts than `MOST_PARTS`.
    """
    named = re.search(r'boundary="?([^";,\s]{1,70})', content_type, re.IGNORECASE)
    if named is None:
        raise InputError("its content type names no boundary, so its parts cannot be told apart")
    boundary = b"--" + named[1].encode("utf-8", "replace")
    pieces = (b"\r\n" + content).split(b"\r\n" + boundary, MOST_PARTS + 2)
    if len(pieces) > MOST_PARTS + 2:
        raise InputError(f"it has more than {MOST_PARTS} parts")
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise InputError("it is cut off: its last boundary is missing")
    found: dict[str, bytes] = {}
    for piece in pieces[1:-1]:
        head, _, body = piece.partition(b"\r\n\r\n")
        disposition = rb'^content-disposition:[^\r\n]*;\s*name="([^"\r\n]{1,64})"'
        name = re.search(disposition, head[:LONGEST_HEAD], re.IGNORECASE | re.MULTILINE)
        if name is not None:
            found.setdefault(name[1].decode("utf-8", "replace"), body)
    return found


# ---------------------------------------------------------------------------
# CSV
# ---------------------------------------------------------------------------


def csv_rows(content: bytes, *, separator: str = ",", needed: Iterable[str]) -> Iterator[Numbered]:
    """Yield the rows of a CSV file by the names in its first line; a bad one as its problem.

    Raises:
        InputError: it is no CSV, a column is missing or there twice, or a quote is open at its end.
    """
    reader = csv.reader(io.StringIO(text_of(content), newline=""), delimiter=separator, strict=True)
    try:
        names = [name.strip() for name in next(reader)]
        if lacking := [name for name in needed if names.count(name) != 1]:
            raise InputError(
                f"its first line should name each of these columns once: {', '.join(map(repr, lacking))}"
            )
        last = reader.line_num
        for row in reader:
            first, last = last + 1, reader.line_num
            if any(value.strip() for value in row):
                yield first, _row(names, row)
    except csv.Error:
        raise InputError(
            f"line {reader.line_num}: a quote stands where it should not, or it is too long"
        ) from None
    except StopIteration:
        raise InputError("it is empty") from None


def _row(names: list[str], row: list[str]) -> Mapping[str, str] | InputError:
    if len(row) != len(names):
        return InputError(f"it has {len(row)} columns, the first line {len(names)}")
    return dict(zip(names, row, strict=True))
