"""C2SP signed notes (signed-note v1.0.0) and verifier keys.

A note is text that ends in a newline, an empty line, and one or more signature lines
``— <name> <base64(key ID || signature)>``. The signature is over the text with its last newline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from . import ed25519
from .errors import KeyRefused, NoteError, VerificationError
from .text import decode_base64, encode_base64

ED25519 = 0x01
COSIGNATURE = 0x04
"""Types of key: of a log, and of a witness (tlog-cosignature's timestamped Ed25519)."""
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
KEY_ID = 4


@dataclass(frozen=True, slots=True)
class Vkey:
    """A named Ed25519 public key, written ``name+8 hex digits of the key ID+base64(kind || key)``.

    Attributes:
        name: whose key it is; of a log key, the log's origin.
        key: the public key, 32 bytes.
        key_id: the first 4 bytes of SHA-256(name || newline || kind || key).
        kind: `ED25519` of a log's key, `COSIGNATURE` of a witness's.
    """

    name: str
    key: bytes
    key_id: bytes
    kind: int = ED25519

    @classmethod
    def of(cls, name: str, key: bytes, kind: int = ED25519) -> Vkey:
        """The verifier key of `key` under `name`; refuses unsafe keys and names that a note cannot hold."""
        check_name(name)
        ed25519.check_public_key(key)
        return cls(name, key, key_id(name, kind, key), kind)

    @classmethod
    def parse(cls, text: str, kind: int = ED25519) -> Vkey:
        """Read a vkey of that kind.

        Raises:
            KeyRefused: it is malformed, of another type, or an unsafe key.
        """
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise KeyRefused("a verifier key looks like name+keyid+base64, with two plus signs")
        name, identity, encoded = parts
        data = decode_base64(encoded)
        if data is None or not data:
            raise KeyRefused("the verifier key's last part is not base64")
        if data[0] != kind:
            whose = "Ed25519 (type 1)" if kind == ED25519 else "a witness's, timestamped Ed25519 (type 4),"
            raise KeyRefused(f"the verifier key is of type {data[0]}; {whose} is expected")
        vkey = cls.of(name, data[1:], kind)
        if vkey.key_id.hex() != identity:
            raise KeyRefused(
                f"the verifier key's ID is {identity[:20]!r}, but its name and key give {vkey.key_id.hex()}: "
                "it was mistyped or altered"
            )
        return vkey

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode_base64(bytes([self.kind]) + self.key)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line, not yet verified."""

    name: str
    key_id: bytes
    signature: bytes

    def line(self) -> str:
        """The line as a note holds it, with its newline."""
        return f"\N{EM DASH} {self.name} {encode_base64(self.key_id + self.signature)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A note as read; nothing in it is verified.

    Attributes:
        text: the signed text, with its last newline.
        signatures: the signature lines in order.
    """

    text: str
    signatures: tuple[NoteSignature, ...]


def key_id(name: str, kind: int, key: bytes) -> bytes:
    """The key ID of signed-note v1.0.0."""
    return sha256(name.encode("utf-8") + b"\n" + bytes([kind]) + key).digest()[:KEY_ID]


def check_name(name: str) -> None:
    """Refuse a name that a signature line could not hold, or a terminal not show.

    Raises:
        KeyRefused: it is empty, or has a space, a plus sign or an unprintable character.
    """
    if not name or "+" in name or " " in name or not name.isprintable():
        raise KeyRefused(f"a key's name must be printable, without spaces and plus signs, not {name[:80]!r}")


def format_note(text: str, signatures: Sequence[NoteSignature]) -> bytes:
    """The note's bytes."""
    return (text + "\n" + "".join(one.line() for one in signatures)).encode("utf-8")


def parse_note(data: bytes) -> Note:
    """Read a note without verifying it.

    Raises:
        NoteError: it is malformed.
    """
    if len(data) > MAX_NOTE:
        raise NoteError(f"a note of {len(data)} bytes is too long")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise NoteError("the note is not UTF-8") from None
    if any(c < " " and c != "\n" for c in whole):
        raise NoteError("the note holds a control character")
    text, separator, rest = whole.rpartition("\n\n")
    if not separator or not rest.endswith("\n"):
        raise NoteError("the note has no signature lines after an empty line")
    return Note(text + "\n", parse_signatures(rest))


def parse_signatures(lines: str) -> tuple[NoteSignature, ...]:
    """Read signature lines, each ending in a newline: those of a note, or a witness's answer.

    Raises:
        NoteError: one is malformed, or there are more than 100.
    """
    if not lines.endswith("\n"):
        raise NoteError("the signature lines do not end with a newline")
    each = lines[:-1].split("\n")
    if len(each) > MAX_SIGNATURES:
        raise NoteError(f"the note has {len(each)} signatures; at most {MAX_SIGNATURES} are read")
    return tuple(_signature(line) for line in each)


def verify_note(note: Note, keys: Sequence[Vkey]) -> tuple[Vkey, ...]:
    """Verify the signatures of known keys, and return those keys.

    Signatures by unknown keys are passed over, as the specification demands.

    Raises:
        VerificationError: a known key's signature is wrong, or no known key signed.
    """
    message = note.text.encode("utf-8")
    known = {(key.name, key.key_id): key for key in keys}
    verified: list[Vkey] = []
    for one in note.signatures:
        key = known.get((one.name, one.key_id))
        if key is None:
            continue
        if not ed25519.verifies(key.key, message, one.signature):
            raise VerificationError(f"the signature by {key} is wrong")
        if key not in verified:
            verified.append(key)
    if not verified:
        raise VerificationError(
            "signed by none of the known keys",
            expected=" or ".join(str(key) for key in keys) or "a key",
            got=", ".join(f"{one.name}+{one.key_id.hex()}" for one in note.signatures),
        )
    return tuple(verified)


def _signature(line: str) -> NoteSignature:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "\N{EM DASH}":
        raise NoteError("a signature line must be an em dash, a name and base64, each after one space")
    try:
        check_name(parts[1])
    except KeyRefused as error:
        raise NoteError(str(error)) from None
    data = decode_base64(parts[2])
    if data is None or len(data) <= KEY_ID:
        raise NoteError("a signature line's last part is not the base64 of a key ID and a signature")
    return NoteSignature(parts[1], data[:KEY_ID], data[KEY_ID:])
