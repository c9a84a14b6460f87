"""The backup passphrase: made by the program, printed once, and split into three shares of which two are enough.

It is 128 random bits, written in the letters and digits of RFC 4648's base32 with a checksum behind them. The node
keeps only the public half of a key pair (X25519) that is derived from it, so that it can make a backup of its keys
unattended, and nobody who steals the node or the backup can open one.

The shares are Shamir's (1979): for each byte a line over GF(256) through the secret at 0; a share is the line at 1, 2
or 3. One share alone says nothing. It is written out here, and not taken from a library, because whoever has two
sheets of paper in twenty years must be able to read them with a page of arithmetic.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nacl.pwhash
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from alpr_core.errors import InputError, NotFound, StoreError, VerificationFailed
from alpr_core.files import read_private, write_private

SECRET = 16
SALT: int = nacl.pwhash.argon2id.SALTBYTES
SHARES = 3
NEEDED = 2
_CHECK_OF_PASSPHRASE = 4
_CHECK_OF_SHARE = 6
_SET = 2
_PASSPHRASE = SECRET + _CHECK_OF_PASSPHRASE
_SHARE = 1 + _SET + SECRET + _CHECK_OF_SHARE
_OPERATIONS: int = nacl.pwhash.argon2id.OPSLIMIT_INTERACTIVE
_MEMORY: int = nacl.pwhash.argon2id.MEMLIMIT_INTERACTIVE
"""libsodium's "interactive" argon2id. The passphrase is 128 random bits, so that nothing hangs on its being slow."""

_POLYNOMIAL = 0x11B
"""x^8 + x^4 + x^3 + x + 1, of AES (FIPS 197)."""


# ---------------------------------------------------------------------------
# As it is written down
# ---------------------------------------------------------------------------


def new_secret() -> bytes:
    """Return a new secret, from the system's randomness."""
    return secrets.token_bytes(SECRET)


def passphrase_of(secret: bytes) -> str:
    """Return a secret as it is printed: eight groups of four letters and digits."""
    return _spelled(secret + _check(b"passphrase", secret, _CHECK_OF_PASSPHRASE))


def shares_of(secret: bytes) -> list[str]:
    """Return three shares as they are printed, ten groups each behind their number. Any two give it back."""
    slope, together = secrets.token_bytes(SECRET), secrets.token_bytes(_SET)
    shares = []
    for number in range(1, SHARES + 1):
        line = bytes(at ^ _times(number, rise) for at, rise in zip(secret, slope, strict=True))
        body = bytes([number]) + together + line
        shares.append(f"{number}: {_spelled(body + _check(b'share', body, _CHECK_OF_SHARE))}")
    return shares


def is_share(text: str) -> bool:
    """Whether this is one share, and not the whole passphrase; it may still be misspelled."""
    return len(_letters(text)) > 8 * _PASSPHRASE // 5


def secret_of(texts: Sequence[str]) -> bytes:
    """Return the secret of a passphrase, or of two shares.

    Raises:
        InputError: misspelled, the same share twice, one share alone, or shares that do not go together.
    """
    if len(texts) == 1 and not is_share(texts[0]):
        data = _read(texts[0], _PASSPHRASE, "the backup passphrase has 8 groups of 4 letters and digits")
        secret, check = data[:SECRET], data[SECRET:]
        if check != _check(b"passphrase", secret, _CHECK_OF_PASSPHRASE):
            raise InputError("the backup passphrase is misspelled: its last letters do not fit the others")
        return secret
    points: dict[int, bytes] = {}
    sets = set()
    for text in texts:
        data = _read(text, _SHARE, "a share has 10 groups of 4 letters and digits")
        body, check = data[:-_CHECK_OF_SHARE], data[-_CHECK_OF_SHARE:]
        if check != _check(b"share", body, _CHECK_OF_SHARE):
            raise InputError("a share is misspelled: its last letters do not fit the others")
        sets.add(body[1 : 1 + _SET])
        points[body[0]] = body[1 + _SET :]
    if len(sets) > 1:
        raise InputError("these shares do not go together: they are of two different passphrases")
    if len(points) < NEEDED:
        raise InputError(f"{NEEDED} different shares are needed")
    (x1, y1), (x2, y2) = sorted(points.items())[:NEEDED]
    # The line through both points, at 0: y1 * x2/(x1+x2) + y2 * x1/(x1+x2); in GF(256) minus is plus.
    inverse = _inverse(x1 ^ x2)
    first, second = _times(x2, inverse), _times(x1, inverse)
    return bytes(_times(a, first) ^ _times(b, second) for a, b in zip(y1, y2, strict=True))


def _check(kind: bytes, data: bytes, length: int) -> bytes:
    return hashlib.sha256(b"alpr-core/backup/" + kind + b"\x00" + data).digest()[:length]


def _spelled(data: bytes) -> str:
    text = base64.b32encode(data).decode("ascii").rstrip("=")
    return "-".join(text[at : at + 4] for at in range(0, len(text), 4))


def _letters(text: str) -> str:
    """The letters of what somebody typed; 0, 1 and 8, which base32 lacks, are read as what they look like."""
    _, colon, behind = text.partition(":")
    kept = "".join(each for each in (behind if colon else text).upper() if each.isalnum())
    return kept.translate(str.maketrans("018", "OIB"))


