"""The names that other systems have for the reads that came from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import ReadKey
from alpr_core.store.batches import batches
from alpr_core.store.tables import foreign_read


class ForeignReads:
    """Those names inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source: str, ids: Collection[str]) -> set[str]:
        """Return which of these names of a source's reads are stored."""
        found: set[str] = set()
        for some in batches(sorted(ids)):
            chosen = foreign_read.c.source == source, foreign_read.c.foreign_id.in_(some)
            found |= set(self._connection.scalars(sa.select(foreign_read.c.foreign_id).where(*chosen)))
        return found

    def add(self, source: str, names: Mapping[str, ReadKey]) -> None:
        """Store what a source calls these reads."""
        rows = [
            {"day": key.day, "read_id": key.id, "source": source, "foreign_id": name}
            for name, key in names.items()
        ]
        if rows:
            self._connection.execute(sa.insert(foreign_read), rows)
