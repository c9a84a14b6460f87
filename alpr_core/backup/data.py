"""A backup of the data: a folder that is there whole or not at all.

::

    data/00000007/manifest.json                  what belongs to it, and a MAC over that
    data/00000007/rest.part                      everything but reads, and the node's own files
    data/00000007/parts/read/2026-11-23/default.part     the reads of a capture day and retention class
    data/00000007/parts/evidence/3.part              the reads of a hold
    data/00000007/images/2026-11-23/<sha256>     the images' files as they are: ciphertext

It is written beside its place, synced, and renamed. Image files that the backup before has too are linked to it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alpr_core.backup.envelope import Sealing, derive, lines, opened
from alpr_core.errors import InputError, NotFound, StoreError, VerificationFailed
from alpr_core.files import sync_folder

FORMAT = "alpr-core data"
VERSION = 1
REST = "rest"
MANIFEST = "manifest.json"
_NUMBER = re.compile(r"\d{8}")
_PARTIAL = ".partial-"
_PART = re.compile(r"(read/\d{4}-\d{2}-\d{2}/[A-Za-z0-9_-][A-Za-z0-9_.-]*|evidence/\d+)")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_IMAGE = re.compile(r"[0-9a-f]{64}")
_LONGEST_MANIFEST = 1 << 28

Write = Callable[[bytes], None]


# ---------------------------------------------------------------------------
# Where they lie
# ---------------------------------------------------------------------------


def generations(folder: Path) -> list[Path]:
    """Return the whole backups of data in a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NUMBER.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def clear_partials(folder: Path) -> None:
    """Take away what backups that were cut off left behind."""
    for path in folder.glob(f"{_PARTIAL}*"):
        shutil.rmtree(path, ignore_errors=True)


def drop_older(folder: Path, keep: int) -> None:
    """Take away all but the newest ``keep`` backups; each is out of its place before anything of it is gone."""
    for path in generations(folder)[keep:]:
        partial = folder / f"{_PARTIAL}{secrets.token_hex(4)}"
        path.rename(partial)
        shutil.rmtree(partial, ignore_errors=True)


# ---------------------------------------------------------------------------
# Writing
# ---------------------------------------------------------------------------


