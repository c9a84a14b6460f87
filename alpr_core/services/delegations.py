"""Delegations: an office assigns somebody to act for it, in some acts, from when to when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.persons import called, one_else, until
from alpr_core.policy import Policy
from alpr_core.policy.rules import Approval
from alpr_core.policy.rules import Delegation as DelegationRule
from alpr_core.store.rights import Delegation
from alpr_ledger.entry import format_time

ADD, REVOKE, LIST = "delegation.add", "delegation.revoke", "delegation.list"
APPROVING = ("approval.grant", "approval.deny", "approval.countersign")


@dataclass(frozen=True, kw_only=True, slots=True)
class DelegationOf:
    """A delegation, to whom, by whom, and whether it counts now."""

    delegation: Delegation
    badge: str
    name: str
    by: str
    counts: bool


def _delegable(policy: Policy, office: str, at: datetime) -> frozenset[str]:
    """Return the acts that the policy lets an office assign to others; "*" among them means every act.

    They are those of its delegation clauses; and, where a designee may approve in the office's place, approving.
    """
    found: set[str] = set()
    for clause in policy.in_force(policy.day(at)):
        rule = clause.rule
        if isinstance(rule, DelegationRule) and rule.of == office:
            found.update(rule.action)
        if isinstance(rule, Approval) and rule.designee and office in rule.approver:
            found.update(APPROVING)
    return frozenset(found)


def add_delegation(
    act: Act,
    badge: str,
    office: str,
    *,
    actions: Iterable[str] = (),
    since: datetime | None = None,
    ends: datetime | None = None,
    reason: str = "",
) -> DelegationOf:
    """Assign a person to act for an office that the one who acts holds.

    Args:
        act: who assigns; an assignment counts only as long as they hold the office.
        badge: of the person.
        office: role of the pack.
        actions: for these acts only; for all that the policy lets the office assign if there are none.
        since: from when, UTC; now if None.
        ends: from when no longer, UTC.
        reason: why.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
        InputError: the office is not one's own, the policy lets it assign nothing of the kind, or a date cannot be.
    """
    act.admit(ADD, reason=reason)
    begins, wanted = since or act.now, tuple(sorted(set(actions)))
    _check(act, office, wanted, begins, ends)
    with act.change(ADD, reason=reason) as change:
        person = one_else(change.work.people, badge, act.actor, act.now, "Nobody assigns themselves.")
        delegation = Delegation(
            office=office,
            given_by=act.actor.id,
            person_id=person.id,
            actions=wanted,
            since=begins,
            until=ends,
            given_at=act.now,
        )
        number = change.work.rights.add_delegation(delegation)
        change.record(
            scopes=None,
            delegation=number,
            person=person.id,
            office=office,
            acts=list(wanted),
            since=format_time(begins),
            **until(ends, "until"),
        )
    return DelegationOf(
        delegation=replace(delegation, id=number),
        badge=person.badge,
        name=person.name,
        by=act.actor.name,
        counts=delegation.counts(act.now),
    )


def revoke_delegation(act: Act, number: int, *, reason: str = "") -> Delegation:
    """End a delegation, and return it.

    Raises:
        Denied: by the policy.
        NotFound: there is no such delegation, or it was ended already.
    """
    act.admit(REVOKE, reason=reason)
    with act.change(REVOKE, reason=reason) as change:
        found = {one.id: one for one in change.work.rights.delegations()}.get(number)
        if found is None or found.revoked_at is not None:
            raise NotFound(f"no delegation {number} counts; alpr-core delegations list shows them")
        change.work.rights.revoke_delegation(number, act.now)
        change.record(delegation=number, person=found.person_id, office=found.office)
    return found


def list_delegations(act: Act, badge: str = "") -> list[DelegationOf]:
    """Return the delegations on record, ended ones too, to one person or to everybody.

    Raises:
        Denied: by the policy.
        NotFound: nobody with this badge number.
    """
    with act.look(LIST) as look:
        people = look.work.people
        wanted = called(people, badge, act.now).id if badge else ""
        known = {person.id: person for person in people.all()}
        found = []
        for one in look.work.rights.delegations(wanted):
            to, giver = known[one.person_id], known[one.given_by]
            holds = giver.is_active(act.now) and one.office in giver.roles
            found.append(
                DelegationOf(
                    delegation=one,
                    badge=to.badge,
                    name=to.name,
                    by=giver.name,
                    counts=holds and one.counts(act.now),
                )
            )
        look.record(count=len(found))
    return found


def _check(act: Act, office: str, actions: tuple[str, ...], since: datetime, ends: datetime | None) -> None:
    policy = act.gate.policy
    title = policy.titles([office])
    if office not in policy.roles:
        raise InputError(f"The pack has no office {office!r}, but {', '.join(policy.roles)}.")
    if office not in act.actor.roles:
        raise InputError(f"Only who is {title} assigns for that office.")
    may = _delegable(policy, office, act.now)
    if not may:
        raise InputError(f"The policy lets the {title} assign nothing to others.")
    if "*" not in may and (others := sorted(set(actions) - may)):
        raise InputError(
            f"The policy does not let the {title} assign {', '.join(others)}, but {', '.join(sorted(may))}."
        )
    if ends is not None and ends <= since:
        raise InputError("The delegation would end before it begins.")
