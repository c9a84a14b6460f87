"""Where the files of a command may lie for whoever comes in through ``alpr-core shell``: in inbox/ and outbox/ only.

Everywhere else a person at the command line is the account that runs it, and may name any file that it can reach.
Through the shell they are not: the account is the node's, and could reach its keys.
"""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from alpr_core.cli.frame import walk

INBOX, OUTBOX = "inbox", "outbox"


class Written(click.Path):
    """A path that a command writes to: through the shell it lies in outbox/."""


class NameOrFile(click.types.StringParamType):
    """The name of a pack, or a .toml file; through the shell a name only, or a file in inbox/."""


class Place(click.types.StringParamType):
    """A folder that something is written to, or an address; through the shell a folder in outbox/."""


NAME_OR_FILE, PLACE = NameOrFile(), Place()


class _Confined(click.ParamType[Any]):
    """A type that takes a path, and only one in inbox/ or outbox/."""

    def __init__(self, inner: click.ParamType[Any], folder: Path) -> None:
        self.name = inner.name
        self.inner = inner
        self._folder = folder

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Resolve what a person wrote, refuse what lies elsewhere, then convert as the command wants it."""
        text = str(value)
        if isinstance(self.inner, NameOrFile) and "/" not in text and not text.endswith(".toml"):
            return self.inner.convert(text, param, ctx)
        try:
            path = self._place(text)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return self.inner.convert(str(path), param, ctx)

    def _place(self, text: str) -> Path:
        if "\0" in text or "://" in text:
            raise ValueError("only files in inbox/ and outbox/ can be named here, and no addresses")
        is_written = isinstance(self.inner, Written | Place)
        boxes = {name: (self._folder / name).resolve() for name in (INBOX, OUTBOX)}
        first = Path(text).parts[:1]
        if Path(text).is_absolute() or first[:1] == (INBOX,) or first[:1] == (OUTBOX,):
            wanted = self._folder / text
        elif is_written or not (boxes[INBOX] / text).exists():
            wanted = boxes[OUTBOX] / text
        else:
            wanted = boxes[INBOX] / text
        path = wanted.resolve()  # symbolic links and .. are followed before anything is compared
        allowed = [boxes[OUTBOX]] if is_written else list(boxes.values())
        if not any(path != box and path.is_relative_to(box) for box in allowed):
            where = "outbox/" if is_written else "inbox/ or outbox/"
            raise ValueError(f"the file lies outside of {where}: name one in there")
        if path.exists() and not (stat.S_ISREG(path.stat().st_mode) or path.is_dir()):
            raise ValueError("this is neither a file nor a folder")
        return path


def is_path(parameter: click.Parameter) -> bool:
    """Return whether a command takes a place in the file system there."""
    return isinstance(parameter.type, click.Path | click.File | NameOrFile | Place | _Confined)


@contextmanager
def confined(command: click.Command, folder: Path) -> Iterator[None]:
    """Confine every path of every command below a group, for as long as the context lasts.

    Args:
        command: the group.
        folder: the node's; inbox/ and outbox/ lie in it.
    """
    found = [one for leaf in walk(command) for one in leaf.command.params if is_path(one)]
    before = [(one, one.type) for one in found]
    try:
        for one in found:
            if not isinstance(one.type, _Confined):
                one.type = _Confined(one.type, folder)
        yield
    finally:
        for one, type_ in before:
            one.type = type_
