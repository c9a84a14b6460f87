"""Salted commitments: what an entry holds in place of a plate, a name or a case number.

c = SHA-256("alpr-ledger/c1" || 0x00 || field || 0x00 || salt || value), base64. The field's name has no zero
byte and the salt has 32 bytes, so no two (field, salt, value) are spelled alike; without the salt c tells
nothing, and with the salt erased nobody can show what it was. Opening one needs hashlib alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256

from .errors import EntryError, VerificationError
from .text import encode_base64

SALT = 32
_DOMAIN = b"alpr-ledger/c1\x00"


@dataclass(frozen=True, slots=True)
class Commitment:
    """A value, and what stands for it in the entry.

    Attributes:
        field: name of the committed field.
        value: the value itself; goes into the vault, never into an entry.
        salt: 32 random bytes; goes with the value.
        c: the commitment, base64; goes into ``body["committed"][field]``.
    """

    field: str
    value: str
    salt: bytes
    c: str

    def __repr__(self) -> str:
        return f"Commitment({self.field!r}, c={self.c!r})"  # neither value nor salt: this may reach a log


def commit(field: str, value: str, *, salt: bytes | None = None) -> Commitment:
    """Commit to `value` under `field`.

    Args:
        field: the field's name, ASCII.
        value: the text to commit to, in its normal form.
        salt: 32 bytes; fresh randomness when None, as everything but a test wants.

    Raises:
        EntryError: the field's name or the value cannot be committed to.
    """
    if salt is None:
        salt = os.urandom(SALT)
    return Commitment(field, value, salt, _commitment(field, salt, value))


def check_opening(c: str, field: str, salt: bytes, value: str) -> None:
    """Check that a disclosed salt and value are what the entry committed to.

    Raises:
        VerificationError: they are not.
    """
    try:
        opened = _commitment(field, salt, value)
    except EntryError as error:
        raise VerificationError(str(error)) from None
    if opened != c:
        raise VerificationError(f"the disclosed {field} is not what was committed to", expected=c, got=opened)


def _commitment(field: str, salt: bytes, value: str) -> str:
    if not field or not field.isascii() or "\x00" in field:
        raise EntryError(f"the name of a committed field must be ASCII, not {field!r}")
    if len(salt) != SALT:
        raise EntryError(f"a salt has 32 bytes, not {len(salt)}")
    try:
        data = value.encode("utf-8")
    except UnicodeEncodeError:
        raise EntryError(f"the {field} holds half of a surrogate pair, which is not Unicode") from None
    return encode_base64(sha256(_DOMAIN + field.encode("ascii") + b"\x00" + salt + data).digest())
