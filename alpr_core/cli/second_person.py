"""The second person at the command line, who agrees to what one alone must not do."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alpr_core.cli.passphrases import ask_passphrase, with_code

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.models import Actor


def second_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--second`` and ``--second-passphrase-file``."""
    by_file = click.option(
        "--second-passphrase-file",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="Take the second person's passphrase from the first line of this file (0600) instead of asking.",
    )
    by_badge = click.option(
        "--second", help="Badge number of the second person; asked for without it, where one is needed."
    )
    return by_badge(by_file(command))


def agreed_by_second(
    act: Act,
    roles: Iterable[str],
    badge: str | None,
    passphrase_file: Path | None,
    *,
    to: str,
    removed: Iterable[str] | None = (),
) -> Actor | None:
    """Return who agrees that a person gets or loses sensitive roles; None where nobody has to, or nobody could.

    Args:
        act: of the first person.
        roles: that are given.
        badge: of the second person, None to ask for it.
        passphrase_file: theirs.
        to: badge number of whose roles they are.
        removed: that are taken; None for all of them.
    """
    from alpr_core.services.accounts import agreed_to_rights, needs_second, needs_second_to_lose
    from alpr_core.services.login import Credentials

    if not needs_second(act, roles, to) and not needs_second_to_lose(act, to, removed):
        return None
    number: str = badge or click.prompt("Badge number of the second person, who agrees", err=True)
    typed = ask_passphrase(passphrase_file)
    return with_code(lambda code: agreed_to_rights(act, Credentials(number, typed, code)))
