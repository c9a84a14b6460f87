"""Generations of hotlist entries that are not in force: written beside what is, and cleared away again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.hotlist_rows import PackedRow, insert_rows
from alpr_core.store.hotlists import begin_generation
from alpr_core.store.tables import hotlist, hotlist_entry, hotlist_generation

BATCH = {"sqlite": 2_500, "postgresql": 25_000}
"""Entries that are written, or cleared away, at a time: on SQLite a read that arrives waits for one batch."""


class Staging:
    """The generations that are not in force, inside one transaction. Nothing that it does changes what is matched.

    Args:
        connection: of the transaction.
        node: this node's name.
        process: this process's name.
        is_alive: says of a process of this node whether it still lives.
    """

    def __init__(
        self, connection: Connection, *, node: str, process: str, is_alive: Callable[[str], bool]
    ) -> None:
        self._connection = connection
        self._node = node
        self._process = process
        self._is_alive = is_alive

    @property
    def batch(self) -> int:
        """How many entries to write, or to clear away, in one transaction."""
        return BATCH[self._connection.dialect.name]

    def begin(self, at: datetime) -> int:
        """Begin a generation, and return its number; while this process lives, nobody clears it away."""
        return begin_generation(self._connection, node=self._node, process=self._process, at=at)

    def write(self, generation: int, rows: Sequence[PackedRow]) -> None:
        """Store entries in a generation that was begun here."""
        insert_rows(self._connection, generation, rows)

    def count(self) -> None:
        """Let PostgreSQL count the entries: else it plans for another table until it counts by itself."""
        if self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("ANALYZE hotlist_entry")

    def give_up(self, generation: int) -> None:
        """Leave a generation to whoever clears up next."""
        mine = sa.update(hotlist_generation).where(hotlist_generation.c.id == generation)
        self._connection.execute(mine.values(node=self._node, process=""))

    def leftovers(self) -> list[int]:
        """Return the generations that are to be cleared away: not in force, and nobody writes them any more.

        What a living process writes is left alone, and so is what another node does.
        """
        return self._left_over(sa.true())

    def _left_over(self, chosen: sa.ColumnElement[bool]) -> list[int]:
        generation = hotlist_generation.c
        is_in_force = sa.exists().where(hotlist.c.generation_id == generation.id)
        query = sa.select(generation.id, generation.process).where(
            chosen, ~is_in_force, generation.node.in_([self._node, ""])
        )
        found = self._connection.execute(query).all()
        return [number for number, process in found if not process or not self._is_alive(process)]

    def clear(self, generation: int, after: int = 0) -> int | None:
        """Delete a batch of one that `leftovers` named; with the last entries goes the generation.

        What it is now is looked up again: another process may have cleared it away since, and on SQLite a new
        generation then gets its number.

        Args:
            generation: its number.
            after: what was returned for the batch before: it is not looked for again among what is deleted already.

        Returns:
            Where the next batch begins; None when all is gone, or nothing of it is to be cleared any more.
        """
        if not self._left_over(hotlist_generation.c.id == generation):
            return None
        entry = hotlist_entry.c
        some = sa.select(entry.id).where(entry.generation_id == generation, entry.id > after)
        ids = self._connection.scalars(some.order_by(entry.id).limit(self.batch)).all()
        if ids:
            within = sa.and_(entry.generation_id == generation, entry.id > after, entry.id <= ids[-1])
            self._connection.execute(sa.delete(hotlist_entry).where(within))
        if len(ids) == self.batch:
            return int(ids[-1])
        gone = sa.delete(hotlist_generation).where(hotlist_generation.c.id == generation)
        self._connection.execute(gone)
        return None
