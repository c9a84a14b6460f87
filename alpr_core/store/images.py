"""Images on disk, by capture day: each under its own random key (AES-256-GCM), named by its ciphertext's SHA-256.

The key is stored in the image's row, wrapped by the key of its capture day and retention class (`keys`). A file is
written and fsynced before the transaction that mentions it. What a crash in between leaves is noise: its key was
kept nowhere.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from alpr_core.errors import NotFound, StoreError, VerificationFailed
from alpr_core.files import write_private
from alpr_core.store.keys import KEY_BYTES, NONCE_BYTES, KeyStore
from alpr_core.store.reads import StoredImage
from alpr_ledger.errors import KeyDestroyed


@dataclass(frozen=True, slots=True)
class ImageStore:
    """The folder ``var/images``.

    Attributes:
        folder: where the ciphertexts lie, in a folder for each day of capture: what a day's rows do not mention
            is found, and a day is taken into a backup, without an index of their random names.
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
        try:
            write_private(self.folder / day / name, ciphertext)
        except OSError as error:
            raise StoreError(f"{self.folder}: an image cannot be written: {error.strerror}") from error
        key_id, wrapped = self.keys.wrap("read", f"{day}/{retention_class}", key)
        return StoredImage(
            day=day, kind=kind, sha256=name, size=len(data), key_id=key_id, wrapped_key=wrapped
        )

    def get(self, stored: StoredImage) -> bytes:
        """Return the encoded picture.

        Raises:
            NotFound: if its key is destroyed: it was purged.
            StoreError: if its file, or its key's, cannot be read.
            VerificationFailed: if its file is gone or was changed.
        """
        path = self.file(stored.day, stored.sha256)
        try:
            key = self.keys.unwrap(stored.key_id, stored.wrapped_key)
        except KeyDestroyed as error:
            raise NotFound(f"the image {stored.sha256} was purged: its key is destroyed") from error
        try:
            ciphertext = path.read_bytes()
        except FileNotFoundError as error:
            raise VerificationFailed(
                f"the image {stored.sha256} has lost its file in {self.folder}"
            ) from error
        except OSError as error:
            raise StoreError(f"{path}: the image cannot be read: {error.strerror}") from error
        try:
            return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], None)
        except (InvalidTag, ValueError) as error:
            raise VerificationFailed(f"{path}: the image's file was changed after it was stored") from error

    def discard(self, stored: StoredImage) -> None:
        """Remove the file of an image that no row mentions, nor ever will: the disk may need the room."""
        with suppress(OSError):
            self.file(stored.day, stored.sha256).unlink()

    def remove(self, day: str, name: str) -> bool:
        """Remove a ciphertext by its day and name; return whether it was there.

        Raises:
            StoreError: it cannot be removed.
        """
        try:
            self.file(day, name).unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise StoreError(f"{self.folder}: an image cannot be removed: {error.strerror}") from error
        return True

    def older_than(self, moment: datetime) -> Iterator[tuple[str, list[str]]]:
        """Yield for each day the names of the ciphertexts that were written before a time; half-written ones too.

        A folder in which nothing is left, nor was written since, is removed.
        """
        for folder in sorted(self.folder.glob("????-??-??")):
            names = []
            for file in folder.iterdir():
                # One that is put away meanwhile keeps no other from being listed.
                with suppress(FileNotFoundError):
                    if file.stat().st_mtime < moment.timestamp():
                        names.append(file.name)
            yield folder.name, names
            with suppress(OSError):  # refused unless it is empty
                if folder.stat().st_mtime < moment.timestamp():
                    folder.rmdir()

    def file(self, day: str, name: str) -> Path:
        """Return where a ciphertext lies: an older version's lies in a folder by its first byte."""
        former = self.folder / name[:2] / name
        return former if former.exists() else self.folder / day / name
