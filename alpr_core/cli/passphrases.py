"""How commands get a passphrase: typed unseen, or from a file that is the caller's alone. Never from an argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from alpr_core.errors import InputError, NotFound
from alpr_core.files import read_private
from alpr_core.passphrase import MAX_LENGTH

passphrase_file_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--passphrase-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the passphrase from the first line of this file (0600) instead of asking.",
)
"""Adds ``--passphrase-file``, which the command takes as ``passphrase_file: Path | None``."""


T = TypeVar("T")


def ask_passphrase(file: Path | None) -> str:
    """Return the passphrase of an account that exists.

    Raises:
        NotFound: if there is no such file.
        StoreError: if others can read the file.
        InputError: if it holds no passphrase.
    """
    if file is not None:
        return _first_line(file)
    typed: str = click.prompt("Passphrase", hide_input=True, err=True)
    return typed


def with_code(call: Callable[[str], T], code: str = "") -> T:
    """Call with the code of the authenticator, which is asked for only where the account has a second factor.

    Args:
        call: takes the code, "" for none.
        code: as it was given beforehand.
    """
    from alpr_core.services.login import CodeNeeded

    try:
        return call(code)
    except CodeNeeded:
        return call(click.prompt("Code of the authenticator", err=True))


def new_passphrase(file: Path | None) -> str:
    """Return a passphrase for a new account, typed twice. Errors as `ask_passphrase`."""
    if file is not None:
        return _first_line(file)
    typed: str = click.prompt(
        "Passphrase of the new account (unseen)", hide_input=True, confirmation_prompt="Once more", err=True
    )
    return typed


def _first_line(file: Path) -> str:
    try:
        data = read_private(file, limit=4 * MAX_LENGTH + 2)
    except FileNotFoundError as error:
        raise NotFound(f"There is no passphrase file {file}.") from error
    line = data.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "surrogateescape")
    if not line:
        raise InputError(f"The first line of {file} is empty; it should hold the passphrase.")
    return line
