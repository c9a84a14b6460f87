"""``alpr-core shell``: the way in for people, as the ForceCommand of an SSH key or through a sudo rule.

They reach the node's account with it and nothing else: one command a line, split into words without a shell, under
their own login, with files in inbox/ and outbox/ only.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import note
from alpr_core.errors import InputError

BARRED = frozenset({"init", "demo", "doctor", "upgrade", "models", "run", "shell", "simulate", "receive"})
"""What the node's own administrator does at the machine, and nobody through the shell."""

_WORDS_OF_HELP = frozenset({"-h", "--help", "--version"})


@open_to_all
@click.command()
@click.option(
    "-c", "command", metavar="COMMAND", help="One command, as sshd hands it over; a prompt without it."
)
@pass_invocation
def shell(invocation: Invocation, command: str | None) -> None:
    """Come in: log in, then one command a line, without "alpr-core" before it; exit leaves.

    This is what an SSH key's ForceCommand or a sudo rule starts (deploy/). Nothing is expanded: no $(...), no pipes.
    Files are named in inbox/ and outbox/ only. With a command (-c, or SSH_ORIGINAL_COMMAND) it logs in, runs that
    one, and logs out.

    \b
    Example, from a car:
      ssh -t alpr@server reads search - --purpose stolen_vehicle --case 26-1041
    """
    from alpr_core.cli import cli
    from alpr_core.cli.confined import confined

    folder = invocation.folder().resolve()
    wanted = command if command is not None else os.environ.get("SSH_ORIGINAL_COMMAND", "")
    words = split(wanted) if wanted.strip() else None
    if words is not None:
        check(words)
    with _own_session(), confined(cli, folder):
        status = _run(folder, ["login"])
        if status == 0:
            status = _lines(folder) if words is None else _run(folder, words)
            _run(folder, ["logout"], quiet=True)
    click.get_current_context().exit(status)


def split(line: str) -> list[str]:
    """Return the words of a line, quotes taken off; nothing is expanded.

    Raises:
        InputError: a quotation is not closed, or the line holds control characters.
    """
    if any(ord(character) < 32 or ord(character) == 127 for character in line.strip()):
        raise InputError("A command is one line without control characters.")
    try:
        words = shlex.split(line, comments=False, posix=True)
    except ValueError as error:
        raise InputError(f"This line cannot be split into words: {error}.") from error
    return words[1:] if words[:1] == ["alpr-core"] else words


def check(words: Sequence[str]) -> None:
    """Refuse what is not reached through the shell.

    Raises:
        InputError: saying what, and where it is done.
    """
    from alpr_core.cli import COMMANDS

    first = words[0] if words else ""
    if first in _WORDS_OF_HELP and len(words) == 1:
        return
    if first.startswith("-"):
        raise InputError(f"{first} is not given here: the node is this one.")
    if first in BARRED:
        raise InputError(f"{first} is for whoever keeps the machine, at the machine.")
    if first not in COMMANDS:
        raise InputError(f"There is no command {ascii(first)[1:-1]!r} here; help lists them.")


def _lines(folder: Path) -> int:
    """Run a command a line until somebody leaves; return 0. No line is kept: there is no history."""
    while True:
        try:
            line = click.prompt("alpr-core", prompt_suffix="> ", default="", show_default=False, err=True)
        except (click.Abort, EOFError):
            return 0
        if line.strip() in ("exit", "quit"):
            return 0
        try:
            words = split(line)
            if words == ["help"]:
                words = ["--help"]
            if words:
                check(words)
                _run(folder, words)
        except InputError as error:
            note(f"Error: {error.message}")


def _run(folder: Path, words: Sequence[str], *, quiet: bool = False) -> int:
    """Run one command in this process, and return its exit status."""
    from alpr_core.cli import cli

    try:
        cli.main(["-C", str(folder), *words], prog_name="alpr-core", obj=Invocation())
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else 1
        return 0 if quiet else status
    return 0


@contextmanager
def _own_session() -> Iterator[None]:
    """Keep the session of this way in in a folder of its own, and trust nothing of the caller's surroundings."""
    before = {name: value for name, value in os.environ.items() if name.startswith("ALPR_")}
    for name in before:
        del os.environ[name]
    place = tempfile.mkdtemp(prefix="alpr-shell-")  # 0700
    os.environ["ALPR_SESSION"] = str(Path(place) / "session")
    if not sys.stdin.isatty() and "SSH_CONNECTION" in os.environ:
        note("There is no terminal to log in at. Use: ssh -t")
    try:
        yield
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.environ.pop("ALPR_SESSION", None)
        os.environ.update(before)
