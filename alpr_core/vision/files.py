"""Opening files that nobody vouches for: only regular ones, and every failure names the file."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from alpr_core.errors import InputError

MAX_PIXELS = 80_000_000
"""Larger pictures are refused before they are decoded: as BGR this is 240 MB."""


def printable(path: Path) -> str:
    """Return the path without what would upset a terminal or a ledger: control characters, broken UTF-8."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in str(path)
    )


@contextlib.contextmanager
def readable(name: str) -> Iterator[None]:
    """Turn what the system says of ``name`` into an `InputError`."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(f"{name}: no such file or folder") from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the name
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError(f"{name}: cannot be read: {reason}") from None


@contextlib.contextmanager
def open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a regular file that is not empty: a pipe would block, a device might do anything.

    Raises:
        InputError: if it is none, or may not be read.
    """
    name = printable(path)
    with readable(name):
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()  # says why, if it cannot be read
        if not stat.S_ISREG(status.st_mode):
            raise InputError(f"{name}: is not a file but a folder, a pipe or a device")
        if status.st_size == 0:
            raise InputError(f"{name}: is empty")
        file = path.open("rb")
    with file:
        yield file


def file_time(file: IO[bytes], name: str) -> datetime:
    """Return when the file was last written, UTC.

    Raises:
        InputError: if the file system holds no possible date.
    """
    try:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        raise InputError(f"{name}: the file's own time is no date; say when it was taken") from None


def check_size(width: int, height: int, name: str) -> None:
    """Raise an `InputError` if a picture of this size, in px, would fill the memory."""
    if width * height > MAX_PIXELS:
        most = MAX_PIXELS // 1_000_000
        raise InputError(f"{name}: {width}×{height} pixels are too many; at most {most} million are taken")
