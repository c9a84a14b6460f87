"""Signing keys and their files.

A key file is one line, ``PRIVATE+KEY+name+key ID+base64(0x01 || seed)``, as Go's sumdb/note writes it. It is
readable by its owner alone; a file that others may read is refused, because a key that may have been copied
proves nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from . import ed25519
from .checkpoint import Checkpoint
from .errors import KeyRefused
from .note import ED25519, NoteSignature, Vkey, format_note
from .text import decode_base64, encode_base64

_PREFIX = "PRIVATE+KEY+"
_LONGEST = 4096
_ERASED = ".erased"


class SigningKey:
    """An Ed25519 key with the name it signs under; of a log, the origin.

    Attributes:
        vkey: the public half, for those who verify.
    """

    __slots__ = ("_seed", "vkey")

    def __init__(self, name: str, seed: bytes) -> None:
        if len(seed) != ed25519.SEED:
            raise KeyRefused(f"an Ed25519 seed has 32 bytes, not {len(seed)}")
        self._seed = seed
        self.vkey = Vkey.of(name, ed25519.public_key(seed))

    @classmethod
    def generate(cls, name: str) -> SigningKey:
        """A new key from the system's randomness."""
        return cls(name, os.urandom(ed25519.SEED))

    @classmethod
    def load(cls, path: Path) -> SigningKey:
        """Read a key file.

        Raises:
            KeyRefused: it cannot be read, others may read it, or it is no key.
        """
        try:
            file = path.open("rb")
        except OSError as error:
            raise KeyRefused(f"{path}: the key cannot be read: {error.strerror}") from None
        with file:
            status = os.fstat(file.fileno())
            if status.st_mode & 0o077:
                raise KeyRefused(
                    f"{path}: other accounts may read this key (mode {stat.S_IMODE(status.st_mode):04o}). "
                    f"Find out who did; if nobody did, run: chmod 600 {path}"
                )
            data = file.read(_LONGEST)
        key = cls._parse(data)
        if key is None:
            raise KeyRefused(f"{path}: this is not a signing key of a ledger")
        return key

    @classmethod
    def _parse(cls, data: bytes) -> SigningKey | None:
        line = data.decode("utf-8", "replace").removesuffix("\n")
        if not line.startswith(_PREFIX):
            return None
        parts = line.removeprefix(_PREFIX).split("+", 2)
        secret = decode_base64(parts[2]) if len(parts) == 3 else None
        if secret is None or len(secret) != 1 + ed25519.SEED or secret[0] != ED25519:
            return None
        key = cls(parts[0], secret[1:])
        return key if key.vkey.key_id.hex() == parts[1] else None

    def save(self, path: Path) -> None:
        """Write a new key file, mode 0600, durably; an existing file is never replaced.

        Raises:
            KeyRefused: the file exists or cannot be written.
        """
        line = (
            f"{_PREFIX}{self.name}+{self.vkey.key_id.hex()}+{encode_base64(bytes([ED25519]) + self._seed)}\n"
        )
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(line.encode("utf-8"))
                file.flush()
                os.fsync(descriptor)
            _sync_folder(path.parent)
        except FileExistsError:
            raise KeyRefused(f"{path}: a key is there already and is not replaced") from None
        except OSError as error:
            raise KeyRefused(f"{path}: the key cannot be written: {error.strerror}") from None

    @property
    def name(self) -> str:
        """The name the key signs under."""
        return self.vkey.name

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature of `message`."""
        return ed25519.sign(self._seed, self.vkey.key, message)

    def sign_checkpoint(self, size: int, root: bytes) -> bytes:
        """The signed note that commits this key's log to a tree."""
        return sign_note(Checkpoint(self.name, size, root).text(), [self])

    def __repr__(self) -> str:
        return f"SigningKey({self.name!r}, {self.vkey.key_id.hex()})"  # never the seed


def sign_note(text: str, keys: Sequence[SigningKey]) -> bytes:
    """The note of this text, signed by each of the keys."""
    message = text.encode("utf-8")
    return format_note(text, [NoteSignature(key.name, key.vkey.key_id, key.sign(message)) for key in keys])


class SigningKeys:
    """The files of one ledger's signing keys, ``ledger*.key``: the current key's and, for a moment, its successor's.

    Args:
        folder: readable by its owner alone.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def generate(self, name: str) -> SigningKey:
        """Make a new key and its file.

        Raises:
            KeyRefused: the file cannot be written.
        """
        key = SigningKey.generate(name)
        key.save(self.folder / f"ledger-{key.vkey.key_id.hex()}.key")
        return key

    def first(self) -> SigningKey:
        """Some key of the ledger; `Log` finds the one that it was handed over to.

        Raises:
            KeyRefused: there is none, or a key file is unsafe.
        """
        for key in self._all().values():
            return key
        raise KeyRefused(
            f"{self.folder}: no signing key of a ledger is here; restore it from a backup of the keys"
        )

    def load(self, vkey: str) -> SigningKey:
        """The signing key of a verifier key.

        Raises:
            KeyRefused: its file is not here, or a key file is unsafe.
        """
        for key in self._all().values():
            if str(key.vkey) == vkey:
                return key
        raise KeyRefused(
            f"{self.folder}: the signing key of {vkey} is not here. Restore its file from the backup of the keys; "
            "without it nothing can be appended to this ledger."
        )

    def holds_others(self, vkey: str) -> bool:
        """Whether other keys than this one's are here: an erasure was cut off, or a rotation failed."""
        return self._half_erased() != [] or any(str(key.vkey) != vkey for key in self._all().values())

    def erase(self, vkey: str) -> None:
        """Erase the key of a verifier key. What a disk keeps of overwritten blocks is beyond a program.

        Raises:
            KeyRefused: a file cannot be read or erased.
        """
        self._erase(lambda key: str(key.vkey) == vkey)

    def erase_others(self, vkey: str) -> None:
        """Erase every key but this verifier key's.

        Only under the ledger's head lock: the file of a rotation that is not committed yet would be erased too.

        Raises:
            KeyRefused: a file cannot be read or erased.
        """
        self._erase(lambda key: str(key.vkey) != vkey)

    def _erase(self, chosen: Callable[[SigningKey], bool]) -> None:
        for path, key in self._all().items():
            if chosen(key):
                path.rename(path.with_suffix(_ERASED))
        for path in self._half_erased():
            _overwrite_and_unlink(path)

    def _all(self) -> dict[Path, SigningKey]:
        found = {}
        for path in sorted(self.folder.glob("ledger*.key")):
            try:
                found[path] = SigningKey.load(path)
            except KeyRefused:
                if path.exists():  # otherwise another process has just erased it
                    raise
        return found

    def _half_erased(self) -> list[Path]:
        return sorted(self.folder.glob(f"ledger*{_ERASED}"))


def _overwrite_and_unlink(path: Path) -> None:
    try:
        with path.open("r+b", buffering=0) as file:
            file.write(bytes(os.fstat(file.fileno()).st_size))
            os.fsync(file.fileno())
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        pass  # another process was quicker
    except OSError as error:
        raise KeyRefused(f"{path}: the old key cannot be erased: {error.strerror}") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
