"""Breaches of data, and files on misuse."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import breach, misuse


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A breach: what these accounts (none named: any) could see from ``since`` up to ``until`` was exposed.

    Attributes:
        found_at: when it was discovered, UTC.
        report_by: by when it is reported, UTC.
        people: pseudonyms.
        reported_by: pseudonym of who put it on record.
        referred_to: to whom it was reported, in words, "" while it was not.
        referred_at: when, UTC.
    """

    id: int = 0
    found_at: datetime
    report_by: datetime
    since: datetime
    until: datetime
    people: tuple[str, ...]
    summary: str
    reported_by: str
    referred_to: str = ""
    referred_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MisuseFile:
    """A file on use that was not authorised.

    Attributes:
        about: pseudonym of whose use it was.
        source: "denial", "finding" or "complaint".
        entry: index of the ledger entry that it is about, None if there is none.
        outcome: what came of it, in words, "" while it is open.
    """

    id: int = 0
    about: str
    source: str
    entry: int | None = None
    summary: str
    opened_by: str
    opened_at: datetime
    outcome: str = ""
    closed_by: str = ""
    closed_at: datetime | None = None


class Breaches:
    """Breaches and files on misuse inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Breach) -> int:
        """Store a breach, and return its number."""
        return self._insert(breach, {**asdict(one), "people": list(one.people)})

    def all(self) -> list[Breach]:
        """Return the breaches, newest first."""
        query = sa.select(breach).order_by(breach.c.id.desc())
        rows = self._connection.execute(query).mappings()
        return [Breach(**{**row, "people": tuple(row["people"])}) for row in rows]

    def refer(self, number: int, to: str, at: datetime) -> None:
        """Note to whom a breach was reported."""
        chosen = breach.c.id == number
        self._connection.execute(sa.update(breach).where(chosen).values(referred_to=to, referred_at=at))

    def open_file(self, one: MisuseFile) -> int:
        """Store a file on misuse, and return its number."""
        return self._insert(misuse, asdict(one))

    def files(self, *, not_about: str) -> list[MisuseFile]:
        """Return the files on misuse, newest first, but for those about one person."""
        query = sa.select(misuse).where(misuse.c.about != not_about).order_by(misuse.c.id.desc())
        return [MisuseFile(**row) for row in self._connection.execute(query).mappings()]

    def close_file(self, number: int, outcome: str, *, by: str, at: datetime) -> None:
        """Note what came of a file."""
        values = {"outcome": outcome, "closed_by": by, "closed_at": at}
        self._connection.execute(sa.update(misuse).where(misuse.c.id == number).values(values))

    def _insert(self, table: sa.Table, values: dict[str, Any]) -> int:
        del values["id"]
        key = self._connection.execute(sa.insert(table).values(values)).inserted_primary_key
        return int(key[0]) if key else 0
