"""Moving what stands behind reads to other keys: to a hold's when it is held, to the access records' at its purge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.models import ReadKey
from alpr_core.store.access_records import ACCESS
from alpr_core.store.batches import batches
from alpr_core.store.keys import KeyStore
from alpr_core.store.tables import correction, hit, image, key_erasure, read, verification
from alpr_core.store.verifications import SIGHT
from alpr_ledger import store as ledger_store
from alpr_ledger import vault

EVIDENCE = "evidence"
"""The vault class of what is held: it lives until the hold has ended, and then as long as its read. Its keys are
called by it and the hold's number: ``evidence/3``."""

OF_READS = ("read/", f"{EVIDENCE}/")
"""What the IDs of the keys begin with that die with reads."""

_OF_A_READ = ("plate", "record")
_OF_A_BATCH = "camera"
_OF_A_HIT = ("plate", "listed", "hotlist", "category")
_OF_A_CORRECTION = ("plate",)
_OF_A_VERIFICATION = ("plate",)

_NOTED = sa.select(key_erasure.c.key_id)

Place = tuple[int, str, int]


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
        for some in batches(keys):
            former |= self._rewrap(number, some)
            places = list(self._places(some))
            former |= self._sealed_under(places)
            vault.reseal(self._connection, places, EVIDENCE, self._keys, scope=str(number))
        self.may_go(former - {f"{EVIDENCE}/{number}"})

    def keep_outcome(self, entries: Collection[int], month: str) -> None:
        """Move the plates of hits that have an outcome to the access records of a month."""
        places = [(entry, "plate", 0) for entry in entries]
        vault.reseal(self._connection, places, ACCESS, self._keys, scope=month)

    def may_go(self, key_ids: Iterable[str]) -> None:
        """Note keys of which something is gone: they are erased once nothing needs them."""
        new = set(key_ids).difference(self._connection.scalars(_NOTED))
        if new:
            self._connection.execute(sa.insert(key_erasure), [{"key_id": one} for one in sorted(new)])

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
        for key_id in self._connection.scalars(_NOTED).all():
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
            key_id, wrapped = self._keys.wrap(EVIDENCE, str(number), key)
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
        """Yield where the values of reads, their hits, corrections and verifications by sight lie in the vault."""
        pairs = [(one.day, one.id) for one in keys]
        query = sa.select(read.c.entry, read.c.item).where(sa.tuple_(read.c.day, read.c.id).in_(pairs))
        for row in self._connection.execute(query):
            yield from ((row.entry, field, row.item) for field in _OF_A_READ)
            yield (row.entry, _OF_A_BATCH, 0)
        for table, fields in (
            (hit, _OF_A_HIT),
            (correction, _OF_A_CORRECTION),
            (verification, _OF_A_VERIFICATION),
        ):
            of_them: sa.ColumnElement[bool] = sa.tuple_(table.c.day, table.c.read_id).in_(pairs)
            if table is verification:  # what a query asked about is a record of the access
                of_them = sa.and_(of_them, table.c.kind == SIGHT)
            for entry in self._connection.scalars(sa.select(table.c.entry).where(of_them)):
                yield from ((entry, field, 0) for field in fields)

    def _sealed_under(self, places: Sequence[Place]) -> set[str]:
        rows = ledger_store.vault.c
        entries = sorted({entry for entry, _, _ in places})
        found: set[str] = set()
        for some in batches(entries):
            found |= set(
                self._connection.scalars(sa.select(rows.key_id).distinct().where(rows.idx.in_(some)))
            )
        return {key_id for key_id in found if key_id.startswith(OF_READS)}
