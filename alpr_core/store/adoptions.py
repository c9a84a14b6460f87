"""Policies that were adopted: by whom, and reviewed by which counsel."""

from __future__ import annotations

from dataclasses import asdict

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.programme import Adoption
from alpr_core.store.tables import adoption


class Adoptions:
    """The adoptions inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, digest: str) -> Adoption | None:
        """Return the newest adoption of the policy with this digest, None if nobody adopted it."""
        query = sa.select(adoption).where(adoption.c.policy_digest == digest).order_by(adoption.c.id.desc())
        row = self._connection.execute(query.limit(1)).mappings().first()
        if row is None:
            return None
        return Adoption(**{name: row[name] for name in Adoption.__dataclass_fields__})

    def add(self, one: Adoption) -> None:
        """Store an adoption."""
        self._connection.execute(sa.insert(adoption).values(**asdict(one)))
