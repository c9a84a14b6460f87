"""What a person typed into one field: on one line, printable, and not longer than its column bears."""

from __future__ import annotations

import re

from alpr_core.errors import InputError

ORI = re.compile("[A-Z]{2}[A-Z0-9]{7}")
"""Nine characters that begin with the state (NCIC Operating Manual, Originating Agency Identifier)."""

NO_ORI = "An ORI has nine capital letters and digits and begins with the state, as OR0150000."


def one_line(text: str, what: str, *, longest: int) -> str:
    """Return the text with its white space collapsed.

    Args:
        text: as it was typed.
        what: what it says, for the message: "who signed".
        longest: characters that it may have.

    Raises:
        InputError: it is empty, too long, or holds what no terminal shows.
    """
    line = " ".join(text.split())
    if not line or len(line) > longest or not line.isprintable():
        raise InputError(f"Say {what}, in 1 to {longest} printable characters.")
    return line
