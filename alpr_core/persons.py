"""People as others name them, by badge number, and the times from and until when they have a right."""

from __future__ import annotations

from datetime import datetime

from alpr_core.errors import InputError, NotFound
from alpr_core.models import Actor
from alpr_core.store.people import People, Person
from alpr_ledger.entry import format_time


def called(people: People, badge: str, at: datetime) -> Person:
    """Return the person with this badge number, whose account is in use.

    Raises:
        NotFound: there is none.
    """
    person = people.by_badge(badge)
    if person is None or not person.is_active(at):
        raise NotFound(f"nobody with the badge number {ascii(badge)[1:-1]} has an account that is in use")
    return person


def one_else(people: People, badge: str, actor: Actor, at: datetime, why: str) -> Person:
    """Return the person with this badge number, who is not the one who acts.

    Args:
        people: of the node.
        badge: badge number.
        actor: who acts.
        at: the moment, UTC.
        why: the sentence for somebody who means themselves.

    Raises:
        NotFound: there is none.
        InputError: it is the one who acts.
    """
    person = called(people, badge, at)
    if person.id in (actor.id, actor.delegated_by):
        raise InputError(why)
    return person


def until(moment: datetime | None, name: str = "expires") -> dict[str, str]:
    """Return the field of an entry that says when a right ends; none where nothing ends it."""
    return {} if moment is None else {name: format_time(moment)}
