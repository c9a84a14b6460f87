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
never downloads. What plugins use of it are public names of `alpr_core`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alpr_core.errors import InputError, ModelsMissing, PluginError

_CHUNK = 1 << 16


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
    part = part_of(weight, folder)
    try:
        shutil.copyfile(path, part)
    except OSError as error:
        raise InputError(f"{path} cannot be copied to {folder}: {error.strerror}") from error
    put_in_place(part, weight, folder, path)


def part_of(weight: Weight, folder: Path) -> Path:
    """Return where a file stands until its hash was checked; its folder is made."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder} cannot be made: {error.strerror}") from error
    return folder / f"{weight.name}.part"


def put_in_place(part: Path, weight: Weight, folder: Path, came_from: object) -> None:
    """Give the file its name if it is the pinned one; else throw it away.

    Raises:
        InputError: if it is another file, or the folder cannot be written.
    """
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
