"""The witnesses' cosignatures that the database keeps beside the ledger's checkpoints."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from alpr_ledger import cosigned
from alpr_ledger.cosignature import Cosignature
from alpr_ledger.note import Vkey
from alpr_ledger.source import CosignatureRow


class Cosignatures:
    """The cosignatures of one node's ledger, in one transaction.

    Args:
        connection: the transaction's.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, size: int, cosignature: Cosignature) -> None:
        """Keep a verified cosignature over the checkpoint of ``size``; of a witness's words for it, the first."""
        cosigned.save(self._connection, size, cosignature)

    def newest(self) -> list[CosignatureRow]:
        """Return the newest cosignature of each witness, the largest size first."""
        return cosigned.newest(self._connection)

    def newest_size(self, witness: Vkey) -> int:
        """Return the size that a witness confirmed last, as far as this database knows; 0 for none."""
        return cosigned.newest_size(self._connection, witness)

    def over(self, size: int) -> list[bytes]:
        """Return the signature lines of every witness over the checkpoint of ``size``."""
        return cosigned.over(self._connection, size)
