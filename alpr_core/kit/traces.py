"""The plate and the person that a plugin is tried with, and looking for them in what it left behind."""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

PLATE = "KIT0PL8"
"""The plate that the checks use: whoever finds it in a log, a file or a plugin's memory knows where it came from."""

NAME = "KITTLEBURY"
"""The surname of the person that the checks use, for the same reason."""

MOST_BYTES = 64 * 1024 * 1024
"""So much of one file is looked through."""

_WORD = re.compile(r"[A-Z0-9]{4,}")


def words_in(text: str) -> set[str]:
    """Return the words of a text that are long enough to be a name or a plate, in capitals."""
    return set(_WORD.findall(text.upper()))


def personal(text: str) -> set[str]:
    """Return the words of an answer that may be about a person: names and numbers, no years or short codes."""
    return {word for word in words_in(text) if not word.isdigit() or len(word) > 5}


def words_of_code(*modules: str) -> set[str]:
    """Return the words in the source of the packages of these modules, and of our own.

    A plugin logs sentences of its own: that an answer has a word in common with one of them tells nothing.
    """
    packages = {module.partition(".")[0] for module in modules} | {"alpr_core"}
    sources = {
        Path(file)
        for name, module in list(sys.modules.items())
        if name.partition(".")[0] in packages and (file := getattr(module, "__file__", None))
    }
    return {word for source in sources if source.suffix == ".py" for word in words_in(_content(source))}


def left_in_output(output: Path, told: Collection[str]) -> str:
    """Return what of a person stands in what a plugin printed or logged, in a sentence; "" if nothing."""
    found = _found(_content(output), told)
    return (
        f"what it printed or logged holds {found}: log counts and codes, never a plate or a name"
        if found
        else ""
    )


def left_in_files(folder: Path, told: Collection[str], began: float) -> str:
    """Return what of a person stands in a file that a plugin left, or in its name, in a sentence; "" if nothing.

    Args:
        folder: its working folder, which is its home and its folder for temporary files too.
        told: words that it was told about people.
        began: when it was started, as a file's time: what it wrote past its own folder, by a fixed path, is newer.
    """
    for path in (*folder.rglob("*"), *_strays(began)):
        shown = f"the file {path.name} that it wrote"
        if found := _found(path.name, told):
            return f"the name of a file that it wrote holds {found}"
        if path.is_file() and (found := _found(_content(path), told)):
            return f"{shown} holds {found}: what a plugin learns of a person is kept by nobody but the core"
    return ""


def _strays(began: float) -> Iterator[Path]:
    """Yield what is new in this machine's folder for temporary files and in the real home."""
    for folder in {Path(tempfile.gettempdir()), Path.home()}:
        for path in _listed(folder):
            try:
                if path.is_file() and path.stat().st_mtime >= began:
                    yield path
            except OSError:  # gone meanwhile, or another's
                continue


def _listed(folder: Path) -> Iterable[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return ()


def _content(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            return (
                opened.read(MOST_BYTES).replace(b"\0", b"").decode("latin-1")
            )  # UTF-16 has its NULs between
    except OSError:  # not to be read by us: nothing is known of it
        return ""


def _found(text: str, told: Collection[str]) -> str:
    """Return what of a person a text holds, in words that do not quote it; "" if nothing."""
    upper = text.upper()
    if PLATE in upper:
        return "the plate that was looked for"
    if NAME in upper:
        return "the name of the person that was looked for"
    count = len(words_in(upper) & set(told))
    return f"{count} {'word' if count == 1 else 'words'} of an answer about a person" if count else ""
