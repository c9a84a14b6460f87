"""The duty list: who of those who approve can be reached, so that nobody has to ask around at night."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.approving import GRANT, approves
from alpr_core.errors import InputError
from alpr_core.persons import called
from alpr_core.store.people import Person
from alpr_core.store.rights import Duty
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time

SET, LIST = "duty.set", "duty.list"


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDuty:
    """Somebody on the duty list.

    Attributes:
        duty: from when to when.
        person: who.
        approves: whether they still can: an office or an assignment may have ended.
    """

    duty: Duty
    person: Person
    approves: bool


def set_duty(act: Act, badge: str, *, since: datetime | None = None, until: datetime) -> OnDuty:
    """Say that somebody who approves is on duty.

    Args:
        act: who says it.
        badge: of the person.
        since: from when, UTC; now if None.
        until: up to when, UTC.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: they do not approve, or the duty would be over before it begins.
    """
    act.admit(SET)
    begins = since or act.now
    if until <= begins or until <= act.now:
        raise InputError("The duty would be over before it begins.")
    with act.change(SET) as change:
        person = called(change.work.people, badge, act.now)
        if not _approves(act, change.work, person):
            raise InputError(
                f"Badge {person.badge} approves nothing: they need the office, or an assignment for {GRANT} "
                "(alpr-core delegations add)."
            )
        one = Duty(person_id=person.id, since=begins, until=until, set_by=act.actor.id, set_at=act.now)
        one = replace(one, id=change.work.rights.add_duty(one))
        change.record(duty=one.id, person=person.id, since=format_time(begins), until=format_time(until))
    return OnDuty(duty=one, person=person, approves=True)


def list_duty(act: Act) -> list[OnDuty]:
    """Return who is on duty now and later, the soonest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        people = {one.id: one for one in look.work.people.all()}
        found = [
            OnDuty(
                duty=one,
                person=people[one.person_id],
                approves=_approves(act, look.work, people[one.person_id]),
            )
            for one in look.work.rights.duties(act.now)
        ]
        look.record(count=len(found))
    return found


def _approves(act: Act, work: Work, person: Person) -> bool:
    assigned = bool(work.rights.assigned_by(person.id, GRANT, act.now))
    return person.is_active(act.now) and (approves(act.gate, person.roles) or assigned)
