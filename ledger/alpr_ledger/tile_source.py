"""An export as a ledger to verify: the same rows as from a database, read from its files.

An export holds each value once. What a database keeps beside an entry is taken from the tiles: the leaf hash
from level 0, the hash of the entry before from the hash to its left, the head from checkpoint and tiles.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property, lru_cache
from types import TracebackType
from typing import Self, TypeVar

from . import tiles
from .entry import GENESIS_PREV
from .errors import SourceError, VerificationError
from .merkle import HASH, TILE_HEIGHT
from .note import MAX_NOTE
from .source import CheckpointRow, CosignatureRow, EntryRow, HeadRow, StampRow, TileRow, read_checkpoint
from .storage import Storage, open_storage
from .tiles import CHECKPOINT, MAX_BUNDLE, MAX_STAMPS, STAMPED, WIDTH, WITNESSED, width_at
from .timestamp import MAX_TOKEN

_KEPT_TILES = 64
Fetched = TypeVar("Fetched")


class TileSource:
    """The tree under one checkpoint of an export.

    Args:
        target: its folder or URL, as `open_storage` takes it.

    Raises:
        SourceError: there is no export, or it cannot be reached.
        VerificationError: its checkpoint is malformed.
    """

    has_tables = False

    def __init__(self, target: str) -> None:
        self.target = target
        self._storage: Storage = open_storage(target)
        self._witnessed = self._note(
            WITNESSED
        )  # before the other, which an exporter never lets fall behind it
        newest = self._note(CHECKPOINT)
        if newest is None:
            raise SourceError(
                f"{self._storage.name}: not the folder of an export: it has no file {CHECKPOINT!r}. "
                "Of a node's folder, give the database file in it"
            )
        self._newest, self._size = newest, newest[0]
        self._tile = lru_cache(_KEPT_TILES)(self._read_tile)

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[list[EntryRow]]:
        """Bundles of the entries `first` .. `end` - 1 by ascending index."""
        end = self._size if end is None else min(end, self._size)
        if first >= end:
            return
        bundles = range(first // WIDTH, (end - 1) // WIDTH + 1)
        fetched = _ahead(self._bundle, bundles, self._storage.at_once)
        for n, (bundle, leaves) in zip(bundles, fetched, strict=True):
            start = n * WIDTH
            before = self.tile(0, n - 1)[-HASH:] if n else GENESIS_PREV
            hashes = [before, *(leaves[at : at + HASH] for at in range(0, len(leaves), HASH))]
            yield [
                (start + at, bundle[at], hashes[at + 1], hashes[at], None)
                for at in range(max(first - start, 0), min(end - start, len(bundle)))
            ]

    def checkpoints(self, first: int = 0) -> Iterator[list[CheckpointRow]]:
        """The newest stamped and the newest cosigned checkpoint, where they are others, and the newest of all."""
        rows = [row for row in self._checkpoints if row[0] >= first]
        if rows:
            yield rows

    def checkpoint_count(self) -> int:
        """The number of checkpoints in the export: one to three."""
        return len(self._checkpoints)

    def cosignatures(self) -> Iterator[list[CosignatureRow]]:
        """Pages of the signature lines beside the log's own, newest first."""
        notes = [self._newest] if self._witnessed is None else [self._witnessed, self._newest]
        for size, _, note in sorted(notes, reverse=True):
            text, _, lines = note.rpartition(b"\n\n")
            own = b"\xe2\x80\x94 " + text.partition(b"\n")[0] + b" "
            yield [(size, line) for line in lines.splitlines(keepends=True) if not line.startswith(own)]

    def stamps(self) -> Iterator[list[StampRow]]:
        """The time stamps over the newest stamped checkpoint."""
        stamped = self._stamped
        if stamped is None or stamped[0] > self._size:  # of a newer export than the one that is read
            return
        for number in range(1, MAX_STAMPS + 1):
            token = self._storage.read(tiles.stamp_path(stamped[0], number), MAX_TOKEN)
            if token is None:
                return
            yield [(stamped[0], "", token)]

    def tiles(self) -> Iterator[list[TileRow]]:
        """The tiles above level 0, by level and number."""
        level = 1
        while count := self._count(level):
            yield [(level, n, self.tile(level, n)) for n in range(-(-count // WIDTH))]
            level += 1

    def tile(self, level: int, n: int) -> bytes:
        """The hashes of one tile, as many as the checkpoint asks for.

        Raises:
            VerificationError: it is missing, or of another length.
        """
        return self._tile(level, n) if 0 <= n * WIDTH < self._count(level) else b""

    def head(self) -> HeadRow:
        """The head that a database would hold, from the tiles."""
        nodes, end = [], 0
        for level in reversed(range(self._size.bit_length())):
            if self._size >> level & 1:
                nodes.append(tiles.node(self.tile, level, end >> level) or b"")
                end += 1 << level
        last = self.tile(0, (self._size - 1) // WIDTH)[-HASH:] if self._size else GENESIS_PREV
        return self._size, last, b"".join(nodes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    @cached_property
    def _stamped(self) -> CheckpointRow | None:
        return self._note(STAMPED)

    @cached_property
    def _checkpoints(self) -> list[CheckpointRow]:
        """By size, read once: an export in use moves on. Of one size, the cosigned form comes before the stamped one.

        A cosigned one beyond the export tells of entries that were cut off, or of a fork. A stamped one may be
        beyond it for a moment: an exporter lays it down before the checkpoint.
        """
        witnessed, stamped = self._witnessed, self._stamped
        if witnessed and witnessed[0] == self._size and witnessed[1] != self._newest[1]:
            raise VerificationError(
                f"{WITNESSED} and {CHECKPOINT} are signed for two trees of size {self._size}",
                entry=self._size - 1,
                expected=witnessed[1].hex(),
                got=self._newest[1].hex(),
            )
        older = [stamped] if stamped and stamped[0] < self._size else []
        rows = [*older, *([witnessed] if witnessed else []), self._newest]
        return [row for _, row in sorted({row[0]: row for row in rows}.items())]

    def _note(self, path: str) -> CheckpointRow | None:
        data = self._storage.read(path, MAX_NOTE)
        if data is None:
            return None
        signed = read_checkpoint(data, f"{self._storage.name}: {path}")
        return signed.size, signed.root, data

    def _count(self, level: int) -> int:
        """How many complete subtrees a level of tiles holds."""
        return self._size >> (TILE_HEIGHT * level)

    def _read_tile(self, level: int, n: int) -> bytes:
        width, entry = width_at(n, self._count(level)), n * WIDTH << (TILE_HEIGHT * level)
        data, found = self._fetch(lambda w: tiles.tile_path(level, n, w), width, WIDTH * HASH, entry)
        if len(data) != found * HASH:
            raise VerificationError(
                f"{tiles.tile_path(level, n, found)} is of the wrong length",
                entry=entry,
                expected=f"{found * HASH} bytes",
                got=f"{len(data)} bytes",
            )
        return data[: width * HASH]

    def _bundle(self, n: int) -> tuple[list[bytes], bytes]:
        """Entry bundle `n`, and the level-0 tile of its leaf hashes."""
        width = width_at(n, self._size)
        data, found = self._fetch(lambda w: tiles.bundle_path(n, w), width, MAX_BUNDLE, n * WIDTH)
        return tiles.decode_bundle(data, n, found)[:width], self.tile(0, n)

    def _fetch(self, path: Callable[[int], str], width: int, limit: int, entry: int) -> tuple[bytes, int]:
        """A tile or bundle of at least this width, and its width: a newer export may have only the full one."""
        for held in dict.fromkeys((width, WIDTH)):
            data = self._storage.read(path(held), limit)
            if data is not None:
                return data, held
        raise VerificationError(f"{path(width)} is missing in the export", entry=entry)


def _ahead(
    fetch: Callable[[int], Fetched], numbers: Iterable[int], at_once: int
) -> Generator[Fetched, None, None]:
    """Fetch these one after another, some of them before they are asked for where the way is long."""
    if at_once == 1:
        yield from map(fetch, numbers)
        return
    with ThreadPoolExecutor(at_once) as pool:
        waiting: deque[Future[Fetched]] = deque()
        try:
            for n in numbers:
                waiting.append(pool.submit(fetch, n))
                if len(waiting) == at_once:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