def _read(text: str, length: int, shape: str) -> bytes:
    letters = _letters(text)
    try:
        data = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except (binascii.Error, ValueError):
        data = b""
    if len(data) != length:
        raise InputError(f"{shape}; this is something else")
    return data


def _times(a: int, b: int) -> int:
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _POLYNOMIAL
        b >>= 1
    return product


def _inverse(a: int) -> int:
    power = 1
    for _ in range(254):  # a^254 = 1/a: the field's group has 255 elements
        power = _times(power, a)
    return power


# ---------------------------------------------------------------------------
# What the node keeps of it
# ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipient:
    """What backups of the keys are sealed to; it opens nothing.

    Attributes:
        public: the X25519 public key, 32 bytes.
        salt: of argon2id, 16 bytes.
    """

    public: bytes
    salt: bytes

    @classmethod
    def of(cls, secret: bytes, salt: bytes = b"") -> Recipient:
        """Return the recipient of a secret; with a new salt if none is given."""
        salt = salt or secrets.token_bytes(SALT)
        return cls(bytes(_private(secret, salt).public_key), salt)

    @property
    def id(self) -> str:
        """What it is called on the ledger and in a backup: 16 hex digits."""
        return hashlib.sha256(self.public).hexdigest()[:16]

    def seal(self, data: bytes) -> bytes:
        """Return a short secret, such as a key, sealed so that only the passphrase opens it."""
        return bytes(SealedBox(PublicKey(self.public)).encrypt(data))

    def open(self, secret: bytes, sealed: bytes) -> bytes:
        """Return what `seal` sealed.

        Raises:
            VerificationFailed: the passphrase is another, or the bytes were changed.
        """
        private = _private(secret, self.salt)
        if bytes(private.public_key) != self.public:
            raise VerificationFailed(
                f"the passphrase is not that of this backup (its key is {self.id}); an older one may be"
            )
        try:
            return bytes(SealedBox(private).decrypt(sealed))
        except CryptoError:
            raise VerificationFailed("the backup's key does not open: the file was changed") from None

    def fits(self, secret: bytes) -> bool:
        """Whether the secret is the one behind it."""
        return bytes(_private(secret, self.salt).public_key) == self.public

    def as_json(self) -> dict[str, str]:
        """Return it as JSON values."""
        return {"public": self.public.hex(), "salt": self.salt.hex()}

    @classmethod
    def from_json(cls, stored: object) -> Recipient:
        """Read what `as_json` made.

        Raises:
            InputError: it is something else.
        """
        told = stored if isinstance(stored, dict) else {}
        try:
            one = cls(bytes.fromhex(told["public"]), bytes.fromhex(told["salt"]))
        except (KeyError, TypeError, ValueError):
            raise InputError("this is no public key of backups") from None
        if (len(one.public), len(one.salt)) != (PublicKey.SIZE, SALT):
            raise InputError("this is no public key of backups")
        return one

    def to_bytes(self) -> bytes:
        """Return it as the node keeps it."""
        return (json.dumps({"version": 1, **self.as_json()}, indent=1) + "\n").encode("ascii")

    @classmethod
    def from_bytes(cls, data: bytes) -> Recipient:
        """Read what `to_bytes` made. Raises InputError."""
        try:
            return cls.from_json(json.loads(data))
        except ValueError:
            raise InputError("this is no public key of backups") from None


def _private(secret: bytes, salt: bytes) -> PrivateKey:
    seed = nacl.pwhash.argon2id.kdf(PrivateKey.SIZE, secret, salt, opslimit=_OPERATIONS, memlimit=_MEMORY)
    return PrivateKey(seed)


RECIPIENT = "backup.json"
"""In ``var``: the public half of the backup passphrase."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Printed:
    """A backup passphrase and its shares, shown once and stored nowhere; ``recipient`` names its public half."""

    passphrase: str
    shares: tuple[str, ...]
    recipient: str


def new_printed() -> tuple[Recipient, Printed]:
    """Make a backup passphrase. Nothing is stored."""
    secret = new_secret()
    recipient = Recipient.of(secret)
    shares = tuple(shares_of(secret))
    return recipient, Printed(passphrase=passphrase_of(secret), shares=shares, recipient=recipient.id)


def store_recipient(var: Path, recipient: Recipient) -> None:
    """Store what backups of the keys are sealed to.

    Raises:
        StoreError: it cannot be written.
    """
    try:
        write_private(var / RECIPIENT, recipient.to_bytes())
    except OSError as error:
        raise StoreError(f"{var / RECIPIENT}: it cannot be written: {error.strerror}") from error


def read_recipient(var: Path) -> Recipient:
    """Return what backups of the keys are sealed to.

    Raises:
        NotFound: no backup passphrase was ever made.
        StoreError: others can change it.
    """
    try:
        return Recipient.from_bytes(read_private(var / RECIPIENT, limit=1 << 12))
    except FileNotFoundError:
        raise NotFound(
            "no backup passphrase was made for this node yet: alpr-core backup --new-passphrase"
        ) from None
