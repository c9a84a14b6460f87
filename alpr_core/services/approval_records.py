"""Approvals that were given outside of this software: orally, to be confirmed in time, or signed on paper."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from alpr_core.act import Act
from alpr_core.approval import GRANTED, Approval
from alpr_core.approving import approves, check_recorder, check_suffices, offices_of, refusal, waiting
from alpr_core.errors import InputError, NotFound
from alpr_core.files import sha256_of
from alpr_core.persons import called
from alpr_core.persons import until as until_field
from alpr_core.policy.rules import Approval as ApprovalRule
from alpr_core.typed import one_line

RECORD, COUNTERSIGN = "approval.record", "approval.countersign"
ORAL, PAPER = "oral", "paper"


def record_oral(act: Act, number: int, badge: str, *, reason: str = "") -> Approval:
    """Record an approval that was given orally, by somebody else than who asked for it.

    Args:
        act: who records it.
        number: of the request.
        badge: of who gave it, and has to confirm it in time (`countersign`).
        reason: how it was given.

    Raises:
        Denied: by the policy; the recorder or the approver asked for it; or a clause that asks for it lets nobody
            approve orally.
        NotFound: there is no such request, or it is decided; or nobody has this badge number.
    """
    act.admit(RECORD, reason=reason)
    with act.change(RECORD, reason=reason) as change:
        one = waiting(change.work, number)
        approver = called(change.work.people, badge, act.now)
        check_recorder(act.actor, one)
        if approver.id == one.requester:
            raise refusal("nobody approves what they asked for themselves")
        due = _countersign_by(act, one)
        offices = offices_of(act.gate, change.work, approver, act.now)
        if not approves(act.gate, approver.roles):
            raise refusal(f"badge {approver.badge} is nobody who approves")
        check_suffices(act.gate, change.work, one, offices, act.origin, act.now)
        granted = replace(
            one,
            verdict=GRANTED,
            decided_at=act.now,
            decided_by=approver.id,
            decided_entry=change.work.ledger.size(),
            offices=offices,
            note=reason,
            recorded_by=act.actor.id,
            countersign_by=due,
        )
        change.work.approvals.decide(granted)
        change.record(
            scopes=None,
            approval=number,
            person=one.requester,
            offices=list(offices),
            how=ORAL,
            approver=approver.id,
            **until_field(due, "countersign"),
        )
    return granted


def record_paper(
    act: Act, number: int, paper: Path, office: str, *, signer: str, signed_on: date, reason: str = ""
) -> Approval:
    """Record an approval that somebody without an account signed on paper: a mayor, a safety director.

    Args:
        act: who records it.
        number: of the request.
        paper: the scan; its hash goes on record.
        office: the role of the pack in which it was signed; nobody with an account has it.
        signer: name and office of who signed.
        signed_on: the day of the signature.
        reason: free text.

    Raises:
        Denied: by the policy; the recorder asked for it; or the office is not enough for it.
        NotFound: there is no such request, or it is decided.
        InputError: somebody with an account has the office, or the signer or day cannot be.
    """
    act.admit(RECORD, reason=reason)
    signer = one_line(signer, "who signed, name and office", longest=200)
    if signed_on > act.gate.policy.day(act.now):
        raise InputError("The day of the signature lies ahead.")
    sha256 = sha256_of(paper)
    with act.change(RECORD, reason=reason) as change:
        one = waiting(change.work, number)
        check_recorder(act.actor, one)
        everybody = change.work.people.all()
        holders = [each.badge for each in everybody if each.is_active(act.now) and office in each.roles]
        if holders:
            raise InputError(f"Badge {holders[0]} has this office, and an account to approve with.")
        check_suffices(act.gate, change.work, one, (office,), act.origin, act.now)
        granted = replace(
            one,
            verdict=GRANTED,
            decided_at=act.now,
            decided_entry=change.work.ledger.size(),
            offices=(office,),
            note=reason,
            recorded_by=act.actor.id,
            signer=f"{signer}, {signed_on}",
            sha256=sha256,
        )
        change.work.approvals.decide(granted)
        change.record(
            approval=number,
            person=one.requester,
            offices=[office],
            how=PAPER,
            signer=granted.signer,
            sha256=sha256,
        )
    return granted


def countersign(act: Act, number: int, *, reason: str = "") -> Approval:
    """Confirm an approval that one gave orally.

    Raises:
        Denied: by the policy.
        NotFound: this person gave no such approval orally, or has confirmed it.
    """
    act.admit(COUNTERSIGN, reason=reason)
    with act.change(COUNTERSIGN, reason=reason) as change:
        one = change.work.approvals.get(number)
        is_mine = one is not None and one.decided_by == act.actor.id
        if one is None or not is_mine or one.countersign_by is None or one.countersigned_at is not None:
            raise NotFound(f"you gave no approval {number} orally that is still to be confirmed")
        signed = replace(one, countersigned_at=act.now)
        change.work.approvals.decide(signed)
        change.record(approval=number, in_time=act.now <= one.countersign_by)
    return signed


def _countersign_by(act: Act, one: Approval) -> datetime:
    """Return by when an oral approval has to be confirmed: the soonest of the clauses that ask for it.

    Raises:
        Denied: one of them lets nobody approve orally.
    """
    policy = act.gate.policy
    ends = []
    for clause in policy.in_force(policy.day(act.now)):
        if clause.id not in one.clauses:
            continue
        period = clause.rule.oral if isinstance(clause.rule, ApprovalRule) else None
        if period is None:
            raise refusal(f"{clause.id} lets nobody approve orally")
        ends.append(period.after(act.now, policy.zone))
    return min(ends)
