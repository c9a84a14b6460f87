"""Asking the gate about an act, with what the store knows of person and approvals; and the head of its entry."""

from __future__ import annotations

from typing import NamedTuple

from alpr_core.approval import Approval
from alpr_core.approving import fitting
from alpr_core.errors import Denied
from alpr_core.models import Actor, Decision, Request, Verdict
from alpr_core.personal import facts_of
from alpr_core.recording import Why
from alpr_core.site import Site
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time


class Leave(NamedTuple):
    """That the gate lets an act go on.

    Attributes:
        decision: what it said.
        actor: with the rights of that moment.
        approval: the one that the act was given, None if it was given none.
    """

    decision: Decision
    actor: Actor
    approval: Approval | None


UNASKED = Decision(verdict=Verdict.ALLOW, findings=())
"""Of what happens by itself, so that no clause was asked."""


def decide(site: Site, work: Work, action: str, why: Why, actor: Actor) -> Leave:
    """Ask the gate. What is known of the person, and of approvals, comes from the store alone.

    Raises:
        Denied: not recorded yet.
    """
    now = site.clock()
    approval = fitting(work, actor, action, why, now)
    offices = approval.offices if approval else ()
    request = Request(
        action=action,
        actor=actor,
        at=now,
        purpose=why.purpose,
        case=why.case,
        reason=why.reason,
        origin=site.origin,
        facts={
            **why.facts,
            **why.look_up(work),
            **facts_of(work, actor, action, site.gate.policy, now),
            "approved_by": offices,
        },
    )
    decision = site.gate.decide(request)
    if not decision.allowed:
        raise Denied(decision)
    return Leave(decision, actor, approval)


def header(site: Site, kind: str, why: Why, leave: Leave) -> dict[str, object]:
    """Return the head of an entry: who, when, where, under which policy and clauses, by which approval."""
    policy, actor, approval = site.gate.policy, leave.actor, leave.approval
    who: dict[str, object] = {"id": actor.id, "roles": sorted(actor.roles)}
    if actor.session:
        who["session"] = actor.session
    if actor.delegated_by:
        who["delegated_by"] = actor.delegated_by
    head: dict[str, object] = {
        "v": 1,
        "kind": kind,
        "t": format_time(site.clock()),
        "actor": who,
        "node": site.name,
        "policy": {"pack": policy.id, "version": policy.version, "digest": policy.digest},
        "clauses": list(leave.decision.clauses),
    }
    if why.purpose in policy.purposes:
        head["purpose"] = why.purpose
    if approval is not None and approval.decided_entry is not None:
        head["ref"] = approval.decided_entry
    return head
