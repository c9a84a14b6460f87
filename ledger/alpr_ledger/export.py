"""Writing a ledger as static files (C2SP tlog-tiles), and adding to them what is new.

Bundles and tiles first, the checkpoint last, so that whoever reads at any moment finds a whole tree under the
checkpoint that he finds. What is written is hashed again: no checkpoint is published over other bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from . import tiles
from .checkpoint import Checkpoint
from .entry import MAX_ENTRY
from .errors import VerificationError
from .merkle import EMPTY_ROOT, HASH, TILE_HEIGHT, CompletedNode, Frontier, leaf_hash
from .note import MAX_NOTE
from .source import EntryRow, Source, newest_checkpoint, read_checkpoint
from .storage import Storage, open_storage
from .text import encode_base64
from .tiles import CHECKPOINT, MAX_STAMPS, STAMPED, WIDTH, WITNESSED, width_at

Progress = Callable[[int, int], None]
"""(entries done, entries in all)."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did.

    Attributes:
        size: number of entries that the export holds now.
        before: number that it held.
    """

    size: int
    before: int


def export(source: Source, target: str | Path, *, progress: Progress | None = None) -> Exported:
    """Write a ledger below `target`, or add to an export of it that is there what it lacks.

    Args:
        source: the ledger, from `open_source`.
        target: a folder, or a URL that fsspec opens (``s3://bucket/prefix``).
        progress: told now and then how far it is.

    Raises:
        VerificationError: there is an export of another ledger or of a fork; or the ledger itself is damaged.
            Its checkpoint is left as it was.
        SourceError: one of the two cannot be read or written.
    """
    storage = open_storage(str(target))
    note, newest = newest_checkpoint(source)
    with storage.alone():
        before = _published(storage, newest, source)
        if before.size < newest.size:
            _Walk(source, storage, before.size, newest).run(progress or _silent)
        _publish(source, storage, note, before.size, newest.size)
        _remove_partials(storage, before.size, newest.size)
    return Exported(newest.size, before.size)


class _Walk:
    """Writes the bundles and tiles between the size that was exported and the newest checkpoint."""

    def __init__(self, source: Source, storage: Storage, before: int, newest: Checkpoint) -> None:
        self._source = source
        self._storage = storage
        self._newest = newest
        # The bundle that was partial is written anew with what came: the walk begins at its first entry.
        self._frontier = _frontier(source, before - before % WIDTH)
        self._tiles: dict[tuple[int, int], bytearray] = {}

    def run(self, progress: Progress) -> None:
        size = self._newest.size
        for bundle in _bundles(self._source.entries(self._frontier.size, size)):
            self._write_bundle(self._frontier.size // WIDTH, bundle)
            progress(self._frontier.size, size)
        if self._frontier.size != size or self._frontier.root() != self._newest.root:
            raise VerificationError(
                f"the entries are not those that the checkpoint of size {size} was signed for; verify the ledger",
                expected=encode_base64(self._newest.root),
                got=f"{encode_base64(self._frontier.root())} over {self._frontier.size}",
            )
        for (level, n), hashes in self._tiles.items():
            self._storage.write(tiles.tile_path(level, n, len(hashes) // HASH), bytes(hashes))

    def _write_bundle(self, n: int, entries: list[bytes]) -> None:
        for at, entry in enumerate(entries, n * WIDTH):
            if not isinstance(entry, bytes) or len(entry) > MAX_ENTRY:
                raise VerificationError(f"it is not stored as at most {MAX_ENTRY} bytes", entry=at)
        leaves = [leaf_hash(entry) for entry in entries]
        self._storage.write(tiles.bundle_path(n, len(entries)), tiles.encode_bundle(entries))
        self._storage.write(tiles.tile_path(0, n, len(leaves)), b"".join(leaves))
        self._keep(self._frontier.extend(leaves))

    def _keep(self, completed: Iterable[CompletedNode]) -> None:
        """Collect what goes into the tiles above level 0, behind what they hold already."""
        for height, n, hash_ in completed:
            level, number = place = height // TILE_HEIGHT, n // WIDTH
            if place not in self._tiles:
                self._tiles[place] = bytearray(self._source.tile(level, number)[: n % WIDTH * HASH])
            self._tiles[place] += hash_


def _published(storage: Storage, newest: Checkpoint, source: Source) -> Checkpoint:
    """The checkpoint that the export has, which must be one of this ledger's past."""
    note = storage.read(CHECKPOINT, MAX_NOTE)
    if note is None:
        return Checkpoint(newest.origin, 0, EMPTY_ROOT)
    before = read_checkpoint(note, f"{storage.name}: {CHECKPOINT}")
    if before.origin != newest.origin:
        raise VerificationError(
            f"{storage.name}: there is an export of another ledger",
            expected=newest.origin,
            got=before.origin,
        )
    if before.size > newest.size:
        raise VerificationError(
            f"{storage.name}: the export holds more than the ledger: was the ledger restored from a backup?",
            entry=newest.size,
            expected=f"size {before.size}",
            got=f"size {newest.size}",
        )
    root = _frontier(source, before.size).root()
    if before.root != root:
        raise VerificationError(
            f"{storage.name}: the ledger is not a continuation of this export of {before.size} entries",
            expected=encode_base64(before.root),
            got=encode_base64(root),
        )
    return before


def _publish(source: Source, storage: Storage, note: bytes, before: int, size: int) -> None:
    """Write the checkpoint, once all that it stands for is durable; with what others said, if they said anything.

    The newest cosigned one, where that is older, is there at every moment, and never beyond the other.
    """
    cosigned, lines = _newest((size, line) for page in source.cosignatures() for size, line in page)
    older = _with_lines(_note_of(source, cosigned), lines) if cosigned and cosigned < size else b""
    if older and cosigned <= before:
        _write_new(storage, WITNESSED, older)
    stamped, tokens = _newest((size, token) for page in source.stamps() for size, _, token in page)
    for number, token in enumerate(tokens[:MAX_STAMPS], start=1):
        _write_new(storage, tiles.stamp_path(stamped, number), token)
    storage.sync()
    if stamped:
        _write_new(storage, STAMPED, _note_of(source, stamped))
    _write_new(storage, CHECKPOINT, _with_lines(note, lines) if cosigned == size else note)
    storage.sync()
    if older and cosigned > before:
        _write_new(storage, WITNESSED, older)
        storage.sync()


def _with_lines(note: bytes, lines: list[bytes]) -> bytes:
    return note + b"".join(line for line in lines if line not in note)


def _note_of(source: Source, size: int) -> bytes:
    return next((row[2] for page in source.checkpoints(size) for row in page), b"")


def _newest(rows: Iterable[tuple[int, bytes]]) -> tuple[int, list[bytes]]:
    """The largest size, which comes first, and what each row of it says; 0 where there is none.

    Rows are as found: what is no number and bytes is left to verification.
    """
    sound = (row for row in rows if isinstance(row[0], int) and isinstance(row[1], bytes))
    for size, same in groupby(sound, key=itemgetter(0)):
        return size, [said for _, said in same]
    return 0, []


def _write_new(storage: Storage, path: str, data: bytes) -> None:
    if storage.read(path, MAX_NOTE) != data:
        storage.write(path, data)


def _remove_partials(storage: Storage, before: int, size: int) -> None:
    """Take the partial forms away of what is full now: who looks for one finds the full one."""
    level = 0
    while before:
        n = before // WIDTH
        if before % WIDTH and width_at(n, size) == WIDTH:
            storage.remove(f"{tiles.tile_path(level, n)}.p")
            if level == 0:
                storage.remove(f"{tiles.bundle_path(n)}.p")
        before, size, level = before // WIDTH, size // WIDTH, level + 1


def _bundles(pages: Iterator[list[EntryRow]]) -> Iterator[list[bytes]]:
    """The entries by 256."""
    pending: list[bytes] = []
    for page in pages:
        pending += [row[1] for row in page]
        while len(pending) >= WIDTH:
            yield pending[:WIDTH]
            del pending[:WIDTH]
    if pending:
        yield pending


def _frontier(source: Source, size: int) -> Frontier:
    """The frontier of the first `size` entries, from the source's tiles."""
    nodes, end = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hash_ = tiles.node(source.tile, level, end >> level)
            if hash_ is None:
                raise VerificationError("the tiles are shorter than the ledger: verify it", entry=end)
            nodes.append(hash_)
            end += 1 << level
    return Frontier(size, nodes)


def _silent(_done: int, _total: int) -> None:
    pass
