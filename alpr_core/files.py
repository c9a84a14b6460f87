"""Files that only this account may read, and that are there whole or not at all: keys, images, sessions."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from alpr_core.errors import InputError, StoreError


def state_folder(environ: Mapping[str, str]) -> Path:
    """Return where this user's own state of alpr-core lies, whatever the node.

    Source: XDG Base Directory Specification 0.8: ``$XDG_STATE_HOME`` if it is an absolute path, else
    ``~/.local/state``.
    """
    state = Path(environ.get("XDG_STATE_HOME", ""))
    return (state if state.is_absolute() else Path.home() / ".local" / "state") / "alpr-core"


def handed_over(folder: Path) -> int:
    """Return the mode of a file that is handed to somebody in a folder: its group may read it, if the folder is its.

    The set-group-ID bit of a folder says so: what is made in it belongs to its group (inode(7)).
    """
    return 0o640 if folder.stat().st_mode & stat.S_ISGID else 0o600


def write_private(path: Path, data: bytes, *, replace: bool = True) -> bool:
    """Write a file, mode 0600, so that it survives a power cut; its folder is made, mode 0700, if need be.

    Args:
        path: its name; never there half written.
        data: what it holds.
        replace: whether it takes the place of one that is there.

    Returns:
        False if one is there and stays.

    Raises:
        OSError: if it cannot be written; then nothing is left of it.
    """
    _make_folder(path.parent)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(partial, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            os.link(partial, path)
        sync_folder(path.parent)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):  # it has its name by now, or there is a better error on its way
            partial.unlink()
    return True


def shred(path: Path) -> None:
    """Take a small file's name away, overwrite it and remove it; one that is gone is gone.

    Cut off halfway, it leaves a file of another name, which a second call finishes: never zeros under the old name.
    What a disk keeps of overwritten blocks is beyond a program.

    Raises:
        OSError: if it cannot be done.
    """
    half = path.with_name(f"{path.name}.erased")
    with suppress(FileNotFoundError):
        path.rename(half)
        sync_folder(path.parent)
    try:
        handle = os.open(half, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        os.write(handle, bytes(os.fstat(handle).st_size))
        os.fsync(handle)
    finally:
        os.close(handle)
    half.unlink()
    sync_folder(half.parent)


def read_private(path: Path, *, limit: int) -> bytes:
    """Return the first ``limit`` bytes of a file that holds a secret.

    Raises:
        FileNotFoundError: if there is none.
        StoreError: if it is not a plain file, belongs to somebody else, or others can read or change it.
    """
    try:
        # Checked on the open file, not on its name: nobody can put another in its place in between. Not blocking,
        # so that a pipe laid there does not hold the program up.
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        _check_private(path, os.fstat(handle))
        return os.read(handle, limit)
    finally:
        os.close(handle)


def is_open_to_others(status: os.stat_result) -> bool:
    """Return whether somebody besides its owner may read or change a file."""
    return bool(stat.S_IMODE(status.st_mode) & 0o077)


def problem_of_secret(path: Path, status: os.stat_result) -> str:
    """Return what to do about a file with a secret in it that a setting names, "" if it is for its owner alone."""
    return f"{path} may be read by others. Run: chmod 600 {path}" if is_open_to_others(status) else ""


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a plain file that a person named, hexadecimal.

    Raises:
        InputError: it is no plain file, or cannot be read.
    """
    if path.exists() and not path.is_file():
        raise InputError(f"{path} is no file; a pipe or a folder has to be written into one first")
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise StoreError(f"{path} is not a plain file, so the secret in it is not used.")
    if status.st_uid != os.geteuid():
        raise StoreError(
            f"{path} belongs to user {status.st_uid} and not to you, so the secret in it is not used."
        )
    if is_open_to_others(status):
        mode = stat.S_IMODE(status.st_mode)
        raise StoreError(
            f"{path} can be read or changed by others (mode {mode:04o}), so the secret in it is not used. Find out "
            "who did; make the file yours alone (chmod 600); a secret that others may know is to be replaced."
        )


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def all_or_nothing(folder: Path) -> Iterator[None]:
    """Make the folder; where the body fails, take away what came since, and nothing that was there before."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        before = set(folder.iterdir())
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror}") from error
    try:
        yield
    except BaseException:
        for path in set(folder.iterdir()) - before:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        if is_new:
            folder.rmdir()
        raise