class DataWriter:
    """Writes one backup of the data.

    Args:
        folder: that they lie in.
        number: of this one.
        own: the backup's own key.

    Attributes:
        images: how many there are.
        linked: how many of them the backup before had too.
        missing: image files that were not there, or not what they should be.
        bytes: of all parts and images that are not linked.
    """

    def __init__(self, folder: Path, number: int, own: bytes) -> None:
        self._final = folder / f"{number:08d}"
        self._before = next(iter(generations(folder)), None)
        self._number, self._own = number, own
        self._id = secrets.token_hex(16)
        self._parts: dict[str, dict[str, int]] = {}
        self._made: set[Path] = set()
        self.images = self.linked = self.missing = self.bytes = 0
        self.folder = folder / f"{_PARTIAL}{secrets.token_hex(4)}"
        self._mkdir(self.folder)

    @contextmanager
    def part(self, part: str, key: bytes) -> Iterator[Write]:
        """Open one part for writing: lines of JSON.

        Raises:
            StoreError: it cannot be written.
        """
        path = _part_file(self.folder, part)
        self._mkdir(path.parent)
        with _os_errors(path), path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            count = 0
            with Sealing(file, key, f"{self._id}/{part}") as stream:

                def write(line: bytes) -> None:
                    nonlocal count
                    count += 1
                    stream.write(line + b"\n")

                yield write
            file.flush()
            os.fsync(file.fileno())
            size = file.tell()
        self._parts[part] = {"lines": count, "bytes": size}
        self.bytes += size

    def image(self, day: str, name: str, source: Path) -> None:
        """Take one image's file in: by a link to the backup before, or as a copy that was read back."""
        target = self.folder / "images" / day / name
        self._mkdir(target.parent)
        if target.exists():
            return
        if self._before is not None:
            with suppress(OSError):  # not there, or no links there: it is copied
                os.link(self._before / "images" / day / name, target)
                self.images += 1
                self.linked += 1
                return
        try:
            data = source.read_bytes()
        except FileNotFoundError:
            self.missing += 1
            return
        if hashlib.sha256(data).hexdigest() != name:
            self.missing += 1
            return
        with _os_errors(target), target.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        self.images += 1
        self.bytes += len(data)

    def seal(self, facts: Mapping[str, object]) -> str:
        """Write the manifest, make all of it durable, and return the manifest's SHA-256."""
        manifest = {
            **facts,
            "format": FORMAT,
            "version": VERSION,
            "id": self._id,
            "number": self._number,
            "parts": self._parts,
            "images": self.images,
        }
        text = _canonical(manifest)
        signed = {"manifest": manifest, "mac": _mac(self._own, text)}
        path = self.folder / MANIFEST
        with _os_errors(path), path.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write((json.dumps(signed, indent=1) + "\n").encode("ascii"))
            file.flush()
            os.fsync(file.fileno())
        for made in sorted(self._made, reverse=True):
            sync_folder(made)
        return hashlib.sha256(text).hexdigest()

    def publish(self) -> Path:
        """Give the backup its name: from here on it is there."""
        with _os_errors(self._final):
            self.folder.rename(self._final)
            sync_folder(self._final.parent)
        return self._final

    def discard(self) -> None:
        """Take away what was written, unless it has its name."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _mkdir(self, folder: Path) -> None:
        with _os_errors(folder):
            if folder in self._made:
                return
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._made |= {folder, *(each for each in folder.parents if each.is_relative_to(self.folder))}


# ---------------------------------------------------------------------------
# Reading
# ---------------------------------------------------------------------------


class DataReader:
    """One backup of the data, checked against its manifest.

    Args:
        folder: its own.
        own: the backup's own key.

    Attributes:
        manifest: what was said of it when it was made.
        digest: the manifest's SHA-256, as the ledger has it.

    Raises:
        NotFound: there is none.
        InputError: it is something else, or of a newer version.
        VerificationFailed: the manifest was changed, or belongs to another node's backup.
    """

    def __init__(self, folder: Path, own: bytes) -> None:
        self.folder = folder
        stored = read_manifest(folder)
        self.manifest: dict[str, Any] = stored["manifest"]
        text = _canonical(self.manifest)
        if not hmac.compare_digest(str(stored.get("mac")), _mac(own, text)):
            raise VerificationFailed(
                f"{folder / MANIFEST}: it was changed, or these are not the keys of this backup"
            )
        self.digest = hashlib.sha256(text).hexdigest()
        for part in self.parts:
            if part != REST and not _PART.fullmatch(part):
                raise VerificationFailed(f"{folder / MANIFEST} names a part {part!r}, which no backup has")

    @property
    def parts(self) -> list[str]:
        """The parts, the one that holds everything but reads first."""
        names = sorted(self.manifest["parts"])
        return [*(name for name in names if name == REST), *(name for name in names if name != REST)]

    def lines(self, part: str, key: bytes) -> Iterator[bytes]:
        """Yield the lines of a part. A caller that reads to the end knows that it is whole.

        Raises:
            VerificationFailed: it is missing, or was changed or cut.
        """
        path = _part_file(self.folder, part)
        try:
            file = path.open("rb")
        except OSError as error:
            raise VerificationFailed(f"{path} is missing in the backup: {error.strerror}") from None
        count = 0
        with file:
            label = f"{self.manifest['id']}/{part}"
            for line in lines(opened(file, key, label, name=str(path)), name=str(path)):
                count += 1
                yield line
        if count != self.manifest["parts"][part]["lines"]:
            raise VerificationFailed(f"{path} holds {count} lines, and its manifest says another number")

    def image(self, day: str, name: str) -> bytes | None:
        """Return one image's file, checked against its name; None where the backup has none.

        Raises:
            VerificationFailed: it was changed, or no image has such a name.
        """
        if not (_DAY.fullmatch(day) and _IMAGE.fullmatch(name)):
            raise VerificationFailed(f"{self.folder}: no image is called {day}/{name}")
        path = self.folder / "images" / day / name
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        if hashlib.sha256(data).hexdigest() != name:
            raise VerificationFailed(f"{path} was changed")
        return data


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return what stands in a backup's manifest, not yet checked: whose and of when it says it is.

    Raises:
        NotFound: there is none.
        InputError: it is something else, or of a newer version.
    """
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            stored = json.loads(file.read(_LONGEST_MANIFEST))
    except OSError:
        raise NotFound(f"{folder} is no backup: it holds no {MANIFEST}") from None
    except ValueError:
        stored = None
    manifest = stored.get("manifest") if isinstance(stored, dict) else None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise InputError(f"{path} is no manifest of a backup")
    if manifest.get("version") != VERSION:
        raise InputError(f"{path} is of format {manifest.get('version')}, this program knows {VERSION}")
    if not isinstance(manifest.get("parts"), dict) or not isinstance(manifest.get("id"), str):
        raise InputError(f"{path} is no manifest of a backup")
    return {"manifest": manifest, "mac": stored.get("mac")}


def part_key(key: bytes, part: str) -> bytes:
    """Return the key that a part of reads is sealed under, from the key that dies with them."""
    return derive(key, b"", f"part/{part}")


def _part_file(folder: Path, part: str) -> Path:
    return folder / f"{REST}.part" if part == REST else folder / "parts" / f"{part}.part"


def _canonical(manifest: Mapping[str, object]) -> bytes:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode("ascii")


def _mac(own: bytes, text: bytes) -> str:
    return hmac.digest(derive(own, b"", "manifest"), text, "sha256").hex()


@contextmanager
def _os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: the backup cannot be written: {error.strerror}") from error
