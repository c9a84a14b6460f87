"""The node-wide lock that every write to a SQLite database takes first.

SQLite's own busy timeout polls: writers that wait starve each other (of eight processes two got nothing in
ten seconds). A blocking flock queues them in the kernel, and each gets its share.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from .errors import StoreError


class FileLock:
    """A lock between all threads and processes of one machine, held in a ``with`` block.

    It is not re-entrant: a thread that holds it and asks again would wait for itself, so that raises
    RuntimeError. The file is made, mode 0600, where it is missing, and must never be deleted while in use. A
    process that dies lets go of it. A file that cannot be opened raises StoreError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._holder: tuple[int, int] | None = None
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._refuse_to_wait_for_oneself()
        self._descriptor = _locked(self.path)
        self._holder = (os.getpid(), threading.get_ident())
        return self

    def _refuse_to_wait_for_oneself(self) -> None:
        if self._holder == (os.getpid(), threading.get_ident()):
            raise RuntimeError(f"{self.path}: this thread holds the lock already")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        descriptor, self._descriptor, self._holder = self._descriptor, -1, None
        _let_go(descriptor)


class QueuedLock(FileLock):
    """A lock whose holder learns whether somebody waits for it.

    Whoever comes takes a second lock first, ``NAME.queue``, and keeps it until the lock itself is had. So who lets go
    and comes back at once is behind whoever was waiting.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._queue = path.with_name(f"{path.name}.queue")

    def __enter__(self) -> Self:
        self._refuse_to_wait_for_oneself()
        queue = _locked(self._queue)
        try:
            return super().__enter__()
        finally:
            _let_go(queue)

    def is_awaited(self) -> bool:
        """Return whether somebody waits for it."""
        queue = _open(self._queue)
        try:
            fcntl.flock(queue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            _let_go(queue)
        return False


def _open(path: Path) -> int:
    """Open a file, anew each time: a descriptor kept across a fork would be the parent's lock as well."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(f"{path}: the lock cannot be taken: {error.strerror}") from None


def _locked(path: Path) -> int:
    """Open a file and wait for its lock."""
    descriptor = _open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _let_go(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a child forked meanwhile holds a copy: closing is not enough
    finally:
        os.close(descriptor)
