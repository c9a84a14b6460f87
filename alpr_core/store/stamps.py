"""The time stamps that the database keeps beside the ledger's checkpoints."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from alpr_ledger import stamped
from alpr_ledger.source import StampRow


class Stamps:
    """The time stamps of one node's ledger, in one transaction.

    Args:
        connection: the transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, size: int, authority: str, token: bytes) -> None:
        """Keep a verified token over the checkpoint of `size`; of one authority the first of a size stays."""
        stamped.save(self._connection, size, authority, token)

    def newest(self) -> list[StampRow]:
        """The newest token of each authority, the largest size first."""
        return stamped.newest(self._connection)
