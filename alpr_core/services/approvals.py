"""Approvals: asking for one, giving or refusing it, and confirming one that was given orally.

An approval is for whoever asked, for exactly the act that was asked for: action, purpose, case and selection. It is
for one use, or up to a time. Nobody approves what they asked for; who audits neither asks nor approves
(CJIS Security Policy AC-5: requester, approver and auditor are never one person).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.approval import DENIED, GRANTED, Approval
from alpr_core.approving import (
    DESIGNEE,
    approved,
    approves,
    check_suffices,
    could_be_approved,
    offices_of,
    refusal,
    request_for,
    waiting,
)
from alpr_core.combinations import audits
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import Actor
from alpr_core.personal import facts_of
from alpr_core.persons import until as until_field
from alpr_core.reasons import check_reason
from alpr_core.recording import NO_FACTS, Facts, LookUp
from alpr_core.services.notices import tell
from alpr_core.store.people import Person

REQUEST, GRANT, DENY = "approval.request", "approval.grant", "approval.deny"
LIST = "approval.list"


@dataclass(frozen=True, kw_only=True, slots=True)
class Considered:
    """An approval with what its approver should know.

    Attributes:
        approval: what was asked, and what was said.
        badge: of who asked.
        name: of who asked.
        overdue: whether it was given orally and not confirmed in its time.
        trained: what the person holds valid training for.
        authority: the systems the person is authorised for.
        clauses: id and words of the clauses that ask for the approval.
        earlier: ledger entries of that person's earlier searches for the same plate. These four where one is shown.
    """

    approval: Approval
    badge: str
    name: str
    overdue: bool
    trained: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    clauses: tuple[tuple[str, str], ...] = ()
    earlier: tuple[int, ...] = ()


def ask(
    act: Act,
    action: str,
    *,
    purpose: str = "",
    case: str = "",
    reason: str = "",
    query: str,
    plate: str = "",
    facts: Facts = NO_FACTS,
    look_up: LookUp = lambda _: NO_FACTS,
) -> Approval:
    """Ask for the approval of an act, and return the request with its number.

    Args:
        act: who asks, and will act.
        action: the act's kind.
        purpose: purpose code, as the act will be given it.
        case: case or incident number, likewise.
        reason: free text.
        query: the exact selection, as text; the act has to be given the same.
        plate: the plate in it, "" where it names none.
        facts: what the rules may know of the selection.
        look_up: likewise, from the store.

    Raises:
        Denied: by the policy, of the request, or of the act whatever is approved.
        InputError: the act needs no approval, or the reason says nothing.
    """
    act.admit(REQUEST, reason=reason)
    check_reason(reason, purpose)
    with act.change(REQUEST, case=case, reason=reason) as change:
        if audits(act.gate, act.actor.roles):
            raise refusal("who audits the accesses asks for none")
        policy = act.gate.policy
        one = Approval(
            action=action,
            requester=act.actor.id,
            purpose=purpose,
            case_number=case,
            reason=reason,
            query=query,
            plate=plate,
            facts={**facts, **look_up(change.work)},
            requested_at=act.now,
        )
        request = request_for(change.work, policy, one, act.actor, act.origin, act.now)
        decision = act.gate.decide(request)
        if decision.allowed:
            raise InputError(f"{action} needs no approval here: it is allowed as it is.")
        at_best = act.gate.decide(approved(request, (*policy.roles, DESIGNEE)))
        if not at_best.allowed:
            raise Denied(at_best)
        one = replace(one, clauses=decision.clauses)
        number = change.work.approvals.add(one)
        change.record(
            scopes=None, approval=number, action=action, asked_by=list(decision.clauses), query=query
        )
        given = {"wanted": purpose if purpose in policy.purposes else "", "plate": plate}
        change.record(scopes=None, **{name: value for name, value in given.items() if value})
    tell(act, "approval.asked", approval=number)
    return replace(one, id=number)


def can_be_asked_for(act: Act, denial: Denied) -> bool:
    """Return whether an approval is all that a denied act lacks, and this actor may ask for one."""
    may_ask = act.gate.actions_of(act.actor.roles) & {REQUEST, "*"}
    return bool(may_ask) and could_be_approved(act.gate.policy, denial.decision)


def verdict_on(act: Act, number: int) -> str:
    """Return what was said of a request of one's own: "granted", "denied", "" while nobody has; not an entry.

    Raises:
        Denied: by the policy.
        NotFound: one has asked for no such approval.
    """
    act.admit(REQUEST)
    return act.verdict(number)


def grant(act: Act, number: int, *, until: datetime | None = None, reason: str = "") -> Approval:
    """Give an approval.

    Args:
        act: who gives it.
        number: of the request.
        until: up to when it counts, for any number of uses; None for one use.
        reason: what the approver adds.

    Raises:
        Denied: by the policy; it is one's own request; or what this person may approve is not enough for it.
        NotFound: there is no such request, or it is decided.
        InputError: the time is past.
    """
    act.admit(GRANT, reason=reason)
    if until is not None and until <= act.now:
        raise InputError("The approval would be over before it begins.")
    with act.change(GRANT, reason=reason) as change:
        one = waiting(change.work, number)
        if one.requester == act.actor.id:
            raise refusal("nobody approves what they asked for themselves")
        offices = offices_of(act.gate, change.work, act.actor, act.now)
        check_suffices(act.gate, change.work, one, offices, act.origin, act.now)
        granted = replace(
            one,
            verdict=GRANTED,
            decided_at=act.now,
            decided_by=act.actor.id,
            decided_entry=change.work.ledger.size(),
            offices=offices,
            note=reason,
            until=until,
        )
        change.work.approvals.decide(granted)
        change.record(
            scopes=None,
            approval=number,
            person=one.requester,
            offices=list(offices),
            **until_field(until, "until"),
        )
    return granted


def deny(act: Act, number: int, *, reason: str = "") -> Approval:
    """Refuse an approval, or take one back that was not used up.

    Raises:
        Denied: by the policy, or it is one's own request.
        NotFound: there is no such request, or it was refused or used already.
    """
    act.admit(DENY, reason=reason)
    with act.change(DENY, reason=reason) as change:
        one = change.work.approvals.get(number)
        if one is None or one.verdict == DENIED or (one.used_at is not None and one.until is None):
            raise NotFound(f"no approval {number} waits or is unused; alpr-core approvals list shows them")
        if one.requester == act.actor.id:
            raise refusal("nobody decides on what they asked for themselves")
        denied = replace(one, verdict=DENIED, decided_at=act.now, decided_by=act.actor.id, note=reason)
        change.work.approvals.decide(denied)
        change.record(approval=number, person=one.requester)
    return denied


def list_approvals(act: Act) -> list[Considered]:
    """Return the approvals, newest first: one's own; everybody's for who approves or audits.

    Raises:
        Denied: by the policy.
    """
    sees_all = approves(act.gate, act.actor.roles) or audits(act.gate, act.actor.roles)
    with act.look(LIST) as look:
        people = {person.id: person for person in look.work.people.all()}
        found = [
            Considered(
                approval=one,
                badge=people[one.requester].badge,
                name=people[one.requester].name,
                overdue=one.is_overdue(act.now),
            )
            for one in look.work.approvals.all("" if sees_all else act.actor.id)
        ]
        look.record(count=len(found))
    return found


def show_approval(act: Act, number: int) -> Considered:
    """Return one approval with what its approver should know.

    Raises:
        Denied: by the policy.
        NotFound: there is none, or it is somebody else's and the one who looks neither approves nor audits.
    """
    sees_all = approves(act.gate, act.actor.roles) or audits(act.gate, act.actor.roles)
    with act.look(LIST) as look:
        one = look.work.approvals.get(number)
        if one is None or not (sees_all or one.requester == act.actor.id):
            raise NotFound(f"no approval {number}; alpr-core approvals list shows them")
        person = look.work.people.by_id(one.requester)
        assert person is not None  # noqa: S101  a request's requester is never deleted
        policy = act.gate.policy
        known = facts_of(look.work, Actor(id=person.id), one.action, policy, act.now)
        earlier: Iterable[int] = ()
        if one.plate:
            found = look.vault.entries_with(
                one.plate, vault_classes=frozenset({"access"}), fields=frozenset({"plate"})
            )
            earlier = sorted(found)
        bodies = ((index, look.work.ledger.entry(index).body) for index in earlier)
        words = {clause.id: clause.says for clause in policy.clauses}
        considered = Considered(
            approval=one,
            badge=person.badge,
            name=person.name,
            trained=known["trained"],
            authority=known["authority"],
            clauses=tuple((clause, words.get(clause, "")) for clause in one.clauses),
            earlier=tuple(index for index, body in bodies if _is_search_by(body, person)),
            overdue=one.is_overdue(act.now),
        )
        look.record(count=1, approval=number)
    return considered


def _is_search_by(body: Mapping[str, object], person: Person) -> bool:
    actor = body.get("actor")
    return body.get("kind") == "search.run" and isinstance(actor, dict) and actor.get("id") == person.id
