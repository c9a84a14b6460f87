"""Settings that were accepted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import Row, accepted_settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Accepted:
    """Settings that were accepted.

    Attributes:
        entry: index of the ledger entry that says so.
        digest: of the document.
        text: the document.
        at: when, UTC.
        person: pseudonym of who accepted them.
        second: pseudonym of who agreed; "" where nobody had to.
    """

    entry: int
    digest: str
    text: str
    at: datetime
    person: str
    second: str = ""

    @property
    def document(self) -> Mapping[str, Any]:
        """The document as JSON values."""
        found: Mapping[str, Any] = json.loads(self.text)
        return found


class AcceptedSettings:
    """The accepted settings inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def newest(self) -> Accepted | None:
        """Return those accepted last, None if none ever were."""
        row = self._connection.execute(_NEWEST).mappings().first()
        return None if row is None else _as_accepted(row)

    def digest(self) -> str:
        """Return the digest of those accepted last, "" if none ever were."""
        return self._connection.scalar(_DIGEST) or ""

    def all(self) -> list[Accepted]:
        """Return everything that was ever accepted, oldest first."""
        rows = self._connection.execute(sa.select(accepted_settings).order_by(accepted_settings.c.entry))
        return [_as_accepted(row) for row in rows.mappings()]

    def add(self, one: Accepted) -> None:
        """Store what an entry of this transaction accepts."""
        self._connection.execute(
            sa.insert(accepted_settings).values(
                entry=one.entry,
                digest=one.digest,
                document=one.text,
                accepted_at=one.at,
                person_id=one.person,
                second_id=one.second,
            )
        )


def _as_accepted(row: Row) -> Accepted:
    return Accepted(
        entry=row["entry"],
        digest=row["digest"],
        text=row["document"],
        at=row["accepted_at"],
        person=row["person_id"],
        second=row["second_id"],
    )


_NEWEST = sa.select(accepted_settings).order_by(accepted_settings.c.entry.desc()).limit(1)
_DIGEST = sa.select(accepted_settings.c.digest).order_by(accepted_settings.c.entry.desc()).limit(1)
"""Every act asks this: it is built once."""
