"""C2SP cosignatures (tlog-cosignature, Ed25519 ``cosignature/v1``): a witness's word for a checkpoint, with its time.

A witness says: of this log, at this time, this is the largest consistent tree that I have seen. Its key is an
Ed25519 key like a log's; its key ID is of type 0x04, and what it signs begins with ``cosignature/v1``, so that
neither signature can pass for the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from . import ed25519
from .errors import VerificationError
from .keys import SigningKey
from .note import COSIGNATURE, NoteSignature, Vkey

_TIME = 8
_LATEST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp())
"""Later times are no times that a clock gave."""


@dataclass(frozen=True, slots=True)
class Cosignature:
    """One verified cosignature.

    Attributes:
        witness: whose.
        time: when it was made, by the witness's clock, UTC.
        line: the signature line, as a note holds it.
    """

    witness: Vkey
    time: datetime
    line: str


def witness_vkey(key: SigningKey) -> Vkey:
    """The verifier key of `key` as a witness's: the same Ed25519 key, another key ID."""
    return Vkey.of(key.name, key.vkey.key, COSIGNATURE)


def cosign(key: SigningKey, text: str, at: datetime) -> NoteSignature:
    """Cosign a checkpoint.

    Args:
        key: the witness's.
        text: the checkpoint's note text, with its last newline, extension lines included.
        at: when; whole seconds are signed.
    """
    seconds = int(at.timestamp())
    signature = key.sign(_message(text, seconds))
    return NoteSignature(key.name, witness_vkey(key).key_id, seconds.to_bytes(_TIME, "big") + signature)


def verify_cosignatures(
    text: str, signatures: Iterable[NoteSignature], witnesses: Sequence[Vkey]
) -> tuple[Cosignature, ...]:
    """Verify the cosignatures of known witnesses over a checkpoint; those of others are passed over.

    Args:
        text: the checkpoint's note text.
        signatures: signature lines; of the log's own, nothing is said here.
        witnesses: the witnesses' verifier keys.

    Returns:
        The verified ones; of each witness the latest.

    Raises:
        VerificationError: a known witness's cosignature is wrong.
    """
    known = {(key.name, key.key_id): key for key in witnesses}
    verified: dict[Vkey, Cosignature] = {}
    for one in signatures:
        key = known.get((one.name, one.key_id))
        if key is None:
            continue
        seconds = int.from_bytes(one.signature[:_TIME], "big")
        if (
            len(one.signature) != _TIME + ed25519.SIGNATURE
            or not 0 < seconds <= _LATEST
            or not ed25519.verifies(key.key, _message(text, seconds), one.signature[_TIME:])
        ):
            raise VerificationError(f"the cosignature by {key} is wrong")
        time = datetime.fromtimestamp(seconds, UTC)
        if key not in verified or verified[key].time < time:
            verified[key] = Cosignature(key, time, one.line())
    return tuple(verified.values())


def _message(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()
