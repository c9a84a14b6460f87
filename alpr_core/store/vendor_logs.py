"""Which accesses of a vendor's log are on record, and by whom they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.batches import batches
from alpr_core.store.tables import vendor_access


@dataclass(frozen=True, kw_only=True, slots=True)
class Logged:
    """An access that is on record.

    Attributes:
        entry: index of its ledger entry, which commits to who, what for and what.
        source: name of the data source.
        mark: what the access is known again by, within its source.
        digest: SHA-256 of what the log said of it.
        at: when it was, UTC.
        person_id: pseudonym, "" of somebody who is not known here.
    """

    entry: int
    source: str
    mark: str
    digest: str
    at: datetime
    person_id: str


class VendorLogs:
    """Those accesses inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source: str, marks: Collection[str]) -> dict[str, Logged]:
        """Return those of these accesses of a source that are on record, by their marks."""
        found: dict[str, Logged] = {}
        for some in batches(sorted(marks)):
            chosen = vendor_access.c.source == source, vendor_access.c.mark.in_(some)
            rows = self._connection.execute(sa.select(vendor_access).where(*chosen)).mappings()
            found |= {row["mark"]: Logged(**row) for row in rows}
        return found

    def add(self, accesses: Sequence[Logged]) -> None:
        """Store that these are on record."""
        if accesses:
            self._connection.execute(sa.insert(vendor_access), [asdict(one) for one in accesses])

    def match(self, entry: int, person_id: str) -> None:
        """Note who an access was by, once that is known."""
        mine = vendor_access.c.entry == entry
        self._connection.execute(sa.update(vendor_access).where(mine).values(person_id=person_id))

    def newest(
        self,
        *,
        source: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
        person_id: str | None = None,
    ) -> Iterator[Logged]:
        """Yield those on record, the newest access first; an argument that is left out does not matter."""
        column = vendor_access.c
        conditions = [
            *([column.source == source] if source else []),
            *([column.at >= since] if since else []),
            *([column.at < until] if until else []),
            *([column.person_id == person_id] if person_id is not None else []),
        ]
        query = sa.select(vendor_access).where(*conditions).order_by(column.at.desc(), column.entry.desc())
        for row in self._connection.execute(query).mappings():
            yield Logged(**row)
