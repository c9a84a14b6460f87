"""Whether a reason is one: what somebody else, a year later, could check an access against. Pure."""

from __future__ import annotations

from alpr_core.errors import InputError

LEAST_WORDS, LEAST_LETTERS = 2, 8

_WORDS = """
a access an as asdf asked case check checking do duty for inv invest investigate investigating investigation
investigations job just law le legal leo me my n na no none of official on other per police query reason request
required research search searching see something test testing the this to traffic use work x xx xxx
"""
_EMPTY = frozenset(_WORDS.split())
"""Words that say of a search that it was one. Audits of other departments found reasons made of nothing else."""


def check_reason(reason: str, purpose: str = "") -> None:
    """Refuse a reason that says nothing; no reason at all is the policy's affair.

    Args:
        reason: as a person typed it; "" passes.
        purpose: the purpose code beside it, which a reason does not repeat.

    Raises:
        InputError: saying what a reason is.
    """
    if not reason.strip():
        return
    words = "".join(one if one.isalnum() else " " for one in reason.casefold()).split()
    telling = [word for word in words if word not in _EMPTY and len(set(word)) > 1]
    repeats = set(telling) <= set(purpose.casefold().split("_"))
    if len(words) < LEAST_WORDS or sum(map(len, words)) < LEAST_LETTERS or not telling or repeats:
        raise InputError(
            f"'{ascii(reason)[1:-1][:40]}' is no reason: say in a few words what happened and why this plate, so "
            "that somebody else can check it later, such as 'seen leaving the burglary at 12 Main St'."
        )
