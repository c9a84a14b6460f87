"""Sends that were begun, so that one cut off before its outcome is found when the node starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import intent


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """A send whose effect was begun.

    Attributes:
        entry: index of its intent entry.
        kind: of that entry.
        node: the node that sends.
        process: the process that sends, as `presence` names it.
        started_at: UTC.
    """

    entry: int
    kind: str
    node: str
    process: str
    started_at: datetime


class Intents:
    """The intents inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, one: Intent) -> None:
        """Store that this send's effect may begin."""
        self._connection.execute(
            sa.insert(intent).values(
                entry=one.entry,
                kind=one.kind,
                node=one.node,
                process=one.process,
                started_at=one.started_at,
            )
        )

    def finish(self, entry: int, outcome_entry: int) -> None:
        """Store the outcome's entry beside its intent."""
        self._connection.execute(
            sa.update(intent).where(intent.c.entry == entry).values(outcome_entry=outcome_entry)
        )

    def open(self) -> list[Intent]:
        """Return the sends without an outcome, oldest first."""
        query = sa.select(intent).where(intent.c.outcome_entry.is_(None)).order_by(intent.c.entry)
        return [
            Intent(
                entry=row["entry"],
                kind=row["kind"],
                node=row["node"],
                process=row["process"],
                started_at=row["started_at"],
            )
            for row in self._connection.execute(query).mappings()
        ]
