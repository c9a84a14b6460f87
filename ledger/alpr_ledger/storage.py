"""Where the files of an export lie: in a folder, behind a web server, or in an object store.

What is read may be hostile: never more than is asked for, never through a device or a pipe, and trouble is a
SourceError. What is written is whole or not there.
"""

from __future__ import annotations

import os
import shutil
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, Protocol

from . import __version__
from .errors import SourceError
from .lock import FileLock

HTTP_SECONDS = 30.0


class Storage(Protocol):
    """Small files by their relative path.

    Attributes:
        name: what to call it in a message; without a password.
        at_once: how many reads in parallel pay.
    """

    name: str
    at_once: int

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes, or None where there is no such file.

        Raises:
            SourceError: it cannot be read, or is longer than `limit`.
        """

    def write(self, path: str, data: bytes) -> None:
        """Write a file, in place of one that is there; nobody ever reads half of it.

        Raises:
            SourceError: it cannot be written.
        """

    def sync(self) -> None:
        """Return once all that was written survives a power cut."""

    def remove(self, folder: str) -> None:
        """Take a folder away with all that is in it, if it is there."""

    def alone(self) -> AbstractContextManager[object]:
        """While it is held nobody else writes here, where the place can promise that."""


def is_url(target: str) -> bool:
    """Whether this names a web server or an object store, not a path."""
    return "://" in target


def open_storage(target: str) -> Storage:
    """The folder or URL of an export, which need not exist yet.

    Args:
        target: path of a folder, ``http://`` or ``https://`` (read only), or what fsspec opens (``s3://bucket/x``).

    Raises:
        SourceError: the URL cannot be used.
    """
    if not is_url(target):
        return FolderStorage(Path(target))
    if target.startswith(("http://", "https://")):
        return WebStorage(target)
    try:
        return ObjectStorage(target)
    except ImportError as error:
        raise SourceError(
            f"{_public(target)}: needs more packages ({error}): pip install 'alpr-ledger[s3]'"
        ) from None


class FolderStorage:
    """Files in a folder.

    Args:
        folder: made when the first file is written.
    """

    at_once = 1

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = str(folder)
        self._touched: set[Path] = set()

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes, or None where there is no such file."""
        place = self.folder / path
        try:
            # Not blocking: a pipe laid there must not hold the auditor up.
            with os.fdopen(os.open(place, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise SourceError(f"{place}: not a plain file")
                data = file.read(limit + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise SourceError(f"{place}: cannot be read: {error.strerror}") from None
        return _within(data, limit, str(place))

    def write(self, path: str, data: bytes) -> None:
        """Write a file under another name, then rename it."""
        place = self.folder / path
        partial = place.with_name(f".{place.name}.new")
        try:
            self._make(place.parent)
            with partial.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(place)
        except OSError as error:
            with suppress(OSError):
                partial.unlink()
            raise SourceError(f"{place}: cannot be written: {error.strerror}") from None
        self._touched.add(place.parent)

    def sync(self) -> None:
        """Make the names of the files survive a power cut, as their bytes do already."""
        for folder in self._touched:
            descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._touched.clear()

    def remove(self, folder: str) -> None:
        """Take a folder away with all that is in it, if it is there."""
        shutil.rmtree(self.folder / folder, ignore_errors=True)

    def alone(self) -> AbstractContextManager[object]:
        """A lock between all processes of this machine."""
        try:
            self._make(self.folder)
            return FileLock(self.folder / ".lock")
        except OSError as error:
            raise SourceError(f"{self.name}: cannot be written: {error.strerror}") from None

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            self._touched.add(folder.parent)


class WebStorage:
    """Files behind any web server, by the standard library; read only.

    Args:
        url: the prefix, ``http://`` or ``https://``.
    """

    at_once = 16

    def __init__(self, url: str) -> None:
        self.name = _public(url)
        if self.name != url:
            raise SourceError(f"{self.name}: a name or password in the URL is not supported")
        self._prefix = url.rstrip("/") + "/"

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes, or None where the server says that there is none."""
        try:
            request = urllib.request.Request(  # noqa: S310 - the prefix is http or https
                self._prefix + path, headers={"User-Agent": f"alpr-ledger/{__version__}"}
            )
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:  # noqa: S310
                data: bytes = answer.read(limit + 1)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                return None
            raise SourceError(
                f"{self.name}: {path}: the server answered {error.code} {error.reason}"
            ) from None
        except urllib.error.URLError as error:
            raise SourceError(f"{self.name}: {path}: no answer: {error.reason}") from None
        except (OSError, HTTPException, ValueError) as error:
            raise SourceError(f"{self.name}: {path}: no answer: {error!r}") from None
        return _within(data, limit, f"{self.name}: {path}")

    def write(self, path: str, data: bytes) -> None:  # noqa: ARG002
        """Refuse: a web server is only read."""
        raise SourceError(
            f"{self.name}: a web server is only read; export to a folder that it serves, or to s3://"
        )

    def sync(self) -> None:
        """There is nothing to wait for."""

    def remove(self, folder: str) -> None:
        """There is nothing that may be removed."""

    def alone(self) -> AbstractContextManager[object]:
        """There is nothing to hold."""
        return nullcontext()


class ObjectStorage:
    """Files in whatever fsspec opens, such as ``s3://bucket/prefix``; each is put whole.

    Args:
        url: the prefix.

    Raises:
        ImportError: the packages for this kind of URL are not installed.
    """

    at_once = 16

    def __init__(self, url: str) -> None:
        import fsspec

        self.name = _public(url)
        self._files: Any
        with _told(self.name):
            self._files, root = fsspec.url_to_fs(url, use_listings_cache=False)
        self._root = root.rstrip("/")

    def read(self, path: str, limit: int) -> bytes | None:
        """The file's bytes, or None where there is no such file."""
        with _told(f"{self.name}: {path}"):
            try:
                data = bytes(self._files.cat_file(f"{self._root}/{path}", start=0, end=limit + 1))
            except (FileNotFoundError, NotADirectoryError):
                return None
        return _within(data, limit, f"{self.name}: {path}")

    def write(self, path: str, data: bytes) -> None:
        """Put a file, whole."""
        with _told(f"{self.name}: {path}"):
            self._files.pipe_file(f"{self._root}/{path}", data)

    def sync(self) -> None:
        """There is nothing to wait for: what was put is there."""

    def remove(self, folder: str) -> None:
        """Take a folder away with all that is in it, if it is there."""
        with _told(f"{self.name}: {folder}"), suppress(FileNotFoundError):
            self._files.rm(f"{self._root}/{folder}", recursive=True)

    def alone(self) -> AbstractContextManager[object]:
        """Object stores know no lock: export to one from one place only."""
        return nullcontext()


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Turn whatever an object store's client raises into a SourceError."""
    try:
        yield
    except ImportError:
        raise
    except Exception as error:  # noqa: BLE001 - each store's client has errors of its own
        raise SourceError(f"{what}: {type(error).__name__}: {error}") from None


def _within(data: bytes, limit: int, what: str) -> bytes:
    if len(data) > limit:
        raise SourceError(f"{what}: longer than the {limit:,} bytes that such a file can have")
    return data


def _public(url: str) -> str:
    """The URL without name and password."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
