"""How commands get the backup passphrase, or two shares of it: typed unseen, or from a file, never an argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from alpr_core.errors import InputError, NotFound
from alpr_core.files import read_private

backup_passphrase_option: Callable[[Callable[..., Any]], Callable[..., Any]] = click.option(
    "--backup-passphrase-file",
    "backup_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the backup passphrase, or two shares of it, a line each, from this file (0600) instead of asking.",
)
"""Adds ``--backup-passphrase-file``, which the command takes as ``backup_file: Path | None``."""


def ask_secret(file: Path | None) -> bytes:
    """Return the secret of the backup passphrase.

    Raises:
        NotFound: there is no such file.
        InputError: what was given is no passphrase, and no two shares.
    """
    from alpr_core.backup.secret import is_share, secret_of

    if file is not None:
        try:
            data = read_private(file, limit=4096)
        except FileNotFoundError:
            raise NotFound(f"There is no file {file}.") from None
        texts = [line for line in data.decode("utf-8", "replace").splitlines() if line.strip()]
        if not texts:
            raise InputError(f"{file} is empty; it should hold the backup passphrase, or two shares.")
        return secret_of(texts)
    first: str = click.prompt("Backup passphrase, or a share of it (unseen)", hide_input=True, err=True)
    if not is_share(first):
        return secret_of([first])
    second: str = click.prompt("A second share (unseen)", hide_input=True, err=True)
    return secret_of([first, second])
