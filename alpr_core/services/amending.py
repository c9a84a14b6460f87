"""Amending an act: a case number that was wrong, or came later, is put right by a further entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from alpr_core.act import Act
from alpr_core.combinations import audits
from alpr_core.entries import ACCESS, CATALOGUE
from alpr_core.errors import InputError, NotFound
from alpr_core.policy.rules import TO_FOLLOW
from alpr_core.reasons import check_reason

ACTION, DUE = "act.amend", "act.due"


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """An act that lacks the case number that was to follow.

    Attributes:
        entry: index of its ledger entry.
        kind: of the entry.
        at: when it was done, UTC.
        due: by when the number is to be there, UTC; None where the policy lets none follow any more.
        badge: of who did it.
    """

    entry: int
    kind: str
    at: datetime
    due: datetime | None
    badge: str


def amend(act: Act, entry: int, case: str, *, reason: str) -> int:
    """Put the case number of an act of one's own right, and return the index of the entry that does.

    The entry of the act stays as it is; the further one names it.

    Args:
        act: who amends.
        entry: index of the act's entry.
        case: the right case or incident number.
        reason: how the wrong one came about.

    Raises:
        Denied: by the policy.
        NotFound: one has done no such act.
        InputError: acts of its kind carry no case number, or there is no number or no reason.
    """
    act.admit(ACTION, case=case, reason=reason)
    if not case.strip() or case.strip().casefold() == TO_FOLLOW or not reason.strip():
        raise InputError(
            "An amendment needs the right number (--case) and how the wrong one came about (--reason)."
        )
    check_reason(reason)
    with act.change(ACTION, case=case, reason=reason) as change:
        if not 0 <= entry < change.work.ledger.size():
            raise NotFound(f"there is no entry {entry} of an act of yours")
        body = change.work.ledger.entry(entry).body
        who = body.get("actor")
        if not isinstance(who, dict) or who.get("id") != act.actor.id:
            raise NotFound(f"there is no entry {entry} of an act of yours")
        kind = CATALOGUE.get(str(body.get("kind")))
        if kind is None or "case" not in kind.committed or kind.name in ("act.deny", ACTION):
            raise InputError(f"Entry {entry} is of a kind that carries no case number.")
        change.record(amends=entry)
    assert change.receipt is not None  # noqa: S101  it is set where the change ends
    return change.receipt.first


def list_due(act: Act) -> list[Due]:
    """Return the acts that lack the case number that was to follow, oldest first: one's own; for auditors, all.

    Raises:
        Denied: by the policy.
    """
    policy = act.gate.policy
    period = policy.to_follow(policy.day(act.now))
    everybodys = audits(act.gate, act.actor.roles)
    with act.look(DUE) as look:
        ledger, badges = look.work.ledger, look.work.people.badges()
        amended = {
            public["amends"]
            for one in ledger.entries(kind=ACTION)
            if isinstance(public := one.body["public"], dict)
        }
        lacking = look.vault.entries_with(
            TO_FOLLOW, vault_classes=frozenset({ACCESS}), fields=frozenset({"case"})
        )
        found = []
        for entry in sorted(lacking - amended):
            body = ledger.entry(entry).body
            who = body.get("actor")
            person = str(who.get("id")) if isinstance(who, dict) else ""
            if body["kind"] in ("act.deny", ACTION) or not (everybodys or person == act.actor.id):
                continue
            at = datetime.fromisoformat(str(body["t"]))
            due = period.after(at, policy.zone) if period else None
            found.append(
                Due(entry=entry, kind=str(body["kind"]), at=at, due=due, badge=badges.get(person, ""))
            )
        look.record(count=len(found))
    return found
