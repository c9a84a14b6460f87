"""The values behind access records: what was searched for, why, for which case. They lie under their month's key."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import hit_outcome
from alpr_ledger import store as ledger_store

ACCESS = "access"
"""Their vault class, and the first part of their keys' IDs."""


class AccessRecords:
    """The access records inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def destroy(self, month: str) -> int:
        """Delete the values of a month, ``2026-11``, and outcomes whose plates are among them; return how many."""
        vault = ledger_store.vault
        mine = vault.c.key_id == f"{ACCESS}/{month}"
        entries = sa.select(vault.c.idx).where(mine)
        self._connection.execute(sa.delete(hit_outcome).where(hit_outcome.c.entry.in_(entries)))
        gone: int = self._connection.execute(sa.delete(vault).where(mine)).rowcount
        return gone
