"""The node's key files in ``var/keys/``: outside the database, 0600, one file a key, so that a key can be destroyed.

A key's ID is its path below that folder: ``read/2026-11-23/default`` wraps the image keys and seals the vault
values of that capture day and retention class; ``evidence/3`` those of what hold 3 keeps; ``access/2026-11`` those of
the access records of a month; ``person/<pseudonym>`` one person's name; ``index/<class>`` makes equality search
possible.
"""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alpr_core.errors import StoreError
from alpr_core.files import read_private, shred, write_private
from alpr_ledger.errors import KeyDestroyed

KEY_BYTES = 32
"""AES-256 (FIPS 197)."""

NONCE_BYTES = 12
"""AES-GCM's nonce (NIST SP 800-38D, 8.2): random, so a key must seal fewer than 2^32 values."""

_File = tuple[int, int, int]
"""Which file a key was read from: device, inode and time. Another process may have erased it, and made a new one."""

_KEY_ID = re.compile(r"[a-z0-9_]+(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


class KeyStore:
    """The vault's and the images' keys. Fulfils `alpr_ledger.vault.VaultKeys`.

    Args:
        folder: ``var/keys``; made 0700 if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cache: dict[str, tuple[_File, bytes]] = {}
        self._lock = Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def current(self, vault_class: str, scope: str) -> tuple[str, bytes]:
        """Return ID and key for this class and scope; the key is made, and its file fsynced, if it is new."""
        key_id = f"{vault_class}/{scope}" if scope else vault_class
        return key_id, self._get_or_make(key_id)

    def index_key(self, vault_class: str) -> bytes:
        """Return the key under which values of this class are indexed for equality search."""
        return self._get_or_make(f"index/{vault_class}")

    def get(self, key_id: str) -> bytes:
        """Return a key that exists.

        Raises:
            KeyDestroyed: if its file is gone: what it sealed is unrecoverable, as it should be.
            StoreError: if others can read the file, or it is no key.
        """
        with self._lock:
            return self._cached(key_id)

    def wrap(self, vault_class: str, scope: str, key: bytes) -> tuple[str, bytes]:
        """Return the wrapping key's ID and ``key`` sealed under it."""
        key_id, wrapping = self.current(vault_class, scope)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return key_id, nonce + AESGCM(wrapping).encrypt(nonce, key, key_id.encode())

    def unwrap(self, key_id: str, wrapped: bytes) -> bytes:
        """Return the key that `wrap` sealed.

        Raises:
            KeyDestroyed: if the wrapping key was destroyed.
            StoreError: if the sealed bytes were changed.
        """
        try:
            return AESGCM(self.get(key_id)).decrypt(
                wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], key_id.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise StoreError(f"a key wrapped by {key_id} was changed: it cannot be opened") from error

    def ids(self) -> list[str]:
        """Return the ID of every key there is, sorted."""
        found = (
            path.relative_to(self.folder).with_suffix("").as_posix() for path in self.folder.rglob("*.key")
        )
        return sorted(key_id for key_id in found if "/" in key_id)

    def erase(self, key_id: str) -> None:
        """Destroy a key: what it sealed is unrecoverable from then on. One that is gone already is no mistake.

        Raises:
            StoreError: if its file cannot be overwritten or removed.
        """
        path = self._path(key_id)
        with self._lock:
            self._cache.pop(key_id, None)
            try:
                shred(path)
            except OSError as error:
                raise StoreError(f"{path}: the key cannot be erased: {error.strerror}") from error

    def _get_or_make(self, key_id: str) -> bytes:
        with self._lock:
            try:
                return self._cached(key_id)
            except KeyDestroyed:
                self._make(key_id)
                return self._cached(key_id)

    def _cached(self, key_id: str) -> bytes:
        path = self._path(key_id)
        try:
            status = path.stat()
        except OSError:
            self._cache.pop(key_id, None)
            return self._load(path, key_id)  # which says what is the matter
        file = (status.st_dev, status.st_ino, status.st_mtime_ns)
        if key_id not in self._cache or self._cache[key_id][0] != file:
            self._cache[key_id] = (file, self._load(path, key_id))
        return self._cache[key_id][1]

    def _path(self, key_id: str) -> Path:
        if not _KEY_ID.fullmatch(key_id):
            raise StoreError(f"not a key's ID: {key_id!r}")
        return self.folder / f"{key_id}.key"

    @staticmethod
    def _load(path: Path, key_id: str) -> bytes:
        try:
            key = read_private(path, limit=KEY_BYTES + 1)
        except FileNotFoundError as error:
            raise KeyDestroyed(f"the key {key_id} is not there: destroyed, or not made yet") from error
        if len(key) != KEY_BYTES:
            raise StoreError(
                f"{path}: a key has {KEY_BYTES} bytes, this file {len(key)}; restore it from a backup"
            )
        return key

    def _make(self, key_id: str) -> None:
        """Write a new key where there is none; of two processes one wins, and both then read the winner's."""
        path = self._path(key_id)
        try:
            write_private(path, secrets.token_bytes(KEY_BYTES), replace=False)
        except OSError as error:
            raise StoreError(f"{path}: the key cannot be written: {error.strerror}") from error
