"""Notices that could not be delivered: they wait here, and are tried again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import notice


@dataclass(frozen=True, kw_only=True, slots=True)
class Undelivered:
    """A notice that waits for one address.

    Attributes:
        kind: which notice.
        numbers: what is set into its text.
        via: the notifier.
        address: whom it is for.
        at: when it happened, UTC.
        tries: how often it was tried.
        id: 0 before it is stored.
    """

    kind: str
    numbers: Mapping[str, int]
    via: str
    address: str
    at: datetime
    tries: int = 1
    id: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """How many notices of a kind wait, and since when the oldest does."""

    kind: str
    count: int
    oldest: datetime


class Notices:
    """The notices that wait, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, several: Iterable[Undelivered]) -> None:
        """Store what could not be delivered."""
        rows = [
            {
                "kind": one.kind,
                "numbers": dict(one.numbers),
                "via": one.via,
                "address": one.address,
                "at": one.at,
                "tries": one.tries,
            }
            for one in several
        ]
        if rows:
            self._connection.execute(sa.insert(notice), rows)

    def next(self, limit: int) -> list[Undelivered]:
        """Return what is to be tried next: what was tried least, the oldest of it first."""
        query = sa.select(notice).order_by(notice.c.tries, notice.c.id).limit(limit)
        return [Undelivered(**row) for row in self._connection.execute(query).mappings()]

    def tried(self, numbers: Collection[int]) -> None:
        """Note that these were tried once more, in vain."""
        again = sa.update(notice).where(notice.c.id.in_(numbers)).values(tries=notice.c.tries + 1)
        self._connection.execute(again)

    def remove(self, numbers: Collection[int]) -> None:
        """Forget these: they are delivered, or nobody is to have them any more."""
        self._connection.execute(sa.delete(notice).where(notice.c.id.in_(numbers)))

    def waiting(self) -> list[Waiting]:
        """Return how many wait, by kind."""
        query = (
            sa.select(notice.c.kind, sa.func.count(), sa.func.min(notice.c.at))
            .group_by(notice.c.kind)
            .order_by(notice.c.kind)
        )
        return [
            Waiting(kind=kind, count=count, oldest=oldest)
            for kind, count, oldest in self._connection.execute(query)
        ]
