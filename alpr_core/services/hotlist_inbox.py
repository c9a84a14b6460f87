"""A folder that hotlists' files come in by: which of them are whole, whose turn it is, and where they go then.

What became of a file is seen from where it lies: in ``taken`` while it is imported, then in ``done``, or in
``refused`` with a note that says why. What lies in ``taken``, and nobody holds, was left by a run that was cut off or
denied; its turn is first, for it is older than all others.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from alpr_core.errors import StoreError

QUIET_FOR = timedelta(minutes=1)
"""A file that nobody has written to for so long is whole."""

UNFINISHED = (".part", ".partial", ".tmp", ".filepart")
"""How the names of files end that a program is still writing; so do names that begin with a dot."""

LARGEST_NOTE = 4000
"""Characters of a note on a refused file."""

LONGEST_NAME = 200
"""Bytes of a file's name that are kept: a time goes before it, and a note's name is longer."""


class Inbox:
    """One folder; it is made if it is not there.

    Args:
        folder: its path.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, now: datetime) -> Iterator[Path]:
        """Take one file after the other, the oldest first, and yield where it lies until the next one is asked for.

        Raises:
            StoreError: the folder cannot be read, or a file not be moved.
        """
        for path in [*self._left(), *self._whole(now)]:
            with self._held(path, now) as taken:
                if taken is not None:
                    yield taken

    def put_away(self, taken: Path, name: str, *, note: str = "") -> None:
        """Move a file that was taken to where those go that are dealt with, and a note beside it.

        Raises:
            StoreError: it cannot be moved.
        """
        folder = self._folder / name
        try:
            folder.mkdir(exist_ok=True)
            if note:
                text = f"{note[:LARGEST_NOTE]}\n".encode("utf-8", "backslashreplace")
                (folder / f"{taken.name}.why.txt").write_bytes(text)
            taken.replace(folder / taken.name)
        except OSError as error:
            raise StoreError(f"{taken}: cannot be moved to {folder}: {error.strerror}") from error

    @property
    def _taken(self) -> Path:
        return self._folder / "taken"

    def _left(self) -> list[Path]:
        try:
            self._taken.mkdir(parents=True, exist_ok=True)
            return sorted(path for path in self._taken.iterdir() if stat.S_ISREG(path.lstat().st_mode))
        except OSError as error:
            raise self._unreadable(error) from error

    def _whole(self, now: datetime) -> list[Path]:
        """Return the files that nobody is still writing, the oldest first."""
        found = []
        try:
            for path in self._folder.iterdir():
                status = path.lstat()  # a link may lead anywhere
                if not stat.S_ISREG(status.st_mode) or path.name.startswith("."):
                    continue
                written = datetime.fromtimestamp(status.st_mtime, UTC)
                if not path.name.lower().endswith(UNFINISHED) and written <= now - QUIET_FOR:
                    found.append((written, path))
        except OSError as error:
            raise self._unreadable(error) from error
        return [path for _, path in sorted(found)]

    def _unreadable(self, error: OSError) -> StoreError:
        return StoreError(f"{self._folder}: the hotlists' folder cannot be read: {error.strerror}")

    @contextmanager
    def _held(self, path: Path, now: datetime) -> Iterator[Path | None]:
        """Move a file to those that are taken, locked; None where another process was quicker."""
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            yield None
            return
        except OSError as error:
            raise StoreError(f"{path}: cannot be read: {error.strerror}") from error
        try:
            yield self._claim(path, handle, now)
        finally:
            os.close(handle)

    def _claim(self, path: Path, handle: int, now: datetime) -> Path | None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(handle), path.lstat()):
                return None
            if path.parent == self._taken:
                return path
            return path.rename(self._taken / f"{now:%Y%m%dT%H%M%S%fZ}-{_kept_name(path)}")
        except (BlockingIOError, FileNotFoundError):
            return None
        except OSError as error:
            raise StoreError(f"{path}: cannot be moved to {self._taken}: {error.strerror}") from error


def _kept_name(path: Path) -> str:
    """Return a file's name as text that is no longer than a file system takes it with a time and an end added."""
    raw = os.fsencode(path.name)
    text = "".join(one if one.isprintable() else "_" for one in raw.decode("utf-8", "replace"))
    if text.encode() == raw and len(raw) <= LONGEST_NAME:
        return text
    mark = hashlib.sha256(raw).hexdigest()[:8]  # two that differ only in what is lost stay two
    return f"{mark}-{text.encode()[: LONGEST_NAME - 9].decode('utf-8', 'ignore')}"
