"""Approvals as tokens: whether one fits an act, and using it up. Looked at again inside the act's own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from alpr_core.approval import DENIED, GRANTED, Approval
from alpr_core.combinations import audits
from alpr_core.errors import Denied, NotFound
from alpr_core.models import Actor, Decision, Finding, Request, Verdict
from alpr_core.personal import facts_of
from alpr_core.policy.rules import Approval as ApprovalRule
from alpr_core.policy.rules import ProhibitedUses

if TYPE_CHECKING:
    from alpr_core.policy import Gate, Policy
    from alpr_core.recording import Why
    from alpr_core.store.people import Person
    from alpr_core.store.work import Work

CLAUSE = "approval"
SAYS = "An approval is for whoever asked, for exactly the act that was asked for, once or up to its end."

DESIGNEE = "designee"
"""The office of whoever approves in another's place."""

GRANT = "approval.grant"
"""Whoever may do this approves."""


def refusal(because: str) -> Denied:
    """Return the denial of an approval that does not count, or that this person cannot give."""
    finding = Finding(verdict=Verdict.DENY, clause=CLAUSE, says=SAYS, because=because)
    return Denied(Decision(verdict=Verdict.DENY, findings=(finding,)))


def fitting(work: Work, actor: Actor, action: str, why: Why, at: datetime) -> Approval | None:
    """Return the approval that an act names; None if it names none.

    Raises:
        Denied: it is another's, for another act, for another selection, used, over, or was never given. Not recorded.
    """
    if not why.approval:
        return None
    one = work.approvals.get(why.approval)
    if one is None or one.requester != actor.id:
        raise refusal(f"this person has asked for no approval {why.approval}")
    if problem := _problem(one, action, why, at):
        raise refusal(f"approval {one.id} {problem}")
    return one


def use(work: Work, one: Approval | None, at: datetime) -> None:
    """Use an approval in the writing transaction of its act.

    Raises:
        Denied: another act was quicker. Not recorded.
    """
    if one is not None and not work.approvals.use(one.id, at):
        raise refusal(f"approval {one.id} was used already")


def _problem(one: Approval, action: str, why: Why, at: datetime) -> str:
    if one.verdict != GRANTED:
        return "was refused" if one.verdict == DENIED else "was not given yet: nobody has decided"
    if one.action != action:
        return f"is for {one.action}, not for {action}"
    if one.until is None and one.used_at is not None:
        return "was used already"
    if one.until is not None and at >= one.until:
        return "is over"
    asked = (one.purpose, one.case_number, one.query)
    if asked != (why.purpose, why.case, why.query):
        return "is for another purpose, case or selection: what is changed needs a new one"
    return ""


# -- giving one -----------------------------------------------------------------------------------------------


def approves(gate: Gate, roles: Iterable[str]) -> bool:
    """Return whether somebody with these roles is one who approves."""
    return bool(gate.actions_of(roles) & {GRANT, "*"})


def could_be_approved(policy: Policy, decision: Decision) -> bool:
    """Return whether all that denies an act are clauses that somebody's approval would content."""
    rules = {clause.id: clause.rule for clause in policy.clauses}
    denying = [rules.get(one.clause) for one in decision.findings if one.verdict is Verdict.DENY]
    return bool(denying) and all(
        isinstance(rule, ApprovalRule) or (isinstance(rule, ProhibitedUses) and bool(rule.approver))
        for rule in denying
    )


def waiting(work: Work, number: int) -> Approval:
    """Return a request that nobody has decided.

    Raises:
        NotFound: there is none of this number.
    """
    one = work.approvals.get(number)
    if one is None or one.verdict:
        raise NotFound(f"no approval {number} waits; alpr-core approvals list shows them")
    return one


def offices_of(gate: Gate, work: Work, approver: Actor | Person, at: datetime) -> tuple[str, ...]:
    """Return as what somebody approves: their roles; and as designee, if an office has assigned them.

    Raises:
        Denied: they audit.
    """
    if audits(gate, approver.roles):
        raise refusal("who audits the accesses approves none")
    assigned = work.rights.assigned_by(approver.id, GRANT, at)
    return tuple(sorted({*approver.roles, *((DESIGNEE,) if assigned else ())}))


def check_recorder(actor: Actor, one: Approval) -> None:
    """Refuse whoever would record the approval that they asked for.

    Raises:
        Denied: saying so.
    """
    if actor.id == one.requester:
        raise refusal("an approval is recorded by somebody else than who asked for it")


def check_suffices(
    gate: Gate, work: Work, one: Approval, offices: Iterable[str], origin: str, at: datetime
) -> None:
    """Refuse an approval under which the act would still be denied.

    Raises:
        Denied: with the clauses that would deny it.
    """
    person = work.people.by_id(one.requester)
    if person is None or not person.is_active(at):
        raise refusal("who asked for it has no account in use any more")
    requester = Actor(id=person.id, roles=person.roles)
    decision = gate.decide(approved(request_for(work, gate.policy, one, requester, origin, at), offices))
    if not decision.allowed:
        raise Denied(decision)


def request_for(
    work: Work, policy: Policy, one: Approval, requester: Actor, origin: str, at: datetime
) -> Request:
    """Return what the gate would be asked about the act that an approval is for, without the approval."""
    return Request(
        action=one.action,
        actor=requester,
        at=at,
        purpose=one.purpose,
        case=one.case_number,
        reason=one.reason,
        origin=origin,
        facts={**one.facts, **facts_of(work, requester, one.action, policy, at)},
    )


def approved(request: Request, offices: Iterable[str]) -> Request:
    """Return the same act, approved by these offices."""
    return replace(request, facts={**request.facts, "approved_by": tuple(offices)})
