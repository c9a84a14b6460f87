"""The second person, who agrees to what one alone must not do."""

from __future__ import annotations

from alpr_core.act import Act
from alpr_core.errors import InputError
from alpr_core.models import Actor, Request
from alpr_core.services.login import Credentials, identified


def agreed(act: Act, credentials: Credentials, *, doing: str, agreeing: str) -> Actor:
    """Return the second person, who agrees.

    Args:
        act: of the first person.
        credentials: of the second.
        doing: the act that is agreed to: whoever may do it may agree to it.
        agreeing: the act of agreeing, for those who may not do it themselves.

    Raises:
        Denied: the credentials are wrong, or the policy does not let this person agree; recorded.
        CodeNeeded: the second person has a second factor, and no code was given.
        InputError: it is the first person again.
    """
    person = identified(act, credentials)
    if person.id == act.actor.id:
        raise InputError("A second person has to agree, and this is the first one again.")
    second = Actor(id=person.id, roles=person.roles, name=person.name)
    request = Request(action=doing, actor=second, at=act.now, origin=act.origin)
    if not act.gate.decide(request).allowed:
        act.becomes(second).admit(agreeing)
    return second
