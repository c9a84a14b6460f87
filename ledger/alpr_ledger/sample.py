"""A random sample of a ledger: some of its entry bundles, each proved to lie in the tree that was signed.

A full verification reads every entry. Between two of those a sample is cheap, and the department cannot know
which bundles it will ask for: whoever altered one in a hundred is found by 300 bundles with 95 %.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from . import merkle, tiles
from .checkpoint import Checkpoint
from .content import check_range
from .entry import parse_entry, tail
from .errors import EntryError, VerificationError
from .merkle import leaf_hash
from .note import Vkey, parse_note, verify_note
from .source import Source, newest_checkpoint
from .text import encode_base64
from .tiles import WIDTH, width_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What a sample found in order.

    Attributes:
        origin: the ledger's name.
        vkey: the key that signed the newest checkpoint.
        size: number of entries under it.
        root: Merkle root over them.
        bundles: numbers of the bundles that were read: bundle n is entries 256 n to 256 n + 255.
        entries: how many entries that were.
    """

    origin: str
    vkey: str
    size: int
    root: bytes
    bundles: tuple[int, ...]
    entries: int

    def lines(self) -> list[str]:
        """The report for a person."""
        return [
            f"ledger    {self.origin}",
            f"size      {self.size:,} entries, root {encode_base64(self.root)}",
            f"key       {self.vkey}",
            f"sample    {self.entries:,} entries in {len(self.bundles):,} bundles: canonical, fields as declared,",
            "          and each in its place in the tree that was signed",
            f"sampled, not complete: {self.size - self.entries:,} entries were not read",
        ]

    def as_json(self) -> dict[str, object]:
        """The report for a program."""
        return {
            "verified": True,
            "complete": False,
            "origin": self.origin,
            "vkey": self.vkey,
            "size": self.size,
            "root": encode_base64(self.root),
            "bundles": list(self.bundles),
            "entries": self.entries,
        }


def sample(
    source: Source,
    bundles: int,
    *,
    vkey: str,
    chance: random.Random | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Sample:
    """Check random bundles of 256 entries against the newest checkpoint.

    Args:
        source: the ledger, from `open_source`.
        bundles: how many; all, where there are fewer.
        vkey: the verifier key that signs now, which the caller holds.
        chance: chooses the bundles; the operating system's, if not given.
        progress: told now and then how far it is.

    Raises:
        VerificationError: something is not what was signed; it says which entry.
        SourceError: the ledger cannot be read.
        KeyRefused: `vkey` is malformed.
    """
    key = Vkey.parse(vkey)
    note, signed = newest_checkpoint(source)
    verify_note(parse_note(note), [key])
    if signed.origin != key.name:
        raise VerificationError("the checkpoint is of another ledger", expected=key.name, got=signed.origin)
    there = range(-(-signed.size // WIDTH))
    chosen = sorted((chance or random.SystemRandom()).sample(there, min(bundles, len(there))))
    entries = 0
    for n in chosen:
        entries += _check_bundle(source, n, signed)
        if progress:
            progress("sample", entries, len(chosen) * WIDTH)
    return Sample(
        origin=signed.origin,
        vkey=str(key),
        size=signed.size,
        root=signed.root,
        bundles=tuple(chosen),
        entries=entries,
    )


def _check_bundle(source: Source, n: int, signed: Checkpoint) -> int:
    first = n * WIDTH
    leaves = _leaves(source, first, width_at(n, signed.size))

    def node(level: int, number: int) -> bytes:
        # The bundle's own tile is made from its entries: below the path of its first entry lie all the others,
        # so that one proof is one of the whole bundle.
        hash_ = tiles.node(lambda *at: b"".join(leaves) if at == (0, n) else source.tile(*at), level, number)
        if hash_ is None:
            raise VerificationError("the tiles are shorter than the ledger", entry=number << level)
        return hash_

    path = merkle.inclusion_proof(first, signed.size, node)
    merkle.verify_inclusion(first, signed.size, leaves[0], path, signed.root)
    check_range(source, first, first + len(leaves), lambda _: None)
    return len(leaves)


def _leaves(source: Source, first: int, width: int) -> list[bytes]:
    """The leaf hashes of a bundle's entries, each of which names its place and the entry before it."""
    leaves: list[bytes] = []
    for page in source.entries(first, first + width):
        for _, data, *_ in page:
            idx = first + len(leaves)
            if not isinstance(data, bytes):
                raise VerificationError("its bytes are stored as something else", entry=idx)
            if not leaves:
                _check_place(data, idx)
            elif not data.endswith(tail(leaves[-1], idx)):
                raise VerificationError(
                    "it does not follow the entry before",
                    entry=idx,
                    expected=tail(leaves[-1], idx),
                    got=data[-len(tail(leaves[-1], idx)) :],
                )
            leaves.append(leaf_hash(data))
    if len(leaves) != width:
        raise VerificationError("entries are missing", entry=first + len(leaves))
    return leaves


def _check_place(data: bytes, idx: int) -> None:
    """Check the index of an entry whose predecessor is in another bundle."""
    try:
        entry = parse_entry(data)
    except EntryError as error:
        raise VerificationError(str(error), entry=idx) from None
    if entry.seq != idx:
        raise VerificationError("it is the entry of another place", entry=idx, got=entry.seq)
