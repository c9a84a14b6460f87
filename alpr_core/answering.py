"""On whose authority something acts that is no person: a job, or the receiver of another system's reads."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from alpr_core.doors import Doors
from alpr_core.models import Actor

if TYPE_CHECKING:
    from alpr_core.store.work import Work


def who_answers(door: Doors, badge: str | None) -> Actor | None:
    """Return the person of a badge number as the actor that something is delegated by; None if nobody is.

    Args:
        door: of the node.
        badge: as alpr.toml names it; None where it names nobody.
    """
    if badge is None:
        return None
    with door.before_login() as known:
        person = known.people.by_badge(badge)
    if person is None or not person.is_active(door.now):
        return None
    return Actor(id=person.id, roles=person.roles, delegated_by=person.id)


def still_answers(work: Work, person: Actor, now: datetime) -> bool:
    """Return whether that person still has an account, and every role that it was delegated with."""
    still = work.people.by_id(person.delegated_by)
    return still is not None and still.is_active(now) and still.roles >= person.roles
