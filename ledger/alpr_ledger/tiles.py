"""C2SP tlog-tiles v0.1.0: a ledger as a tree of static files, which any web server serves.

Below a prefix lie ``checkpoint``, ``tile/<L>/<N>`` with the hashes of 256 complete subtrees of 256^L entries,
and ``tile/entries/<N>`` with 256 entries. The last of each row is partial and named for its width. Pure: the
paths and the bytes; `storage` reads and writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .entry import MAX_ENTRY
from .errors import VerificationError
from .merkle import HASH, TILE_HEIGHT, fold

WIDTH = 1 << TILE_HEIGHT
"""Hashes of a full tile, entries of a full bundle."""
CHECKPOINT = "checkpoint"
WITNESSED = "checkpoint.witnessed"
"""Ours: the newest checkpoint that a witness cosigned, where ``checkpoint`` is a newer one."""
STAMPED = "checkpoint.stamped"
"""Ours: the newest checkpoint that a time-stamping authority stamped."""
MAX_STAMPS = 16
"""Authorities that stamp one checkpoint, at most."""
MAX_BUNDLE = WIDTH * (2 + MAX_ENTRY)
_LENGTH = 2


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """The path of tile `n` of a level, holding `width` hashes."""
    return f"tile/{level}/{_number(n)}{_partial(width)}"


def bundle_path(n: int, width: int = WIDTH) -> str:
    """The path of entry bundle `n`, holding `width` entries."""
    return f"tile/entries/{_number(n)}{_partial(width)}"


def stamp_path(size: int, number: int) -> str:
    """The path of a time-stamp token over the checkpoint of `size`; those of several authorities count from 1."""
    return f"timestamp/{size}.{number}.tst"


def width_at(n: int, count: int) -> int:
    """How much tile `n` of a row of `count` hashes or entries holds."""
    return min(WIDTH, count - n * WIDTH)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Each entry after its length, big-endian in two bytes."""
    return b"".join(len(entry).to_bytes(_LENGTH, "big") + entry for entry in entries)


def decode_bundle(data: bytes, n: int, width: int) -> list[bytes]:
    """The `width` entries of bundle `n`.

    Raises:
        VerificationError: it holds more, fewer or cut ones.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        if at > len(data):
            break
        entries.append(data[start:at])
    if at != len(data) or len(entries) != width:
        raise VerificationError(
            f"{bundle_path(n, width)} does not hold whole entries in the number that the checkpoint asks for",
            entry=n * WIDTH + min(len(entries), width),
            expected=width,
            got=f"{len(entries)} whole ones",
        )
    return entries


def node(tile: Callable[[int, int], bytes], level: int, n: int) -> bytes | None:
    """The hash of a complete subtree, folded from one tile; None where that tile is too short.

    Args:
        tile: gives tile n of a level: at most 256 hashes, one after another.
        level: of the subtree in the tree: it is over 2^level leaves.
        n: its number in that level.
    """
    tile_level, above = divmod(level, TILE_HEIGHT)
    number, start = divmod(n << above, WIDTH)  # of the tile's hashes, the first that lies under this subtree
    hashes = tile(tile_level, number)[start * HASH : (start + (1 << above)) * HASH]
    if len(hashes) != HASH << above:
        return None
    return fold([hashes[at : at + HASH] for at in range(0, len(hashes), HASH)])


def _number(n: int) -> str:
    """Groups of three digits, all but the last with an x before them: 1234067 is x001/x234/067."""
    groups = [f"{n % 1000:03}"]
    while n := n // 1000:
        groups.insert(0, f"x{n % 1000:03}")
    return "/".join(groups)


def _partial(width: int) -> str:
    return "" if width == WIDTH else f".p/{width}"
