"""Model files that a recognizer needs and does not ship: pinned by hash, downloaded or taken from a folder.

A plugin names its files in a ``models.toml`` beside its module::

    name = "fast-alpr"
    needs = ["detector", "ocr"]

    [[file]]
    name = "detector.onnx"
    role = "detector"
    bytes = 7771218
    sha256 = "8883…"
    url = "https://…/detector.onnx"     # where its publisher has it
    licence = "MIT"
    folder_only = false                 # true: no publisher offers it for download, only a folder can bring it

Of several files with one role any one will do; the first installed one in the table's order is used. Files lie
flat in one folder under the names of the table. Nothing here runs unless a person installs models: recognizing
never downloads. Plugins may use this module.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import shutil
import tomllib
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from alpr_core.errors import InputError, ModelsMissing, PluginError

_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 30

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that are there and the bytes it will have."""


def silent(_name: str, _done: int, _total: int) -> None:
    """Show no progress."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """One pinned file; see the module for its fields."""

    name: str
    role: str
    bytes: int
    sha256: str
    url: str
    licence: str
    folder_only: bool = False


@dataclass(frozen=True, kw_only=True)
class WeightSet:
    """The files of one plugin.

    Attributes:
        name: what ``alpr-core models install`` calls it.
        needs: roles of which one file each must be there.
        weights: every pinned file, best of its role first.
    """

    name: str
    needs: tuple[str, ...]
    weights: tuple[Weight, ...]

    def installed(self, folder: Path) -> dict[str, Path]:
        """Return for each role the file to use. Looks at names and sizes only, so that it costs nothing."""
        found: dict[str, Path] = {}
        for weight in self.weights:
            if _has_size(folder / weight.name, weight):
                found.setdefault(weight.role, folder / weight.name)
        return found

    def missing(self, folder: Path) -> str | None:
        """Return None if every need is met, else what is missing and the command that brings it."""
        lacking = self._lacking(self.installed(folder))
        if not lacking:
            return None
        return (
            f"the model files for {' and '.join(lacking)} are not in {folder}. "
            f"Run: alpr-core models install {self.name}"
        )

    def verified(self, folder: Path) -> dict[str, Path]:
        """Return for each needed role the file to use, its hash checked.

        Raises:
            ModelsMissing: if a need is not met, or a file is not the pinned one.
        """
        if problem := self.missing(folder):
            raise ModelsMissing(problem)
        found = self.installed(folder)
        for weight in self.weights:
            path = found.get(weight.role)
            if path == folder / weight.name and digest(path) != weight.sha256:
                raise ModelsMissing(
                    f"{path} is damaged: it is not the file that was pinned. "
                    f"Run: alpr-core models install {self.name}"
                )
        return {role: found[role] for role in self.needs}

    def _lacking(self, roles: Iterable[str]) -> list[str]:
        return [role for role in self.needs if role not in set(roles)]


def read_pins(path: Path) -> WeightSet:
    """Read a plugin's ``models.toml``.

    Raises:
        PluginError: if it is not what the module says: a defect of that plugin.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        weights = tuple(Weight(**row) for row in table["file"])
        return WeightSet(name=table["name"], needs=tuple(table["needs"]), weights=weights)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise PluginError(f"{path}: not a table of model files ({error}): a defect of that plugin") from error


