"""What an account must be like: badge number, legal name, roles, passphrase."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from alpr_core.errors import InputError
from alpr_core.passphrase import check_passphrase
from alpr_core.problems import suggestion

BADGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")
"""A badge number: it is typed at every login."""

LONGEST_NAME = 120
"""Characters of a legal name."""


def check_account(
    *, badge: str, name: str, roles: Collection[str], known: Collection[str], passphrase: str | None
) -> None:
    """Refuse an account that cannot be made, before anything is done for it.

    Args:
        badge: badge number, the login name.
        name: legal name.
        roles: codes of roles.
        known: those that the pack has.
        passphrase: as it was typed; None where there is one already.

    Raises:
        InputError: with everything that is wrong with badge, name and roles, else with the passphrase.
    """
    if problems := list(_problems(badge, name, roles, known)):
        raise InputError(" ".join(problems))
    if passphrase is not None:
        check_passphrase(passphrase, badge=badge, name=name)


def _problems(badge: str, name: str, roles: Collection[str], known: Collection[str]) -> Iterator[str]:
    if not BADGE.fullmatch(badge):
        yield "A badge number is 1 to 32 letters, digits and . _ - and begins with a letter or digit."
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        yield f"A legal name has 1 to {LONGEST_NAME} printable characters."
    if not roles:
        yield f"A person needs a role; the pack has {', '.join(known)}."
    for role in sorted(set(roles) - set(known)):
        yield f"The pack has no role {role!r}, but {', '.join(known)}.{suggestion(role, known)}"
