"""Which processes of this node are alive: each holds a lock on a file of its own, which dies with it.

A send that was begun and has no outcome is either still under way in a living process or was cut off; only the
second may be settled by somebody else.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from pathlib import Path
from threading import Lock

from alpr_core.errors import StoreError

_NAME = re.compile(r"[0-9a-f]{32}")


class Presence:
    """This process's mark, made when it is first needed.

    Args:
        folder: ``var/run``.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = Lock()
        self._held: tuple[str, int] | None = None

    @property
    def name(self) -> str:
        """This process's name, which others can ask about for as long as it lives.

        Raises:
            StoreError: if the mark cannot be made.
        """
        with self._lock:
            if self._held is None:
                self._held = self._make()
            return self._held[0]

    def is_alive(self, name: str) -> bool:
        """Whether the process of this name, on this machine, still lives; of one that cannot be asked, yes."""
        if not _NAME.fullmatch(name):
            return False
        try:
            descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False

    def close(self) -> None:
        """Take the mark away: this process has nothing under way any more."""
        with self._lock:
            if self._held is not None:
                name, descriptor = self._held
                (self._folder / name).unlink(missing_ok=True)
                os.close(descriptor)
                self._held = None

    def _make(self) -> tuple[str, int]:
        name = secrets.token_hex(16)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(
                self._folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise StoreError(f"{self._folder} cannot be written: {error.strerror}") from error
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return name, descriptor
