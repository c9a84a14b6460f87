"""Going on with a ledger whose newest entries were lost: two persons answer for it, and the loss is on record."""

from __future__ import annotations

from typing import NoReturn

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError
from alpr_core.models import Actor, Request
from alpr_core.services.login import Credentials, person_with

ACTION = "ledger.recover"


def refuse_needless(act: Act) -> NoReturn:
    """Refuse to recover a ledger that lacks nothing.

    Raises:
        Denied: by the policy.
        InputError: otherwise.
    """
    act.admit(ACTION)
    raise InputError(
        "There is nothing to recover: the database holds all that this host has signed for, and all that the "
        "witnesses that could be asked have confirmed."
    )


def recover(act: Act, first: Credentials, second: Credentials, *, reason: str = "") -> int:
    """Let the ledger go on from what its database holds, and return the index of the entry that says so.

    Nobody can be logged in, because a login is an entry: both persons give their passphrases here.

    Args:
        act: of nobody.
        first: in whose name the entry stands.
        second: who agrees.
        reason: what happened.

    Raises:
        Denied: a badge number or passphrase is wrong, or the policy does not let both of them do this. Not recorded:
            the ledger takes no other entry now.
        InputError: it is the same person twice.
    """
    one, other = (person_with(act, credentials) for credentials in (first, second))
    if one.id == other.id:
        raise InputError("Two persons are needed, and these are the same one.")
    actors = [Actor(id=each.id, roles=each.roles, name=each.name) for each in (one, other)]
    for actor in actors:
        request = Request(action=ACTION, actor=actor, at=act.now, reason=reason, origin=act.origin)
        decision = act.gate.decide(request)
        if not decision.allowed:
            raise Denied(decision)
    with act.becomes(actors[0]).change(ACTION, reason=reason) as change:
        lost, witnesses = change.lost_checkpoints()
        change.record(lost=lost, second=other.id, witnesses=witnesses)
    assert change.receipt is not None  # noqa: S101  it is set where the change ends
    return change.receipt.first
