"""A sealed stream: AES-256-GCM in chunks whose order and end are authenticated.

Source: the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its
Nonce-Reuse Misuse-Resistance" (CRYPTO 2015), as age (C2SP) uses it: the nonce of a chunk is its number and whether it
is the last. Each stream has a key of its own, derived (HKDF-SHA256, RFC 5869) from the caller's key, 32 random bytes
in the header, and a label that says what the stream is: one cannot take another's place.

::

    "alpr-core sealed stream\n" | version, 1 byte | salt, 32 bytes | chunks of 65,552 bytes, the last one shorter
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from alpr_core.errors import InputError, VerificationFailed

MAGIC = b"alpr-core sealed stream\n"
VERSION = 1
SALT = 32
CHUNK = 1 << 16
TAG = 16
_MOST_CHUNKS = 1 << 32


def derive(key: bytes, salt: bytes, label: str) -> bytes:
    """Return a key of 32 bytes for one purpose."""
    info = f"alpr-core/backup/v{VERSION}\x00{label}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=salt, info=info).derive(key)


class Sealing:
    """Seals what is written to it into a file.

    Args:
        file: open for writing; it stays open.
        key: 32 bytes.
        label: what the stream is; whoever opens it has to say the same.
    """

    def __init__(self, file: BinaryIO, key: bytes, label: str) -> None:
        salt = secrets.token_bytes(SALT)
        self._file = file
        self._cipher = AESGCM(derive(key, salt, label))
        self._number = 0
        self._pending = bytearray()
        file.write(MAGIC + bytes([VERSION]) + salt)

    def write(self, data: bytes) -> None:
        """Seal these bytes behind the others."""
        self._pending += data
        whole = (
            (len(self._pending) - 1) // CHUNK * CHUNK
        )  # a byte is kept back: the last chunk must not be empty
        for at in range(0, whole, CHUNK):
            self._seal(bytes(self._pending[at : at + CHUNK]), last=False)
        if whole > 0:
            del self._pending[:whole]

    def finish(self) -> None:
        """Seal the last chunk, without which nothing of the stream opens as a whole."""
        self._seal(bytes(self._pending), last=True)
        self._pending.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()


def opened(file: BinaryIO, key: bytes, label: str, *, name: str) -> Iterator[bytes]:
    """Yield what was sealed, chunk by chunk; whoever stops before the end does not know whether it is whole.

    Args:
        file: open for reading, at the stream's beginning.
        key: 32 bytes.
        label: as it was sealed.
        name: of the file, for messages.

    Raises:
        InputError: it is no such stream, or of a newer version.
        VerificationFailed: it was changed or cut, or the key or the label is another.
    """
    header = file.read(len(MAGIC) + 1 + SALT)
    if not header.startswith(MAGIC) or len(header) != len(MAGIC) + 1 + SALT:
        raise InputError(f"{name} is no part of a backup")
    version, salt = header[len(MAGIC)], header[len(MAGIC) + 1 :]
    if version != VERSION:
        raise InputError(f"{name} is of format {version}, this program knows {VERSION}: use a newer one")
    cipher = AESGCM(derive(key, salt, label))
    sealed = file.read(CHUNK + TAG)
    for number in range(_MOST_CHUNKS):
        following = file.read(CHUNK + TAG)
        try:
            chunk = cipher.decrypt(_nonce(number, last=not following), sealed, None)
        except (InvalidTag, ValueError):
            raise VerificationFailed(
                f"{name} does not open: it was changed or cut, or another key sealed it"
            ) from None
        yield chunk
        if not following:
            return
        sealed = following


def lines(chunks: Iterator[bytes], *, name: str, longest: int = 1 << 26) -> Iterator[bytes]:
    """Yield the lines of an opened stream, without their ends.

    Raises:
        InputError: one is longer than ``longest`` bytes.
    """
    pending: list[bytes] = []
    length = 0
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        pending.append(first)
        length += len(first)
        if others:
            *whole, rest = others
            yield b"".join(pending)
            yield from whole
            pending, length = [rest], len(rest)
        if length > longest:
            raise InputError(f"{name} holds a line of more than {longest} bytes")
    if length:
        yield b"".join(pending)


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
