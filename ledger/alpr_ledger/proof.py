"""Proofs as texts that stand on their own: they are checked offline, against nothing but a verifier key.

Of one entry, C2SP tlog-proof v1: ``c2sp.org/tlog-proof@v1``, an optional ``extra`` line, ``index N``, the path's
hashes leaf to root in base64, an empty line, and the signed checkpoint. The usual file extension is ``.tlog-proof``.

Of an older size, ``old N``, the hashes, an empty line, and the signed checkpoint of the newer size: the very bytes
that C2SP tlog-witness sends to ``add-checkpoint``, where they ask for a cosignature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .checkpoint import Checkpoint, parse_checkpoint
from .errors import NoteError, ProofError
from .merkle import HASH, leaf_hash, verify_consistency, verify_inclusion
from .note import Note, Vkey, parse_note, verify_note
from .text import decode_base64, decode_decimal, encode_base64

HEADING = "c2sp.org/tlog-proof@v1"
MAX_PATH = 63


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A proof of inclusion with the checkpoint it leads to.

    Attributes:
        index: of the entry.
        path: hashes, leaf to root.
        checkpoint: the signed note's bytes.
        extra: opaque bytes for the reader; ``ledger prove`` puts the entry there, so that one file is enough.
    """

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def to_bytes(self) -> bytes:
        """The proof as a file holds it."""
        lines = [HEADING]
        if self.extra is not None:
            lines.append(f"extra {encode_base64(self.extra)}")
        lines += [f"index {self.index}", *(encode_base64(one) for one in self.path), "", ""]
        return "\n".join(lines).encode("ascii") + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> TlogProof:
        """Read a proof without verifying it.

        Raises:
            ProofError: it is malformed.
        """
        before, separator, note = data.partition(b"\n\n")
        try:
            lines = before.decode("ascii").split("\n")
        except UnicodeDecodeError:
            raise ProofError("a tlog-proof is ASCII up to its checkpoint") from None
        if not separator or lines[0] != HEADING:
            raise ProofError("not a tlog-proof", expected=HEADING, got=repr(lines[0][:60]))
        rest, extra = lines[1:], None
        if rest and rest[0].startswith("extra "):
            extra = decode_base64(rest.pop(0).removeprefix("extra "))
            if extra is None:
                raise ProofError("the proof's extra line is not base64")
        index = (
            decode_decimal(rest[0].removeprefix("index ")) if rest and rest[0].startswith("index ") else None
        )
        if index is None:
            raise ProofError("the proof's index line is missing or not a decimal number")
        return cls(index, _path(rest[1:], index), note, extra)

    def verify(self, entry: bytes, keys: Sequence[Vkey]) -> Checkpoint:
        """Check that `entry` stands at `index` of the log of one of `keys`; return its checkpoint.

        Args:
            entry: the entry's bytes.
            keys: verifier keys of the log; the checkpoint's origin must be the name of one that signed.

        Raises:
            VerificationError: it does not.
        """
        signed = _open(self.checkpoint, keys, self.index)
        verify_inclusion(self.index, signed.size, leaf_hash(entry), self.path, signed.root)
        return signed


@dataclass(frozen=True, slots=True)
class ConsistencyProof:
    """A proof that the log of an older size is the beginning of the log under a checkpoint.

    To a witness it is the request to cosign that checkpoint.

    Attributes:
        old: the older size; of a request the one that the witness cosigned last, 0 for none.
        path: hashes, as RFC 6962 section 2.1.2 has them.
        checkpoint: the newer signed note's bytes.
    """

    old: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The proof as a file holds it, and as a witness is sent it."""
        lines = [f"old {self.old}", *(encode_base64(one) for one in self.path), "", ""]
        return "\n".join(lines).encode("ascii") + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> ConsistencyProof:
        """Read a proof without verifying it.

        Raises:
            ProofError: it is malformed.
        """
        before, separator, note = data.partition(b"\n\n")
        lines = before.decode("ascii", "replace").split("\n")
        old = decode_decimal(lines[0].removeprefix("old ")) if lines[0].startswith("old ") else None
        if not separator or old is None:
            raise ProofError(
                "not a consistency proof, which begins with a line 'old SIZE' and has an empty line before its "
                "checkpoint",
                expected="old SIZE",
                got=repr(lines[0][:60]),
            )
        return cls(old, _path(lines[1:], None), note)

    def signed(self) -> tuple[Note, Checkpoint]:
        """The note and the checkpoint in it, unverified.

        Raises:
            NoteError: it is malformed.
        """
        note = parse_note(self.checkpoint)
        return note, parse_checkpoint(note.text)

    def verify(self, root: bytes, keys: Sequence[Vkey]) -> Checkpoint:
        """Check that the log of `old` entries with this root is a prefix; return the newer checkpoint.

        Raises:
            VerificationError: it is not, or the checkpoint is signed by none of `keys`.
        """
        signed = _open(self.checkpoint, keys, None)
        verify_consistency(self.old, signed.size, root, signed.root, self.path)
        return signed


def _path(lines: Sequence[str], entry: int | None) -> tuple[bytes, ...]:
    if len(lines) > MAX_PATH:
        raise ProofError("the proof's path is longer than any tree is high", entry=entry)
    path = [decode_base64(line, HASH) for line in lines]
    if any(one is None for one in path):
        raise ProofError("a line of the proof's path is not the base64 of a hash", entry=entry)
    return tuple(one for one in path if one is not None)


def _open(checkpoint: bytes, keys: Sequence[Vkey], entry: int | None) -> Checkpoint:
    """The checkpoint in a note that one of the log's `keys` signed."""
    try:
        note = parse_note(checkpoint)
        signed = parse_checkpoint(note.text)
    except NoteError as error:
        raise ProofError(str(error), entry=entry) from None
    signers = verify_note(note, keys)
    if all(key.name != signed.origin for key in signers):
        raise ProofError("the checkpoint is of another log", expected=signers[0].name, got=signed.origin)
    return signed
