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

    def __enter__(self) -> FileLock:
        me = (os.getpid(), threading.get_ident())
        if self._holder == me:
            raise RuntimeError(f"{self.path}: this thread holds the lock already")
        # Opened anew each time: a descriptor kept across a fork would be the parent's lock as well.
        try:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreError(f"{self.path}: the lock cannot be taken: {error.strerror}") from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self._holder = descriptor, me
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        descriptor, self._descriptor, self._holder = self._descriptor, -1, None
        try:
            fcntl.flock(
                descriptor, fcntl.LOCK_UN
            )  # a child forked meanwhile holds a copy: closing is not enough
        finally:
            os.close(descriptor)
