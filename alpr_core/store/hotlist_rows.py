"""Hotlist entries as the database takes them: packed before a transaction, stored by the driver alone."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from alpr_core import plates
from alpr_core.models import HotlistEntry
from alpr_core.store.tables import hotlist_entry

BATCH = 5_000
"""Rows of one INSERT."""

PackedRow = tuple[Any, ...]
"""An entry as `PACKED` orders its columns."""

PACKED = (
    "plate",
    "skeleton",
    "wildcard",
    "state",
    "category",
    "priority",
    "effective",
    "expires",
    "added_by",
    "reason",
    "case_number",
    "fields",
    "origin",
)
"""The columns of an entry."""


_SKELETON = itemgetter(PACKED.index("skeleton"))


class PackedEntries:
    """Entries as the database takes them: packed before the transaction, at a third of their size in memory.

    Attributes:
        rows: one for each entry.
    """

    def __init__(self, entries: Iterable[HotlistEntry] = ()) -> None:
        self.rows: list[PackedRow] = []
        self._texts: dict[str, str] = {}
        for entry in entries:
            self.add(entry)

    def __len__(self) -> int:
        return len(self.rows)

    def add(self, entry: HotlistEntry) -> None:
        """Pack one more."""
        skeleton = plates.skeleton(entry.plate)
        self.rows.append(
            (
                entry.plate,
                entry.plate if skeleton == entry.plate else skeleton,
                plates.is_partial(entry.plate),
                self._shared(entry.state),
                self._shared(entry.category),
                entry.priority,
                entry.effective,
                entry.expires,
                self._shared(entry.added_by),
                self._shared(entry.reason),
                entry.case_number,
                json.dumps(dict(entry.fields)) if entry.fields else "{}",
                str(entry.origin),
            )
        )

    def sort(self) -> None:
        """Bring the entries into the order of the index: a million of them are then stored three times as fast."""
        self.rows.sort(key=_SKELETON)

    def _shared(self, text: str) -> str:
        """Return the one object for a text that a million entries may repeat."""
        if len(self._texts) < 10_000:
            return self._texts.setdefault(text, text)
        return self._texts.get(text, text)


def insert_rows(connection: Connection, generation: int, rows: Sequence[PackedRow]) -> None:
    """Store packed entries in a generation."""
    stored = _stored_time(connection.dialect)
    given = (
        (
            generation,
            *row[:_FIRST_TIME],
            *map(stored, row[_FIRST_TIME:_AFTER_TIMES]),
            *row[_AFTER_TIMES:],
        )
        for row in rows
    )
    if connection.dialect.name == "postgresql":
        _copy(connection, given)
        return
    while some := list(itertools.islice(given, BATCH)):
        connection.exec_driver_sql(_INSERT_SQLITE, some)


def _copy(connection: Connection, rows: Iterable[PackedRow]) -> None:
    """Store rows by COPY, inside the connection's transaction.

    Raises:
        DBAPIError: as SQLAlchemy raises it where a statement goes through it.
    """
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101  a connection that was handed out has one
    try:
        with driver.cursor() as cursor, cursor.copy(_COPY) as copy:
            for row in rows:
                copy.write_row(row)
    except connection.dialect.loaded_dbapi.Error as error:
        raise DBAPIError.instance(
            _COPY, None, error, connection.dialect.loaded_dbapi.Error, dialect=connection.dialect
        ) from error


_NAMES = ", ".join(["generation_id", *PACKED])
_FIRST_TIME, _AFTER_TIMES = PACKED.index("effective"), PACKED.index("expires") + 1
_TIME = hotlist_entry.c.effective.type

# By the driver alone: for a million lines SQLAlchemy's handling of each value would take longer than the insert.
_INSERT_SQLITE = f"INSERT INTO hotlist_entry ({_NAMES}) VALUES (?{', ?' * len(PACKED)})"  # noqa: S608
_COPY = f"COPY hotlist_entry ({_NAMES}) FROM STDIN"


def _stored_time(dialect: Dialect) -> Callable[[datetime | None], object]:
    """Return what makes of a time what the driver takes."""
    processor: Callable[[datetime | None], object] | None = _TIME.dialect_impl(dialect).bind_processor(
        dialect
    )
    return processor or (lambda moment: moment)
