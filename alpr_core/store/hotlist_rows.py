"""Hotlist entries as the database takes them: packed before a transaction, stored by the driver alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy.engine import Connection, Dialect

from alpr_core import plates
from alpr_core.models import HotlistEntry
from alpr_core.store.batches import batches
from alpr_core.store.tables import hotlist_entry

BATCH = 5_000
"""Rows of one INSERT."""

PackedRow = tuple[Any, ...]
"""An entry as `PACKED` orders its columns."""

PACKED = {
    "plate": "text",
    "skeleton": "text",
    "wildcard": "boolean",
    "state": "text",
    "category": "text",
    "priority": "integer",
    "effective": "timestamptz",
    "expires": "timestamptz",
    "added_by": "text",
    "reason": "text",
    "case_number": "text",
    "fields": "json",
    "origin": "text",
}
"""The columns of an entry, each with its type in PostgreSQL."""


_SKELETON = itemgetter(list(PACKED).index("skeleton"))


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
                entry.origin.value,
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
    dialect = connection.dialect
    stored = _stored_time(dialect)
    for batch in batches(rows, BATCH):
        given = [
            (
                generation,
                *row[:_FIRST_TIME],
                *map(stored, row[_FIRST_TIME:_AFTER_TIMES]),
                *row[_AFTER_TIMES:],
            )
            for row in batch
        ]
        if dialect.name == "sqlite":
            connection.exec_driver_sql(_INSERT_SQLITE, given)
        else:
            connection.exec_driver_sql(_INSERT_POSTGRESQL, tuple(map(list, zip(*given, strict=True))))


_NAMES = ", ".join(["generation_id", *PACKED])
_FIRST_TIME, _AFTER_TIMES = list(PACKED).index("effective"), list(PACKED).index("expires") + 1
_TIME = hotlist_entry.c.effective.type

# By the driver alone: for a million lines SQLAlchemy's handling of each value would take longer than the insert.
_INSERT_SQLITE = f"INSERT INTO hotlist_entry ({_NAMES}) VALUES (?{', ?' * len(PACKED)})"  # noqa: S608
_ARRAYS = ", ".join(f"%s::{kind}[]" for kind in ["bigint", *PACKED.values()])
_INSERT_POSTGRESQL = f"INSERT INTO hotlist_entry ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608


def _stored_time(dialect: Dialect) -> Callable[[datetime | None], object]:
    """Return what makes of a time what the driver takes."""
    processor: Callable[[datetime | None], object] | None = _TIME.dialect_impl(dialect).bind_processor(
        dialect
    )
    return processor or (lambda moment: moment)
