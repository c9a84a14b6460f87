"""Taking a vendor's log apart: CSV or JSON, by a map of its columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from alpr_core import InputError, RejectedLine, VendorAccess
from alpr_source_vendor_log import VendorLogOptions

MOST = 200_000
"""Lines of one file."""

Row = Mapping[str, Any]


class VendorLog:
    """The data source. Fulfils `alpr_core.AccessLogSource`."""

    def __init__(self, options: VendorLogOptions) -> None:
        self._options = options
        self._people = {_folded(name): badge for name, badge in options.people.items()}
        self._kinds = {_folded(word): kind for word, kind in options.kinds.items()}
        self._zone = None if options.timezone is None else ZoneInfo(options.timezone)

    def accesses(self, content: bytes) -> Sequence[VendorAccess | RejectedLine]:
        """Return the accesses of a file.

        Raises:
            InputError: it is none, lacks a column that the options name, or the options name none.
        """
        if not self._options.columns:
            raise InputError(
                "nobody has said what its columns mean: name them in [source.options] columns "
                "(docs/vendor-logs.md)"
            )
        written = _text_of(content)
        rows = self._lines(written) if self._options.format == "csv" else _objects(written)
        found: list[VendorAccess | RejectedLine] = []
        for number, row in rows:
            if len(found) == MOST:
                raise InputError(f"it has more than {MOST:,} lines: part it")
            try:
                if isinstance(row, InputError):
                    raise row
                found.append(self._access(number, row))
            except InputError as error:
                found.append(RejectedLine(number=number, problem=error.message))
        return found

    def _access(self, number: int, row: Row) -> VendorAccess:
        given = {meaning: _value(row, column) for meaning, column in self._options.columns.items()}
        who, badge = given["who"], given.get("badge", "")
        what = given.get("what", "")
        return VendorAccess(
            number=number,
            at=self._moment(given["at"]),
            who=who or badge,
            badge=self._people.get(_folded(who), badge),
            what="search" if "what" not in given else self._kinds.get(_folded(what), "other"),
            case=given.get("case", ""),
            reason=given.get("reason", ""),
            plate=given.get("plate", ""),
            query="; ".join(self._asked(row, given)),
            id=given.get("id", ""),
        )

    def _asked(self, row: Row, given: Mapping[str, str]) -> Iterator[str]:
        """Yield what else was asked for; of a kind that the options do not know, the vendor's own word first."""
        if given.get("what") and _folded(given["what"]) not in self._kinds:
            yield given["what"]
        if given.get("query"):
            yield given["query"]
        for column in self._options.also:
            if value := _value(row, column):
                yield f"{column}: {value}"

    def _moment(self, written: str) -> datetime:
        try:
            moment = (
                datetime.strptime(written, self._options.time_format)  # noqa: DTZ007  its zone is the next step
                if self._options.time_format
                else datetime.fromisoformat(written)
            )
            if moment.tzinfo is None and self._zone is None:
                raise InputError("the time says no offset from UTC: set the option timezone")
            return (moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InputError("the time is not written as the option time_format says") from None

    def _lines(self, written: str) -> Iterator[tuple[int, Row | InputError]]:
        """Yield the rows of a CSV by the names in its first line; a bad one as its problem."""
        separator = "\t" if self._options.separator == "tab" else self._options.separator
        reader = csv.reader(io.StringIO(written, newline=""), delimiter=separator, strict=True)
        try:
            names = [name.strip() for name in next(reader)]
            needed = [*self._options.columns.values(), *self._options.also]
            if lacking := [name for name in needed if names.count(name) != 1]:
                raise InputError(
                    f"its first line should name each of these columns once: {', '.join(map(repr, lacking))}"
                )
            last = reader.line_num
            for row in reader:
                first, last = last + 1, reader.line_num
                if not any(value.strip() for value in row):
                    continue
                if len(row) == len(names):
                    yield first, dict(zip(names, row, strict=True))
                else:
                    yield first, InputError(f"it has {len(row)} columns, the first line {len(names)}")
        except csv.Error:
            raise InputError(
                f"line {reader.line_num}: a quote stands where it should not, or it is too long"
            ) from None


def _objects(written: str) -> Iterator[tuple[int, Row | InputError]]:
    """Yield the objects of a list, or one of each line; what is none as its problem."""
    whole = _json(written)
    if isinstance(whole, InputError):
        lines = [(at, line) for at, line in enumerate(written.split("\n"), start=1) if line.strip()]
        numbered = [(at, _json(line)) for at, line in lines]
        if all(isinstance(one, InputError) for _, one in numbered):
            raise whole
    else:
        numbered = list(enumerate(whole if isinstance(whole, list) else [whole], start=1))
    for number, one in numbered:
        yield number, one if isinstance(one, InputError | dict) else InputError("it is no object of JSON")


def _json(written: str) -> Any:
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return InputError("it is no JSON")


def _text_of(content: bytes) -> str:
    try:
        written = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("it is no text in UTF-8") from None
    if not written.strip():
        raise InputError("it is empty")
    return written


def _value(row: Row, column: str) -> str:
    """Return what a column says, on one line; "" for nothing."""
    value = row.get(column)
    if value is None:
        return ""
    if isinstance(value, dict | list):
        value = json.dumps(value)
    return " ".join(str(value).split())


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()
