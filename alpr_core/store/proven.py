"""The time that the ledger proves to have passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.clock import trusted_now
from alpr_core.store.tables import proven_time
from alpr_ledger.entry import parse_time
from alpr_ledger.reader import Reader, StoredEntry

_BEFORE = 1000
"""Entries that are believed when the time is noted for the first time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What is proven.

    Attributes:
        at: the newest time that is, UTC.
        size: entries of the ledger that were looked at.
        trouble: what was the matter with the clock: "back", "leap", "" for nothing.
    """

    at: datetime
    size: int
    trouble: str = ""


class ProvenTime:
    """The proven time inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._ledger = Reader(connection)

    def newest_entry_at(self) -> datetime:
        """Return the time of the ledger's last entry."""
        return _time_of(self._ledger.entry(self._ledger.size() - 1))

    def stored(self) -> Mark | None:
        """Return what was noted last."""
        query = sa.select(proven_time.c.at, proven_time.c.size, proven_time.c.trouble)
        row = self._connection.execute(query).mappings().first()
        return None if row is None else Mark(**row)

    def mark(self, longest_silence: timedelta) -> Mark:
        """Return what is proven by what was noted and the entries since.

        An entry proves its time unless it is further ahead of the one before than the longest silence: whatever a
        clock that leapt has written proves nothing.
        """
        size, stored = self._ledger.size(), self.stored()
        if stored is None:
            first = max(0, size - _BEFORE)
            return Mark(at=max(map(_time_of, self._ledger.entries(first, size - 1))), size=size)
        at = stored.at
        for entry in self._ledger.entries(stored.size, size - 1):
            at = trusted_now(_time_of(entry), at, longest_silence).at
        return Mark(at=at, size=size, trouble=stored.trouble)

    def note(self, mark: Mark) -> None:
        """Note what is proven."""
        values = {"at": mark.at, "size": mark.size, "trouble": mark.trouble}
        if not self._connection.execute(sa.update(proven_time).values(values)).rowcount:
            self._connection.execute(sa.insert(proven_time).values(id=1, **values))


def _time_of(entry: StoredEntry) -> datetime:
    return parse_time(str(entry.body["t"]))
