"""Checkpoints that somebody outside kept: each has to be the beginning of the ledger that is verified now.

A signed note in a drawer is the simplest of all anchors. Whoever holds the signing key can make another history in
perfect order, and cannot make it one that begins as the note says.
"""

from __future__ import annotations

from collections.abc import Sequence

from . import tiles
from .checkpoint import Checkpoint, parse_checkpoint
from .errors import NoteError, SourceError, VerificationError
from .merkle import consistency_proof, verify_consistency
from .note import Note, parse_note, verify_note
from .source import Source
from .succession import KeyRing


def check_kept(
    source: Source, kept: Sequence[bytes], keys: KeyRing, size: int, root: bytes
) -> tuple[int, ...]:
    """Check that each kept checkpoint is the beginning of a ledger.

    Args:
        source: the ledger.
        kept: signed notes, as they were kept.
        keys: the ledger's keys, as its entries tell them.
        size: number of its entries, as verified.
        root: the root over them, as verified.

    Returns:
        Their sizes, ascending.

    Raises:
        VerificationError: one is not; it says which size.
        SourceError: one is no checkpoint.
    """

    def node(level: int, n: int) -> bytes:
        found = tiles.node(source.tile, level, n)
        if found is None:
            raise VerificationError(f"the tile over level {level}, number {n} is too short")
        return found

    sizes = []
    for data in kept:
        note, signed = _read(data)
        _check_signed(note, signed, keys)
        if signed.size > size:
            raise VerificationError(
                "entries are missing at the end: a checkpoint was kept that was signed for more",
                entry=size,
                expected=f"size {signed.size}",
                got=f"size {size}",
            )
        try:
            proof = consistency_proof(signed.size, size, node)
            verify_consistency(signed.size, size, signed.root, root, proof)
        except VerificationError as error:
            raise VerificationError(
                f"the kept checkpoint of size {signed.size} is not the beginning of this ledger: {error}"
            ) from None
        sizes.append(signed.size)
    return tuple(sorted(sizes))


def _read(data: bytes) -> tuple[Note, Checkpoint]:
    try:
        note = parse_note(data)
        return note, parse_checkpoint(note.text)
    except NoteError as error:
        raise SourceError(f"a kept checkpoint is none: {error}") from None


def _check_signed(note: Note, signed: Checkpoint, keys: KeyRing) -> None:
    name = keys.current.name
    if signed.origin != name:
        raise VerificationError("a kept checkpoint is of another ledger", expected=name, got=signed.origin)
    try:  # also by a key that was revoked since: what was signed in its time is what has to be compared
        verify_note(note, [one.vkey for one in keys.ranges])
    except VerificationError as error:
        raise VerificationError(f"the kept checkpoint of size {signed.size}: {error}") from None
