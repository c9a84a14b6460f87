"""Moving what stands behind reads to other keys: to a hold's when it is held, to the access records' at its purge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import ReadKey
from alpr_core.store.keys import KeyStore
from alpr_core.store.tables import correction, hit, image, key_erasure, read
from alpr_ledger import store as ledger_store
from alpr_ledger import vault

EVIDENCE = "evidence"
"""The vault class of what is held: it lives until the hold has ended, and then as long as its read."""

HELD = "held"
"""First part of the IDs of holds' keys."""

_OF_A_READ = ("plate", "record")
_OF_A_BATCH = "camera"
_OF_A_HIT = ("plate", "listed", "hotlist", "category")
_OF_A_CORRECTION = ("plate",)
_CHUNK = 400

Place = tuple[int, str, int]


class HoldKeys:
    """The keys of a node, as the vault asks for them: what is held lies under its hold's own key.

    Args:
        keys: the node's.
    """

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def current(self, vault_class: str, scope: str) -> tuple[str, bytes]:
        """Return ID and key for new values; of evidence the scope is the hold's number."""
        return self._keys.current(HELD if vault_class == EVIDENCE else vault_class, scope)

    def get(self, key_id: str) -> bytes:
        """Return a key that exists."""
        return self._keys.get(key_id)

    def index_key(self, vault_class: str) -> bytes:
        """Return the key of the class's equality search."""
        return self._keys.index_key(vault_class)


class Evidence:
    """What stands behind reads, inside one transaction.

    Args:
        connection: the transaction's.
        keys: the node's.
    """

    def __init__(self, connection: Connection, keys: KeyStore) -> None:
        self._connection = connection
        self._keys = keys

    def hold(self, number: int, keys: Sequence[ReadKey]) -> None:
        """Take image keys and vault values of reads under a hold's own key.

        Raises:
            StoreError: an image's key was changed.
            KeyDestroyed: a key is gone: what it sealed is beyond holding.
        """
        former: set[str] = set()
        for some in _chunks(keys):
            former |= self._rewrap(number, some)
            places = list(self._places(some))
            former |= self._sealed_under(places)
            vault.reseal(self._connection, places, EVIDENCE, HoldKeys(self._keys), scope=str(number))
        self.may_go(former - {f"{HELD}/{number}"})

    def keep_outcome(self, entries: Collection[int], month: str) -> None:
        """Move the plates of hits that have an outcome to the access records of a month."""
        places = [(entry, "plate", 0) for entry in entries]
        vault.reseal(self._connection, places, "access", self._keys, scope=month)

    def may_go(self, key_ids: Iterable[str]) -> None:
        """Note keys of which something is gone: they are erased once nothing needs them."""
        wanted = set(key_ids)
        known = set(
            self._connection.scalars(sa.select(key_erasure.c.key_id).where(key_erasure.c.key_id.in_(wanted)))
        )
        if wanted - known:
            self._connection.execute(
                sa.insert(key_erasure), [{"key_id": one} for one in sorted(wanted - known)]
            )

    def is_unfinished(self) -> bool:
        """Return whether keys are noted that may have to be erased."""
        return self._connection.scalar(sa.select(key_erasure.c.key_id).limit(1)) is not None

    def erase_unneeded(self) -> int:
        """Erase the keys that were noted and that nothing needs any more; return how many.

        Only under the ledger's head lock, and once what they sealed is committed to be gone.

        Raises:
            StoreError: one cannot be erased.
        """
        erased = 0
        for key_id in self._connection.scalars(sa.select(key_erasure.c.key_id)).all():
            if not self._is_needed(key_id):
                self._keys.erase(key_id)
                erased += 1
            self._connection.execute(sa.delete(key_erasure).where(key_erasure.c.key_id == key_id))
        return erased

    def _is_needed(self, key_id: str) -> bool:
        for column in (image.c.key_id, ledger_store.vault.c.key_id):
            if self._connection.scalar(sa.select(sa.literal(1)).where(column == key_id).limit(1)):
                return True
        return False

    def _rewrap(self, number: int, keys: Sequence[ReadKey]) -> set[str]:
        chosen = sa.tuple_(image.c.day, image.c.read_id).in_([(one.day, one.id) for one in keys])
        moved, former = [], set()
        for row in self._connection.execute(sa.select(image).where(chosen)):
            key = self._keys.unwrap(row.key_id, row.wrapped_key)
            key_id, wrapped = self._keys.wrap(HELD, str(number), key)
            former.add(row.key_id)
            moved.append(
                {
                    "of_day": row.day,
                    "of": row.read_id,
                    "of_kind": row.kind,
                    "key_id": key_id,
                    "wrapped_key": wrapped,
                }
            )
        if moved:
            mine = sa.and_(
                image.c.day == sa.bindparam("of_day"),
                image.c.read_id == sa.bindparam("of"),
                image.c.kind == sa.bindparam("of_kind"),
            )
            self._connection.execute(sa.update(image).where(mine), moved)
        return former

    def _places(self, keys: Sequence[ReadKey]) -> Iterable[Place]:
        """Yield where the values of reads, of their hits and of their corrections lie in the vault."""
        pairs = [(one.day, one.id) for one in keys]
        query = sa.select(read.c.entry, read.c.item).where(sa.tuple_(read.c.day, read.c.id).in_(pairs))
        for row in self._connection.execute(query):
            yield from ((row.entry, field, row.item) for field in _OF_A_READ)
            yield (row.entry, _OF_A_BATCH, 0)
        for table, fields in ((hit, _OF_A_HIT), (correction, _OF_A_CORRECTION)):
            of_them = sa.tuple_(table.c.day, table.c.read_id).in_(pairs)
            for entry in self._connection.scalars(sa.select(table.c.entry).where(of_them)):
                yield from ((entry, field, 0) for field in fields)

    def _sealed_under(self, places: Sequence[Place]) -> set[str]:
        rows = ledger_store.vault.c
        entries = sorted({entry for entry, _, _ in places})
        found: set[str] = set()
        for at in range(0, len(entries), _CHUNK):
            some = entries[at : at + _CHUNK]
            found |= set(
                self._connection.scalars(sa.select(rows.key_id).distinct().where(rows.idx.in_(some)))
            )
        return {key_id for key_id in found if key_id.startswith(("read/", f"{HELD}/"))}


def _chunks(keys: Sequence[ReadKey]) -> Iterable[Sequence[ReadKey]]:
    return (keys[at : at + _CHUNK] for at in range(0, len(keys), _CHUNK))
