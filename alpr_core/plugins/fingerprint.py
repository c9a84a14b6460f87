"""What a plugin is, byte for byte: the SHA-256 of its files, so that a changed one is noticed."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

_OURS = "alpr-core"
"""The distribution that our own plugins share with the core: of it only a plugin's own package counts."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


@lru_cache(maxsize=256)
def name_and_version(distribution: metadata.Distribution) -> tuple[str, str]:
    """Return a distribution's name and version, "" where it has none; reading them parses a long file each time."""
    said = distribution.metadata
    return said["Name"] or "", said["Version"] or ""


def fingerprint(entry_point: metadata.EntryPoint, makers: Iterable[str] = ()) -> str:
    """Return the SHA-256, in hexadecimal, of a plugin's files: their names and what they hold.

    These are the files of the package that the entry point names; with one of ours those of the packages that make
    what it registers, which several may share; with a stranger's whatever else its distribution installed. Compiled
    copies don't count.

    Args:
        entry_point: of the plugin.
        makers: modules that its factories are in.
    """
    total = hashlib.sha256()
    for name, path in sorted(_files(entry_point, makers).items()):
        try:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        except OSError as error:
            content = f"cannot be read: {error.strerror}"
        total.update(f"{content}  {name}\n".encode("utf-8", "surrogateescape"))
    return total.hexdigest()


def package_fingerprint(*packages: str, known: Mapping[str, str] = _NOTHING) -> tuple[str, str]:
    """Return the SHA-256, in hexadecimal, of all files of these packages, compiled copies aside.

    Args:
        packages: names of packages that are imported.
        known: fingerprints by the state of the files: reading a few hundred files takes ten times as long as asking
            for their sizes and times.

    Returns:
        The state of the files, and the fingerprint.
    """
    files = sorted(_whole(packages))
    stats = [(name, status.st_size, status.st_mtime_ns) for name, _, status in files]
    state = hashlib.sha256(repr(stats).encode("utf-8", "surrogateescape")).hexdigest()
    if state in known:
        return state, known[state]
    total = hashlib.sha256()
    for name, path, _ in files:
        content = hashlib.sha256(Path(path).read_bytes()).hexdigest()
        total.update(f"{content}  {name}\n".encode("utf-8", "surrogateescape"))
    return state, total.hexdigest()


def _files(entry_point: metadata.EntryPoint, makers: Iterable[str]) -> dict[str, Path]:
    found = {str(path.relative_to(base)): path for base, path in _package(entry_point.module)}
    distribution = entry_point.dist
    if distribution is not None and name_and_version(distribution)[0] == _OURS:
        for maker in makers:
            if maker.partition(".")[0] != "alpr_core":
                found |= {str(path.relative_to(base)): path for base, path in _package(maker)}
    elif distribution is not None:
        for file in distribution.files or ():
            if file.suffix != ".pyc" and ".dist-info" not in file.parts[0] and file.parts[0] != "..":
                found[str(file)] = Path(str(distribution.locate_file(file)))
    return found


def _whole(packages: Iterable[str]) -> Iterator[tuple[str, str, os.stat_result]]:
    """Yield each file of whole packages: its name from the package on, its path, its state."""
    for package in packages:
        spec = getattr(sys.modules.get(package), "__spec__", None) or find_spec(package)
        waiting = [(package, folder) for folder in (spec.submodule_search_locations if spec else None) or ()]
        while waiting:
            inside, folder = waiting.pop()
            with os.scandir(folder) as found:
                for one in found:
                    name = f"{inside}/{one.name}"
                    if one.is_dir():
                        if one.name != "__pycache__":
                            waiting.append((name, one.path))
                    else:
                        yield name, one.path, one.stat()


def _package(module: str) -> Iterator[tuple[Path, Path]]:
    """Yield the files of a module's outermost package, each behind the folder that its name starts from."""
    top = module.partition(".")[0]
    if top == "alpr_core":
        top = module  # a plugin inside of the core is its module, not the whole core
    spec = getattr(sys.modules.get(top), "__spec__", None) or find_spec(top)
    if spec is None:
        return
    folders = [Path(folder) for folder in spec.submodule_search_locations or ()]
    for folder in folders:
        for path in folder.rglob("*"):
            if path.suffix != ".pyc" and path.is_file():
                yield folder.parent, path
    if not folders and spec.origin is not None:
        yield Path(spec.origin).parent, Path(spec.origin)
