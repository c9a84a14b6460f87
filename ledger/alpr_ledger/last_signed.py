"""The last checkpoint that this host signed, remembered in a file outside the database.

A database that was restored from a backup, or cut, would go on from an older head and sign a second history: a
fork. The file, which no backup of the node brings back, says how far the ledger had come. It holds the signed note
itself. It is written after each commit, and fsynced at most once a second and at the end: a power cut may leave it a
second behind, never ahead. It is written in place, one sector under a lock: a rename over an existing file makes ext4
write it out at once, which would halve the number of commits.
"""

from __future__ import annotations

import fcntl
import logging
import os
import time
from pathlib import Path

from .checkpoint import Checkpoint, parse_checkpoint
from .errors import LedgerBehind, LedgerError, NoteError, StoreError
from .heard import GOING_ON, Heard
from .note import MAX_NOTE, parse_note

SIGNED = "alpr_ledger.signed"
"""Key in `Connection.info` under which `Log` leaves what is to be recorded once the transaction is committed."""

SYNC_SECONDS = 1.0
_log = logging.getLogger(__name__)


class LastSigned:
    """The file, as one process sees it. Several processes of a host share it.

    Args:
        path: the file; it and its folder are made, for the owner alone, when first needed.

    Attributes:
        heard: what the ledger's witnesses remember; a second file beside this one.

    Raises:
        StoreError: the file is there and cannot be read, or is no checkpoint.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.heard = Heard(path.with_name(f"{path.name}.heard"))
        self._restored = path.with_name(f"{path.name}.restored")
        self._missed: tuple[bytes, bool] | None = None  # what could not be recorded
        self._synced_at: float | None = None
        self._unsynced = False
        self.note = self._read()
        self.size = self._size(self.note)
        self._may_be_unsure = bool(self.unsure)  # asked once: it is looked at before each signature

    @property
    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint as it was last read or recorded, None where nothing was signed here yet."""
        return None if self.note is None else parse_checkpoint(parse_note(self.note).text)

    @property
    def unsure(self) -> str:
        """Why nobody knows how far the ledger had come: what `restored` was told; "" in the ordinary case."""
        try:
            return self._restored.read_text("utf-8", "replace").strip()
        except FileNotFoundError:
            return ""
        except OSError as error:
            raise StoreError(f"{self._restored}: cannot be read: {error.strerror}") from None

    def restored(self, why: str) -> None:
        """Remember that the database is an older one, and that this host does not know what it lacks.

        Nothing is signed from here on but a recovery, which settles it.

        Args:
            why: of which backup it is, for a person.

        Raises:
            StoreError: it cannot be written.
        """
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._restored, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(why.encode("utf-8"))
                file.flush()
                os.fsync(descriptor)
            _sync(self.path.parent)
        except OSError as error:
            raise self._failure(error) from None

    def check(self, size: int) -> None:
        """Refuse to append to a ledger of `size` entries if more have been signed; called before each signature.

        Raises:
            LedgerBehind: more have been signed, or a witness remembers another ledger.
            StoreError: the file cannot be written, so what would be signed now could not be remembered.
        """
        if self._missed is not None:
            self._write(*self._missed)
            self._missed = None
        if size < self.size:
            self.note = self._read()  # another process may have recorded a recovery
            self.size = self._size(self.note)
        if size < self.size:
            raise LedgerBehind(f"{behind(size, self.size)}. {GOING_ON}")
        if self._may_be_unsure:
            if why := self.unsure:
                raise LedgerBehind(f"{why}. {GOING_ON}")
            self._may_be_unsure = False  # another process has recorded a recovery
        self.heard.check()

    def record(self, note: bytes, *, replace: bool = False) -> None:
        """Remember a checkpoint that is committed.

        A failure is logged, and makes the next `check` refuse: what is committed cannot be taken back.

        Args:
            note: the signed note.
            replace: also over one of a larger size: a recovery.
        """
        try:
            self._write(note, replace)
            if replace:
                self._restored.unlink(missing_ok=True)
                self._may_be_unsure = False
                self.heard.reconsider()
        except (StoreError, OSError) as error:
            self._missed = note, replace
            _log.warning("%s", error)
        except LedgerError as error:  # it stays refused until the next start judges it
            _log.warning("%s", error)

    def close(self) -> None:
        """Make what was recorded survive a power cut."""
        if self._unsynced:
            self._unsynced = False
            try:
                _sync(self.path)
            except OSError as error:
                _log.warning("%s", self._failure(error))

    def _write(self, note: bytes, replace: bool) -> None:
        size = self._size(note)
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                before = os.pread(descriptor, MAX_NOTE, 0)
                if not replace and self._size(before or None) > size:
                    return  # of two processes that have just committed, the other was later
                os.pwrite(descriptor, note, 0)
                if len(before) > len(note):
                    os.ftruncate(descriptor, len(note))
                now = time.monotonic()
                if self._synced_at is None or now - self._synced_at >= SYNC_SECONDS:
                    os.fsync(descriptor)
                    if self._synced_at is None:
                        _sync(self.path.parent)
                    self._synced_at = now
                self._unsynced = self._synced_at != now
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._failure(error) from None
        self.note, self.size = note, size

    def _read(self) -> bytes | None:
        try:
            # Empty after a power cut, where the file system kept the name and lost what was written.
            return self.path.read_bytes() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be read: {error.strerror}") from None

    def _size(self, note: bytes | None) -> int:
        if note is None:
            return 0
        try:
            return parse_checkpoint(parse_note(note).text).size
        except NoteError as error:
            raise StoreError(
                f"{self.path}: the last signed checkpoint is damaged: {error}. Find out why; without this file "
                "nothing warns of a database that was restored."
            ) from None

    def _failure(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self.path}: the last signed checkpoint cannot be remembered: {error.strerror}. Nothing more is "
            "signed until it can; [ledger] last_signed names the file."
        )


def behind(size: int, signed: int) -> str:
    """What to tell a person about a database that is behind."""
    return (
        f"the database holds a ledger of {size} entries, but this host has signed for {signed}: it was restored "
        "from a backup, or cut"
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
