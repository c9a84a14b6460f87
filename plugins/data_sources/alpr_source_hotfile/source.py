"""Reading a hotfile: each good line becomes an entry, each bad one is named by its number and left out.

What is wrong with a line is said without quoting it: it may hold a plate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from alpr_core import HotlistEntry, HotlistLine, InputError, Origin, RejectedLine, RemovedLine, plates
from alpr_source_hotfile.header import NCIC, PERSON
from alpr_source_hotfile.layout import Layout
from alpr_source_hotfile.table import Lines, Record

FREE_TEXT = frozenset({"MIS", "reason"})
"""Columns that may hold line ends. In any other one, a line end says that a quote stands where it should not."""

LONGEST = {"LIS": 8, "category": 64, "list": 128}
LONGEST_TEXT = 2000
"""Characters of any other column."""

PRIORITIES = range(100)

_AS_FIELDS = frozenset({*NCIC, *PERSON, "list"} - {"LIC", "LIS"})
"""Columns that an entry keeps under their own name."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """What the values of a file mean.

    Attributes:
        zone: that a date without a time, or a time without an offset, is meant in.
        dates: how dates are written, as `datetime.strptime` knows it; () for ISO 8601.
        origin: of lines that do not name their own.
        constants: values of fields that the file has no column for.
        categories: ours by those of the file.
        adds: words in the column ``change`` of a line that adds an entry, in small letters.
        removes: likewise, of one that takes entries off.
    """

    zone: ZoneInfo
    dates: tuple[str, ...] = ()
    origin: Origin = Origin.OWN
    constants: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)
    adds: frozenset[str] = frozenset()
    removes: frozenset[str] = frozenset()


class Hotfile:
    """The data source. Fulfils `alpr_core.HotlistSource`.

    Args:
        layout: which column is which.
        words: what their values mean.
        encoding: of the file.
    """

    def __init__(self, layout: Layout, words: Words, *, encoding: str) -> None:
        self._layout = layout
        self._words = words
        self._encoding = encoding

    def entries(self, path: Path) -> Iterator[HotlistLine]:
        """Yield each good line as what it is and each bad one with its number, in file order.

        Raises:
            InputError: if the file as a whole cannot be read.
        """
        try:
            with path.open("rb") as file:
                yield from self._entries(Lines(file, self._encoding))
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
        except InputError as error:
            raise InputError(f"{path}: {error.message}") from error

    def _entries(self, lines: Lines) -> Iterator[HotlistLine]:
        columns, found = self._layout.read(lines)
        for record in found:
            if not record.is_blank:
                yield self._line(record, columns)

    def _line(self, record: Record, columns: tuple[str, ...]) -> HotlistLine:
        if record.last > record.first:
            _check_quotes(record, columns)
        if record.problem:
            return RejectedLine(number=record.first, problem=record.problem)
        if len(record.fields) != len(columns):
            counted = f"has {len(record.fields)} columns, not {len(columns)}"
            return RejectedLine(number=record.first, problem=counted)
        values = dict(zip(columns, map(str.strip, record.fields), strict=True))
        values.pop("", None)
        values.update(self._words.constants)
        try:
            _check_lengths(values)
            if "change" in values and self._takes_off(values["change"]):
                return _removed(record.first, values)
            return self._entry(values)
        except InputError as error:
            return RejectedLine(number=record.first, problem=error.message)

    def _takes_off(self, written: str) -> bool:
        word = written.casefold()
        if word in self._words.removes:
            return True
        if word in self._words.adds:
            return False
        known = ", ".join(sorted(self._words.adds | self._words.removes))
        raise InputError(f"change is none of {known}")

    def _entry(self, values: Mapping[str, str]) -> HotlistEntry:
        effective = self._moment(values, "effective")
        expires = self._moment(values, "expires")
        if effective is not None and expires is not None and expires <= effective:
            raise InputError("expires is not after effective")
        category = values.get("category", "")
        return HotlistEntry(
            plate=_plate(values["LIC"]),
            state=values.get("LIS", "").upper(),
            category=self._words.categories.get(category, category),
            priority=_priority(values.get("priority", "")),
            effective=effective,
            expires=expires,
            added_by=values.get("added_by", ""),
            reason=values.get("reason", ""),
            case_number=values.get("case_no", ""),
            fields={name: values[name] for name in values if name in _AS_FIELDS and values[name]},
            origin=_origin(values.get("origin", ""), self._words.origin),
        )

    def _moment(self, values: Mapping[str, str], column: str) -> datetime | None:
        written = values.get(column)
        if not written:
            return None
        words = self._words
        try:
            return _moment(written, words.zone, words.dates, column == "expires")
        except (ValueError, OverflowError):
            wanted = " or ".join(words.dates) or (
                "a date, 2026-11-23, or a time with its offset, 2026-11-23T14:30-08:00"
            )
            raise InputError(f"{column} is no time. Write {wanted}") from None


def _check_lengths(values: Mapping[str, str]) -> None:
    for column, value in values.items():
        if len(value) > (limit := LONGEST.get(column, LONGEST_TEXT)):
            raise InputError(f"{column} is longer than {limit} characters")


def _removed(number: int, values: Mapping[str, str]) -> RemovedLine:
    state, nic = values.get("LIS", "").upper(), values.get("NIC", "")
    return RemovedLine(number=number, plate=_plate(values["LIC"]), state=state, nic=nic)


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
    except ValueError as error:
        raise InputError(str(error)) from None


def _priority(written: str) -> int:
    if not written:
        return 0
    if not (written.isascii() and written.isdigit() and len(written) < 4 and int(written) in PRIORITIES):
        raise InputError(f"priority is no whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}")
    return int(written)


@lru_cache(maxsize=10_000)
def _moment(written: str, zone: ZoneInfo, forms: tuple[str, ...], is_end: bool) -> datetime:
    """Return a moment in UTC; a date alone counts from its start, and as an end to its end.

    Raises:
        ValueError, OverflowError: if it is none.
    """
    if not written.isascii():
        raise ValueError("figures of another script")
    if forms:
        return _by_form(written, zone, forms, is_end)
    if len(written) == len("2026-11-23"):
        return _day(date.fromisoformat(written), zone, is_end)
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return moment.astimezone(UTC)


def _by_form(written: str, zone: ZoneInfo, forms: tuple[str, ...], is_end: bool) -> datetime:
    for form in forms:
        try:
            moment = datetime.strptime(written, form)  # noqa: DTZ007  the zone is put in below
        except ValueError:
            continue
        if "%H" not in form:
            return _day(moment.date(), zone, is_end)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    raise ValueError("of no form")


def _day(day: date, zone: ZoneInfo, is_end: bool) -> datetime:
    return datetime.combine(day + timedelta(days=is_end), time.min, zone).astimezone(UTC)
