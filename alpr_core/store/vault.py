"""What stands behind the ledger's commitments, while it is kept: finding a value, and opening one commitment."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.errors import NotFound
from alpr_core.store.keys import KeyStore
from alpr_ledger import store, vault
from alpr_ledger.commitment import Commitment
from alpr_ledger.errors import KeyDestroyed, ValueDestroyed
from alpr_ledger.reader import Reader


@dataclass(frozen=True, slots=True)
class Kept:
    """A commitment of an entry whose value is still there.

    Attributes:
        field: the committed field.
        item: its place among the commitments of that field.
        vault_class: decides how long it is kept.
    """

    field: str
    item: int
    vault_class: str


class Vault:
    """The vault of one node, read in one transaction.

    Args:
        connection: the transaction's.
        keys: the node's.
    """

    def __init__(self, connection: Connection, keys: KeyStore) -> None:
        self._connection = connection
        self._keys = keys

    def kept(self, entry: int) -> list[Kept]:
        """Return which of an entry's commitments can still be opened."""
        rows = store.vault.c
        query = sa.select(rows.field, rows.item, rows.vault_class, rows.key_id).where(rows.idx == entry)
        return [
            Kept(row.field, row.item, row.vault_class)
            for row in self._connection.execute(query.order_by(rows.field, rows.item))
            if self._has_key(row.key_id)
        ]

    def open(self, entry: int, field: str, item: int) -> Commitment:
        """Return value and salt of one commitment, checked against the entry.

        Raises:
            NotFound: the entry has no such commitment, or its value was destroyed.
            LedgerError: the vault was altered.
        """
        try:
            return vault.open_value(self._connection, entry, field, self._keys, item=item)
        except (ValueDestroyed, KeyDestroyed) as error:
            raise NotFound(
                f"entry {entry}: {field} cannot be opened: it is not kept any more, or never was"
            ) from error

    def entries_with(self, value: str, *, vault_classes: frozenset[str], fields: frozenset[str]) -> set[int]:
        """Return the entries that committed to exactly this value, in one of the fields."""
        return {
            found.idx
            for vault_class in vault_classes
            for found in vault.find(self._connection, vault_class, value, self._keys)
            if found.field in fields
        }

    def was_searched(self, plate: str) -> bool:
        """Return whether a search for exactly this plate is on record, and its record still kept."""
        ledger = Reader(self._connection)
        found = self.entries_with(plate, vault_classes=frozenset({"access"}), fields=frozenset({"plate"}))
        return any(ledger.entry(entry).body.get("kind") == "search.run" for entry in found)

    def _has_key(self, key_id: str) -> bool:
        try:
            self._keys.get(key_id)
        except KeyDestroyed:
            return False
        return True
