"""Reading a hotfile: each good line becomes an entry, each bad one is named by its number and left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from alpr_core import HotlistEntry, InputError, Origin, RejectedLine, plates
from alpr_source_hotfile.header import NCIC, PERSON, read_header
from alpr_source_hotfile.table import Lines, Record, records

FREE_TEXT = frozenset({"MIS", "reason"})
"""Columns that may hold line ends. In any other one, a line end says that a quote stands where it should not."""

LONGEST = {"LIS": 8, "category": 64, "list": 128}
LONGEST_TEXT = 2000
"""Characters of any other column."""

PRIORITIES = range(100)

_AS_FIELDS = (*(code for code in NCIC if code not in ("LIC", "LIS")), *PERSON, "list")
"""Columns that an entry keeps under their own name."""


class Hotfile:
    """The data source. Fulfils `alpr_core.HotlistSource`.

    Args:
        separator: between the columns; "" to see it from the header.
        zone: that a date without a time is meant in.
        origin: of lines that do not name their own.
    """

    def __init__(self, *, separator: str, zone: ZoneInfo, origin: Origin = Origin.OWN) -> None:
        self._separator = separator
        self._zone = zone
        self._origin = origin

    def entries(self, path: Path) -> Iterator[HotlistEntry | RejectedLine]:
        """Yield each good line as an entry and each bad one with its number, in file order.

        Raises:
            InputError: if the file as a whole cannot be read, or holds nothing.
        """
        try:
            with path.open("rb") as file:
                yield from self._entries(Lines(file))
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        except InputError as error:
            raise InputError(f"{path}: {error.message}") from error

    def _entries(self, lines: Lines) -> Iterator[HotlistEntry | RejectedLine]:
        header = read_header(lines, self._separator)
        is_empty = True
        for record in records(lines, header.separator):
            if not record.is_blank:
                is_empty = False
                yield self._entry(record, header.columns)
        if is_empty:
            raise InputError("there is a header and nothing below it")

    def _entry(self, record: Record, columns: tuple[str, ...]) -> HotlistEntry | RejectedLine:
        if record.last > record.first:
            _check_quotes(record, columns)
        if record.problem:
            return RejectedLine(number=record.first, problem=record.problem)
        if len(record.fields) != len(columns):
            counted = f"has {len(record.fields)} columns, the header {len(columns)}"
            return RejectedLine(number=record.first, problem=counted)
        try:
            return self._from(dict(zip(columns, map(str.strip, record.fields), strict=True)))
        except InputError as error:
            return RejectedLine(number=record.first, problem=error.message)

    def _from(self, values: Mapping[str, str]) -> HotlistEntry:
        for column, value in values.items():
            if len(value) > (limit := LONGEST.get(column, LONGEST_TEXT)):
                raise InputError(f"{column} is longer than {limit} characters")
        effective = self._moment(values, "effective")
        expires = self._moment(values, "expires")
        if effective is not None and expires is not None and expires <= effective:
            raise InputError("expires is not after effective")
        return HotlistEntry(
            plate=_plate(values["LIC"]),
            state=values.get("LIS", "").upper(),
            category=values.get("category", ""),
            priority=_priority(values.get("priority", "")),
            effective=effective,
            expires=expires,
            added_by=values.get("added_by", ""),
            reason=values.get("reason", ""),
            case_number=values.get("case_no", ""),
            fields={name: values[name] for name in _AS_FIELDS if values.get(name)},
            origin=_origin(values.get("origin", ""), self._origin),
        )

    def _moment(self, values: Mapping[str, str], column: str) -> datetime | None:
        written = values.get(column)
        if not written:
            return None
        try:
            return _moment(written, self._zone, column == "expires")
        except (ValueError, OverflowError):
            raise InputError(
                f"{column} is no time. Write a date, 2026-11-23, or a time with its offset, 2026-11-23T14:30-08:00"
            ) from None


def _check_quotes(record: Record, columns: tuple[str, ...]) -> None:
    """Refuse a record of several lines that rather looks like several records and a quote out of place.

    Raises:
        InputError: for the whole file: nobody knows what else that quote swallowed.
    """
    in_place = len(record.fields) == len(columns) and all(
        column in FREE_TEXT or ("\n" not in field and "\r" not in field)
        for column, field in zip(columns, record.fields, strict=True)
    )
    if not in_place or max(map(len, record.fields)) > LONGEST_TEXT:
        raise InputError(
            f"a quote opened in line {record.first} is closed in line {record.last} only. Line ends may stand in "
            f"{' and '.join(sorted(FREE_TEXT))}, nowhere else"
        )


def _plate(written: str) -> str:
    if not written:
        raise InputError("LIC is empty")
    try:
        return plates.parse(written)
    except InputError as error:
        raise InputError(f"LIC: {error.message}") from None


def _origin(written: str, usual: Origin) -> Origin:
    try:
        return Origin(written.lower()) if written else usual
    except ValueError:
        raise InputError(f"origin is none of {', '.join(Origin)}") from None


def _priority(written: str) -> int:
    if not written:
        return 0
    if not (written.isascii() and written.isdigit() and len(written) < 4 and int(written) in PRIORITIES):
        raise InputError(f"priority is no whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}")
    return int(written)


@lru_cache(maxsize=10_000)
def _moment(written: str, zone: ZoneInfo, is_end: bool) -> datetime:
    """Return a moment in UTC; a date alone counts from its start, and as an end to its end.

    Raises:
        ValueError, OverflowError: if it is none.
    """
    if len(written) == len("2026-11-23"):
        day = date.fromisoformat(written) + timedelta(days=is_end)
        return datetime.combine(day, time.min, zone).astimezone(UTC)
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC)