def models_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where model files lie: ``$ALPR_MODELS``, else ``alpr-core/models`` under the XDG data home."""
    if chosen := environ.get("ALPR_MODELS"):
        return Path(chosen)
    data_home = environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data_home) / "alpr-core" / "models"


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hex."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def is_intact(weight: Weight, folder: Path) -> bool:
    """Say whether the file is installed and is the pinned one."""
    path = folder / weight.name
    return _has_size(path, weight) and digest(path) == weight.sha256


def install_from(weight_set: WeightSet, source: Path, folder: Path) -> tuple[Weight, ...]:
    """Take every pinned file that lies anywhere under ``source``, whatever it is called there.

    Args:
        weight_set: what to look for.
        source: looked through with its subfolders.
        folder: where the files go; made if it is not there.

    Returns:
        The files found under ``source``.

    Raises:
        InputError: if ``source`` cannot be read, ``folder`` not be written, or if after all a need is not met;
            then nothing is installed.
    """
    found = _pinned_files(weight_set, source)
    roles = [w.role for w in weight_set.weights if w in found or is_intact(w, folder)]
    if lacking := weight_set._lacking(roles):
        names = "; ".join(
            f"for {role} " + " or ".join(w.name for w in weight_set.weights if w.role == role)
            for role in lacking
        )
        raise InputError(
            f"{source} does not hold every model file that {weight_set.name} needs. By their SHA-256 "
            f"these are missing: {names}. Nothing was installed."
        )
    for weight, path in found.items():
        if not is_intact(weight, folder):
            _copy(path, weight, folder)
    return tuple(found)


def _pinned_files(weight_set: WeightSet, source: Path) -> dict[Weight, Path]:
    if not source.is_dir():
        raise InputError(f"{source} is not a folder")
    by_size: dict[int, list[Weight]] = {}
    for weight in weight_set.weights:
        by_size.setdefault(weight.bytes, []).append(weight)
    found: dict[Weight, Path] = {}
    for path in sorted(source.rglob("*")):
        try:
            if path.is_file() and (possible := by_size.get(path.stat().st_size)):
                hashed = digest(path)
                found.update({weight: path for weight in possible if weight.sha256 == hashed})
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from error
    return found


def _copy(path: Path, weight: Weight, folder: Path) -> None:
    part = _part(weight, folder)
    try:
        shutil.copyfile(path, part)
    except OSError as error:
        raise InputError(f"{path} cannot be copied to {folder}: {error.strerror}") from error
    _put_in_place(part, weight, folder, path)


def download(weight: Weight, folder: Path, progress: Progress = silent) -> None:
    """Fetch one file from its publisher. What a broken download left is gone on with, never begun again.

    The file appears under its name only when its hash is right; until then it is ``<name>.part``.

    Raises:
        InputError: if it is not offered for download, if the connection fails or ends early (run again to go
            on), or if what came is not the pinned file (it is thrown away).
    """
    if weight.folder_only:
        raise InputError(f"{weight.name} is not offered for download: use --from with a folder that holds it")
    part = _part(weight, folder)
    have = part.stat().st_size if part.exists() else 0
    if have > weight.bytes:
        part.unlink()
        have = 0
    try:
        if have < weight.bytes:
            _fetch(weight, part, have, progress)
    except (OSError, http.client.HTTPException) as error:
        if getattr(error, "code", None) == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # what is there is longer than what the publisher has: it is of no use
        reason = getattr(error, "reason", None) or error
        raise InputError(
            f"{weight.url} could not be fetched: {reason}. Run the command again: it goes on where it stopped."
        ) from error
    have = part.stat().st_size
    if have < weight.bytes:
        raise InputError(
            f"{weight.url} ended after {have} of {weight.bytes} bytes. "
            "Run the command again: it goes on where it stopped."
        )
    _put_in_place(part, weight, folder, weight.url)


def _fetch(weight: Weight, part: Path, have: int, progress: Progress) -> None:
    headers = {"User-Agent": "alpr-core", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(_checked(weight.url), headers=headers)  # noqa: S310  _checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # it does not resume, and sends the whole file
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise http.client.HTTPException("the server went on at another place than was asked")
        with part.open("r+b" if have else "wb") as opened:
            opened.seek(have)
            opened.truncate()
            progress(weight.name, have, weight.bytes)
            # One byte more than pinned is enough to know that it is another file.
            while have <= weight.bytes and (chunk := answer.read(min(_CHUNK, weight.bytes + 1 - have))):
                opened.write(chunk)
                have += len(chunk)
                progress(weight.name, min(have, weight.bytes), weight.bytes)


def _checked(url: str) -> str:
    """Return the URL if it is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    ):
        return url
    raise InputError(f"{url} is not an https address, so nothing is fetched from it")


def _part(weight: Weight, folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from error
    return folder / f"{weight.name}.part"


def _put_in_place(part: Path, weight: Weight, folder: Path, came_from: object) -> None:
    if not _has_size(part, weight) or digest(part) != weight.sha256:
        with suppress(OSError):
            part.unlink()
        raise InputError(
            f"what came from {came_from} is not the pinned file {weight.name}: its SHA-256 is not "
            f"{weight.sha256}. It was thrown away."
        )
    try:
        with part.open("rb") as opened:
            os.fsync(opened.fileno())
        part.replace(folder / weight.name)
    except OSError as error:
        raise InputError(f"{folder / weight.name} cannot be written: {error.strerror}") from error


def _has_size(path: Path, weight: Weight) -> bool:
    try:
        return path.stat().st_size == weight.bytes
    except OSError:
        return False
