"""Reading a ledger in its database: entries, checkpoints, and proofs in O(log n)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, select

from . import merkle, store
from .entry import parse_entry
from .errors import StoreError
from .merkle import HASH, TILE_HEIGHT
from .proof import TlogProof

_PAGE = 1000
_TILE_WIDTH = 1 << TILE_HEIGHT


@dataclass(frozen=True, slots=True)
class StoredEntry:
    """An entry as stored.

    Attributes:
        idx: its index.
        data: its bytes.
        leaf: its leaf hash.
        req: its request id, where it has one.
    """

    idx: int
    data: bytes
    leaf: bytes
    req: str | None

    @property
    def body(self) -> dict[str, object]:
        """What was recorded, strictly parsed.

        Raises:
            EntryError: the stored bytes are no canonical entry.
        """
        return parse_entry(self.data).body


class Reader:
    """Reads one ledger through the caller's connection; writes and locks nothing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], bytes] = {}

    def size(self) -> int:
        """The number of entries."""
        return store.read_head(self._connection).size

    def entry(self, idx: int) -> StoredEntry:
        """One entry.

        Raises:
            StoreError: there is no such entry.
        """
        row = self._connection.execute(_ENTRIES.where(store.entry.c.idx == idx)).one_or_none()
        if row is None:
            raise StoreError(f"the ledger has no entry {idx}")
        return _stored(*row)

    def entries(
        self, first: int = 0, last: int | None = None, *, kind: str | None = None, newest_first: bool = False
    ) -> Iterator[StoredEntry]:
        """Entries `first` to `last`, both included, page by page; of one kind where that is given.

        Raises:
            LedgerError: one is not what was written.
        """
        at, end = first, self.size() - 1 if last is None else last
        mark = None if kind is None else b'"kind":"%b"' % kind.encode("utf-8")
        column = store.entry.c.idx
        while at <= end:
            page = _ENTRIES.where(column.between(at, end)).limit(_PAGE)
            rows = self._connection.execute(page.order_by(column.desc() if newest_first else column)).all()
            if not rows:
                return
            for row in rows:
                # The bytes tell most entries of other kinds apart, long before they are parsed.
                found = _stored(*row)
                if mark is None or (mark in found.data and found.body.get("kind") == kind):
                    yield found
            if newest_first:
                end = rows[-1][0] - 1
            else:
                at = rows[-1][0] + 1

    def count(self, kind: str | None = None) -> int:
        """The number of entries; of one kind where that is given."""
        return self.size() if kind is None else sum(1 for _ in self.entries(kind=kind))

    def checkpoint(self, size: int | None = None) -> bytes:
        """The signed note over the first `size` entries; of the whole ledger when None.

        Raises:
            StoreError: no commit ended at that size.
        """
        size = self.size() if size is None else size
        note = self._connection.scalar(select(store.checkpoint.c.note).where(store.checkpoint.c.size == size))
        if note is None:
            raise StoreError(f"no checkpoint was signed at size {size}: no commit ended there")
        return bytes(note)

    def checkpoint_sizes(self, first: int = 0, last: int | None = None) -> list[int]:
        """The sizes at which checkpoints were signed, ascending."""
        column = store.checkpoint.c.size
        query = select(column).where(column >= first).order_by(column)
        return list(self._connection.scalars(query if last is None else query.where(column <= last)))

    def covering(self, idx: int) -> int:
        """The size of the first checkpoint that covers entry `idx`.

        Raises:
            StoreError: none does.
        """
        column = store.checkpoint.c.size
        size = self._connection.scalar(select(func.min(column)).where(column > idx))
        if size is None:
            raise StoreError(f"no checkpoint covers entry {idx}")
        return int(size)

    def key_ranges(self) -> list[tuple[str, int, int | None]]:
        """Each key's verifier key with its first and last size, oldest first; the last one is current."""
        column = store.keyring.c
        query = select(column.vkey, column.first_size, column.last_size).order_by(column.first_size)
        return [(vkey, first, last) for vkey, first, last in self._connection.execute(query)]

    def root(self, size: int) -> bytes:
        """The root of the tree over the first `size` entries, computed from the tiles."""
        return merkle.range_root(0, size, self._node) if size else merkle.EMPTY_ROOT

    def inclusion_proof(self, idx: int, size: int | None = None) -> list[bytes]:
        """The audit path of entry `idx` in the tree over the first `size` entries.

        Raises:
            ProofError: that tree has no such entry.
            StoreError: the ledger is not that long, or its tables were altered.
        """
        return merkle.inclusion_proof(idx, self._within(size), self._node)

    def consistency_proof(self, size1: int, size2: int | None = None) -> list[bytes]:
        """The proof that the ledger of `size1` entries is a prefix of that of `size2`.

        Raises:
            ProofError: `size1` is the larger.
            StoreError: the ledger is not that long, or its tables were altered.
        """
        return merkle.consistency_proof(size1, self._within(size2), self._node)

    def prove(self, idx: int, size: int | None = None) -> TlogProof:
        """A proof that stands on its own: index, path, and the signed checkpoint of `size`.

        Raises:
            ProofError: that tree has no such entry.
            StoreError: no checkpoint was signed at that size.
        """
        size = self._within(size)
        path = merkle.inclusion_proof(idx, size, self._node)
        return TlogProof(idx, tuple(path), self.checkpoint(size))

    def receipt(self, idx: int, size: int | None = None) -> TlogProof:
        """The same with the entry's bytes in it: one file is enough.

        Raises:
            ProofError: that tree has no such entry.
            StoreError: no checkpoint was signed at that size.
        """
        return replace(self.prove(idx, size), extra=self.entry(idx).data)

    def _within(self, size: int | None) -> int:
        whole = self.size()
        if size is None:
            return whole
        if not 0 <= size <= whole:
            raise StoreError(f"the ledger has {whole} entries, not {size}")
        return size

    def _node(self, level: int, n: int) -> bytes:
        """Hash of a complete subtree, folded from at most one tile."""
        tile_level, above = divmod(level, TILE_HEIGHT)
        first = n << above  # the first hash of the tile's level that lies under this node
        tile, start = divmod(first, _TILE_WIDTH)
        hashes = self._tile(tile_level, tile)[start * HASH : (start + (1 << above)) * HASH]
        if len(hashes) != HASH << above:
            raise StoreError(f"tile {tile_level}/{tile} is shorter than the ledger: the tables were altered")
        return merkle.fold([hashes[at : at + HASH] for at in range(0, len(hashes), HASH)])

    def _tile(self, level: int, n: int) -> bytes:
        tile = self._tiles.get((level, n))
        if tile is None:
            tile = self._leaves(n) if level == 0 else self._stored_tile(level, n)
            self._tiles[level, n] = tile
        return tile

    def _leaves(self, n: int) -> bytes:
        first, end = n * _TILE_WIDTH, (n + 1) * _TILE_WIDTH
        if self._connection.dialect.name == "postgresql":  # there, rows cost more than what is in them
            joined = self._connection.exec_driver_sql(_LEAVES_POSTGRESQL, (first, end)).scalar()
            return bytes(joined or b"")
        return b"".join(self._connection.exec_driver_sql(_LEAVES_SQLITE, (first, end)).scalars())

    def _stored_tile(self, level: int, n: int) -> bytes:
        tile = store.tile.c
        hashes = self._connection.scalar(select(tile.hashes).where(tile.level == level, tile.n == n))
        return bytes(hashes or b"")


_LEAVES_SQLITE = "SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx"
_LEAVES_POSTGRESQL = "SELECT string_agg(leaf, ''::bytea ORDER BY idx) FROM entry WHERE idx >= %s AND idx < %s"
_ENTRIES = select(store.entry.c.idx, store.entry.c.bytes, store.entry.c.leaf, store.entry.c.req)


def _stored(idx: int, data: bytes, leaf: bytes, req: str | None) -> StoredEntry:
    if not (isinstance(data, bytes | memoryview) and isinstance(leaf, bytes | memoryview)):
        raise StoreError(f"entry {idx}: its bytes are stored as something else: the tables were altered")
    return StoredEntry(idx, bytes(data), bytes(leaf), req)
