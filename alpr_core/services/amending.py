"""Amending an act: a case number that was wrong, or came later, is put right by a further entry."""

from __future__ import annotations

from alpr_core.act import Act
from alpr_core.entries import CATALOGUE
from alpr_core.errors import InputError, NotFound
from alpr_core.reasons import check_reason

ACTION = "act.amend"


def amend(act: Act, entry: int, case: str, *, reason: str) -> int:
    """Put the case number of an act of one's own right, and return the index of the entry that does.

    The entry of the act stays as it is; the further one names it.

    Args:
        act: who amends.
        entry: index of the act's entry.
        case: the right case or incident number.
        reason: how the wrong one came about.

    Raises:
        Denied: by the policy.
        NotFound: one has done no such act.
        InputError: acts of its kind carry no case number, or there is no number or no reason.
    """
    act.admit(ACTION, case=case, reason=reason)
    if not case.strip() or not reason.strip():
        raise InputError(
            "An amendment needs the right number (--case) and how the wrong one came about (--reason)."
        )
    check_reason(reason)
    with act.change(ACTION, case=case, reason=reason) as change:
        if not 0 <= entry < change.work.ledger.size():
            raise NotFound(f"there is no entry {entry} of an act of yours")
        body = change.work.ledger.entry(entry).body
        who = body.get("actor")
        if not isinstance(who, dict) or who.get("id") != act.actor.id:
            raise NotFound(f"there is no entry {entry} of an act of yours")
        kind = CATALOGUE.get(str(body.get("kind")))
        if kind is None or "case" not in kind.committed or kind.name in ("act.deny", ACTION):
            raise InputError(f"Entry {entry} is of a kind that carries no case number.")
        change.record(amends=entry)
    assert change.receipt is not None  # noqa: S101  it is set where the change ends
    return change.receipt.first
