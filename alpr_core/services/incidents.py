"""Incidents: opened with what witnesses saw of plates, so that none of a major one is forgotten on the hotlist."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.store.incidents import Incident
from alpr_core.store.people import People
from alpr_core.typed import one_line

OPEN, CLOSE, LIST = "incident.open", "incident.close", "incident.list"

OTHER = "other"
"""The type of an incident that is no major crime of the pack."""

LONGEST_CASE = 64
"""Characters of a case number."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneIncident:
    """An incident, and what of it still has to be looked for.

    Attributes:
        incident: as it is stored.
        badge: of whoever opened it.
        major: whether its type is a major crime of the pack.
        unlisted: of a major one that is open, the plates that no hotlist holds.
        clause: id of the paragraph that says they should be entered, "" if none does.
    """

    incident: Incident
    badge: str
    major: bool
    unlisted: tuple[str, ...]
    clause: str


def types_of_incident(act: Act) -> dict[str, str]:
    """Return the types that an incident may have, with their meanings: the pack's major crimes, and "other"."""
    majors = act.gate.policy.major_crimes(act.gate.policy.day(act.now))
    return {code: meaning for code, (meaning, _) in majors.items()} | {OTHER: "Any other incident"}


def open_incident(
    act: Act, case: str, type_: str, *, partials: Iterable[str] = (), reason: str = ""
) -> OneIncident:
    """Open an incident, and return it with the plates that are not looked for yet.

    Args:
        act: who opens it.
        case: its case or incident number.
        type_: code of the pack's major crimes, or "other".
        partials: what was seen of plates: ``?`` stands for one character, ``*`` for any number.
        reason: free text.

    Raises:
        Denied: by the policy.
        InputError: the case has an incident already, or something about it cannot be.
    """
    act.admit(OPEN, case=case, reason=reason)
    case = one_line(case, "the case number", longest=LONGEST_CASE)
    types = types_of_incident(act)
    if type_ not in types:
        known = "; ".join(f"{code}: {meaning}" for code, meaning in types.items())
        raise InputError(f"{type_!a} is no type of incident under this policy. There are: {known}")
    seen = tuple(dict.fromkeys(plates.parse(one) for one in partials))
    one = Incident(case=case, type=type_, partials=seen, opened_by=act.actor.id, opened_at=act.now)
    with act.change(OPEN, case=case, reason=reason) as change:
        if change.work.incidents.of_case(case) is not None:
            raise InputError("This case has an incident already; alpr-core incidents list shows it.")
        one = replace(one, id=change.work.incidents.add(one))
        (opened,) = _judged(act, [one], change.work.people, change.work.hotlists.holding(seen, at=act.now))
        change.record(
            scopes=None, incident=one.id, type=type_, major=opened.major, unlisted=len(opened.unlisted)
        )
        if seen:
            change.record(plate=list(seen))
    return opened


def close_incident(act: Act, case: str, *, reason: str = "") -> Incident:
    """Close an incident; a canvass of it that still goes on ends with it.

    Raises:
        Denied: by the policy.
        NotFound: the case has no open incident.
    """
    act.admit(CLOSE, case=case, reason=reason)
    with act.change(CLOSE, case=case, reason=reason) as change:
        found = change.work.incidents.of_case(case.strip())
        if found is None or found.closed_at is not None:
            raise NotFound("this case has no open incident; alpr-core incidents list shows them")
        change.work.incidents.close(found.id, act.now)
        change.record(incident=found.id)
    return replace(found, closed_at=act.now)


def list_incidents(act: Act, *, open_only: bool = False) -> list[OneIncident]:
    """Return the incidents, newest first.

    Raises:
        Denied: by the policy.
    """
    return _listed(act, open_only=open_only, gaps_only=False)


def list_gaps(act: Act) -> list[OneIncident]:
    """Return the open major incidents of which a plate that was seen stands on no hotlist.

    Raises:
        Denied: by the policy.
    """
    return _listed(act, open_only=True, gaps_only=True)


def _listed(act: Act, *, open_only: bool, gaps_only: bool) -> list[OneIncident]:
    with act.look(LIST) as look:
        found = look.work.incidents.all(open_only=open_only)
        listed = look.work.hotlists.holding({one for each in found for one in each.partials}, at=act.now)
        judged = _judged(act, found, look.work.people, listed)
        incidents = [one for one in judged if one.unlisted or not gaps_only]
        look.record(count=len(incidents))
    return incidents


def _judged(act: Act, found: Iterable[Incident], people: People, listed: set[str]) -> list[OneIncident]:
    policy = act.gate.policy
    majors = policy.major_crimes(policy.day(act.now))
    badges = people.badges()
    return [
        OneIncident(
            incident=one,
            badge=badges.get(one.opened_by, ""),
            major=one.type in majors,
            unlisted=tuple(
                plate
                for plate in one.partials
                if one.type in majors and one.closed_at is None and plate not in listed
            ),
            clause=majors[one.type][1] if one.type in majors else "",
        )
        for one in found
    ]
