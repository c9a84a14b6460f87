"""The register of agencies and their people: whoever receives data as law enforcement was verified first."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.policy.rules import RECIPIENTS
from alpr_core.store.releases import Agency, AgencyPerson, Verified
from alpr_core.typed import ORI, one_line
from alpr_ledger.entry import format_time

ADD, END, LIST = "agency.add", "agency.end", "agency.list"

_STATE = re.compile("[a-z]{2}|federal")


@dataclass(frozen=True, kw_only=True, slots=True)
class Registered:
    """An agency, or a person of one, and who put it on the register.

    Attributes:
        agency: itself, or the person's.
        person: None for the agency itself.
        badge: of whoever verified it.
    """

    agency: Agency
    person: AgencyPerson | None
    badge: str

    @property
    def verified(self) -> Verified:
        """How, when, by whom."""
        return self.person.verified if self.person else self.agency.verified


def add_agency(
    act: Act,
    name: str,
    *,
    recipient_class: str,
    state: str,
    ori: str = "",
    method: str,
    verified_at: datetime | None = None,
) -> Agency:
    """Put an agency on the register.

    Args:
        act: who verified it.
        name: the agency's.
        recipient_class: "law_enforcement", "prosecutor" or "other".
        state: two letters of its state, or "federal".
        ori: its identifier, nine characters, "" if it has none.
        method: how it was verified, in words.
        verified_at: when, UTC; now if None.

    Raises:
        Denied: by the policy.
        InputError: something about it cannot be.
    """
    act.admit(ADD)
    verified = _verification(act, method, verified_at)
    state = state.lower()
    if recipient_class not in RECIPIENTS:
        raise InputError(f"An agency is one of: {', '.join(RECIPIENTS)}.")
    if not _STATE.fullmatch(state):
        raise InputError("The state is two letters, as OR, or federal.")
    if ori and not ORI.fullmatch(ori):
        raise InputError(
            "An ORI has nine capital letters and digits and begins with the state, as OR0150000."
        )
    one = Agency(
        name=one_line(name, "the name", longest=200),
        recipient_class=recipient_class,
        state=state,
        ori=ori,
        verified=verified,
    )
    with act.change(ADD) as change:
        number = change.work.releases.add_agency(one)
        change.record(
            scopes=None,
            agency=number,
            recipient_class=recipient_class,
            state=state,
            verified=format_time(verified.verified_at),
            name=one.name,
            method=method,
            **({"ori": ori} if ori else {}),
        )
    return replace(one, id=number)


def add_person(
    act: Act, agency: int, name: str, *, method: str, verified_at: datetime | None = None
) -> AgencyPerson:
    """Put a person of an agency on the register.

    Args and errors as `add_agency`; NotFound where there is no such agency.
    """
    act.admit(ADD)
    verified = _verification(act, method, verified_at)
    with act.change(ADD) as change:
        found = {one.id: one for one in change.work.releases.agencies()}.get(agency)
        if found is None or found.verified.ended_at is not None:
            raise NotFound(f"no agency {agency} is on the register; alpr-core agencies list shows them")
        one = AgencyPerson(agency=found, name=one_line(name, "the name", longest=200), verified=verified)
        number = change.work.releases.add_person(one)
        change.record(
            scopes=None,
            agency=agency,
            person=number,
            recipient_class=found.recipient_class,
            state=found.state,
            verified=format_time(verified.verified_at),
            name=one.name,
            method=method,
        )
    return replace(one, id=number)


def end_registration(act: Act, agency: int, *, person: int = 0, reason: str = "") -> None:
    """Take an agency, or one person of it, off the register: what is asked for from then on is denied.

    Args:
        act: who does it.
        agency: its number.
        person: number of the person; 0 for the agency itself.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: it is not on the register.
    """
    act.admit(END, reason=reason)
    with act.change(END, reason=reason) as change:
        releases = change.work.releases
        if person:
            on_it = any(
                one.id == person and one.agency.id == agency and one.verified.ended_at is None
                for one in releases.persons()
            )
        else:
            on_it = any(one.id == agency and one.verified.ended_at is None for one in releases.agencies())
        if not on_it:
            raise NotFound("there is no such entry on the register; alpr-core agencies list shows them")
        if person:
            releases.end_person(person, act.now)
        else:
            releases.end_agency(agency, act.now)
        change.record(scopes=None, agency=agency, **({"person": person} if person else {}))


def list_agencies(act: Act) -> list[Registered]:
    """Return the register: each agency, its people behind it; those that ended too.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        badges = look.work.people.badges()
        persons = look.work.releases.persons()
        found = [
            Registered(agency=agency, person=one, badge=badges.get((one or agency).verified.added_by, ""))
            for agency in look.work.releases.agencies()
            for one in [None, *(person for person in persons if person.agency.id == agency.id)]
        ]
        look.record(count=len(found))
    return found


def _verification(act: Act, method: str, verified_at: datetime | None) -> Verified:
    if len(method.split()) < 2 or len(method) > 200 or not method.isprintable():
        raise InputError(
            "Say how it was verified (--method), in 2 words to 200 characters, such as 'called back on the number of "
            "its website'."
        )
    at = verified_at or act.now
    if at > act.now:
        raise InputError("It cannot have been verified in the future.")
    return Verified(method=method, verified_at=at, added_by=act.actor.id, added_at=act.now)
