"""Which roles one person may hold together, by what the pack lets them do (CJIS Security Policy AC-5). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from alpr_core.policy import Gate

SENSITIVE = frozenset({"chief", "designee", "program_manager", "auditor", "admin"})
"""Roles that two persons give, once there is a second who could agree."""

AUDIT = "ledger.search"
"""Whoever may search the record of accesses audits."""

AUDITED = frozenset(
    {
        "search.run",
        "image.open",
        "read.record",
        "release.make",
        "approval.request",
        "approval.grant",
        "person.grant",
        "config.apply",
        "key.rotate",
        "person.reset",
        "hotlist.add",
        "training.record",
        "authority.grant",
        "evidence.book",
    }
)
"""What is audited: who does any of it does not audit it."""


def audits(gate: Gate, roles: Iterable[str]) -> bool:
    """Return whether somebody with these roles is one who audits accesses, and so does nothing that is audited."""
    return AUDIT in gate.actions_of(roles)


def clash(gate: Gate, roles: Iterable[str]) -> str:
    """Return why these roles cannot be one person's, "" if they can.

    A role that audits and is audited by itself is the pack's own affair.
    """
    held = sorted(set(roles))
    auditing = [role for role in held if audits(gate, [role])]
    for auditor in auditing:
        own = gate.actions_of([auditor])
        for role in held:
            if role == auditor:
                continue
            if done := sorted((gate.actions_of([role]) - own) & AUDITED):
                title, other = gate.policy.titles([auditor]), gate.policy.titles([role])
                return f"One person is not {title} and {other}: who audits does not do what is audited ({done[0]})."
    return ""


def pairs(gate: Gate) -> Iterator[tuple[str, str, str]]:
    """Yield each two roles of the pack, and why one person cannot hold both; "" if one can."""
    for one, other in combinations(gate.policy.roles, 2):
        yield one, other, clash(gate, (one, other))


def smallest_staffing(gate: Gate) -> list[tuple[str, ...]]:
    """Return the smallest number of persons who can hold all roles of the pack, each with theirs.

    Auditors apart; and where acts need an approval, whoever approves is another than whoever asks, so that nobody
    has to wait for themselves.
    """
    people: list[list[str]] = []
    for role in gate.policy.roles:
        for mine in people:
            if not clash(gate, (*mine, role)) and not _waits_for_itself(gate, (*mine, role)):
                mine.append(role)
                break
        else:
            people.append([role])
    return [tuple(mine) for mine in people]


def _waits_for_itself(gate: Gate, roles: Iterable[str]) -> bool:
    """Whether roles that come together approve what one of them asks for, where neither does both by itself."""
    asks = {role for role in roles if "approval.request" in gate.actions_of([role])}
    gives = {role for role in roles if "approval.grant" in gate.actions_of([role])}
    return bool(asks - gives) and bool(gives)
