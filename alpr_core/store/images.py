"""Images on disk: each under its own random key (AES-256-GCM), named by the SHA-256 of its ciphertext.

The key is stored in the image's row, wrapped by the key of its capture day and retention class (`keys`). A file is
written and fsynced before the transaction that mentions it; one that no row mentions is swept a day later.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alpr_core.errors import StoreError, VerificationFailed
from alpr_core.store.keys import KEY_BYTES, NONCE_BYTES, KeyStore, fsync_folder
from alpr_core.store.reads import StoredImage


@dataclass(frozen=True, slots=True)
class ImageStore:
    """The folder ``var/images``.

    Attributes:
        folder: where the ciphertexts lie, in 256 folders by their first byte.
        keys: wraps and unwraps the images' keys.
    """

    folder: Path
    keys: KeyStore

    def put(self, data: bytes, *, kind: str, day: str, retention_class: str) -> StoredImage:
        """Encrypt and write one image; return the row that finds it again.

        Args:
            data: the encoded picture (JPEG).
            kind: "frame" or "plate".
            day: capture day, YYYY-MM-DD in UTC.
            retention_class: the class it is kept under.

        Raises:
            StoreError: if it cannot be written, for example because the disk is full.
        """
        key, nonce = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(NONCE_BYTES)
        ciphertext = nonce + AESGCM(key).encrypt(nonce, data, None)
        name = hashlib.sha256(ciphertext).hexdigest()
        self._write(self._path(name), ciphertext)
        key_id, wrapped = self.keys.wrap("read", f"{day}/{retention_class}", key)
        return StoredImage(kind=kind, sha256=name, size=len(data), key_id=key_id, wrapped_key=wrapped)

    def get(self, stored: StoredImage) -> bytes:
        """Return the encoded picture.

        Raises:
            KeyDestroyed: if the image was purged.
            VerificationFailed: if its file is gone or was changed.
        """
        path = self._path(stored.sha256)
        try:
            ciphertext = path.read_bytes()
        except FileNotFoundError as error:
            raise VerificationFailed(
                f"the image {stored.sha256} has lost its file in {self.folder}"
            ) from error
        key = self.keys.unwrap(stored.key_id, stored.wrapped_key)
        try:
            return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise VerificationFailed(f"{path}: the image's file was changed after it was stored") from error

    def _path(self, name: str) -> Path:
        return self.folder / name[:2] / name

    @staticmethod
    def _write(path: Path, ciphertext: bytes) -> None:
        partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(ciphertext)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
            fsync_folder(path.parent)
        except OSError as error:
            partial.unlink(missing_ok=True)
            raise StoreError(f"{path.parent}: an image cannot be written: {error.strerror}") from error
