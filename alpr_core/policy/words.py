"""The words that a policy is shown in, on a terminal and on a page alike: for a chief, not for a programmer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from alpr_core.periods import Period
from alpr_core.policy.effective import Limit, Policy
from alpr_core.policy.pack import Clause, Pack
from alpr_core.policy.rules import Strength

STRENGTHS: Mapping[Strength, str] = MappingProxyType(
    {
        Strength.MUST: "must: what does not meet it is denied",
        Strength.SHOULD: "should: what does not meet it needs a reason, and is recorded as a warning",
        Strength.MAY: "may: what meets it is granted; what nothing grants is denied",
    }
)
"""What follows from a clause's strength."""

KEPT: Mapping[str, str] = MappingProxyType(
    {
        "enforced": "enforced by the software",
        "recorded": "recorded on the ledger",
        "reported": "reported",
        "by_hand": "kept by hand",
    }
)
"""How a paragraph is kept."""

LIMITS: Mapping[str, str] = MappingProxyType(
    {
        "retention": "Reads are kept",
        "access_record": "The record of accesses is kept",
        "transfer": "Between two transfers of a vehicle's data",
        "audit": "Between two audits",
        "training": "A training counts for",
        "breach": "A breach is reported within",
    }
)
"""What a limit is on. A plugin's limit is called by its name."""


def status_of(pack: Pack) -> str:
    """Return what kind of paper it is, and whether it is meant to stay."""
    kind = "Overlay: a law or a regulator's rule" if pack.kind == "overlay" else "A department's policy"
    by = f"to be reviewed by {pack.review}" if pack.review else "no day of review is named"
    match pack.status:
        case "temporary":
            return f"{kind}; TEMPORARY, until a better one comes: {by}"
        case "template":
            return f"{kind}; a TEMPLATE to be filled in, in force nowhere"
    return f"{kind}; {by}" if pack.review else kind


def notices(policy: Policy, adoption: object = None) -> tuple[str, ...]:
    """Return what has to be said wherever the policy is shown: who adopted it, else the disclaimers of its packs.

    Args:
        policy: that is shown.
        adoption: of exactly this policy, as a sentence; None while nobody has adopted it.
    """
    if adoption is not None:
        return (str(adoption),)
    return tuple(dict.fromkeys(pack.disclaimer for pack in policy.packs))


def reminders(policy: Policy, on: date) -> tuple[str, ...]:
    """Return which of the packs are temporary or due for review, and in how many days."""
    said = []
    for pack in policy.packs:
        if pack.review is not None:
            days = (pack.review - on).days
            when = f"due in {days} days" if days >= 0 else f"overdue by {-days} days"
            said.append(f"{pack.id}: the review by {pack.review} is {when}")
        elif pack.status == "temporary":
            said.append(f"{pack.id} is temporary, and no day of review is named")
    return tuple(said)


def kept_by(clause: Clause) -> str:
    """Return how a clause is kept, by whom and where that is recorded."""
    if clause.kept == "by_hand":
        by = (
            f"kept by hand, by {clause.who}" if clause.who else "kept by hand; nobody is named who sees to it"
        )
    else:
        by = KEPT[clause.kept] + (f"; {clause.who} sees to it" if clause.who else "")
    return f"{by}; recorded: {clause.where}" if clause.where else by


def values_of(clause: Clause, policy: Policy) -> dict[str, str]:
    """Return the clause's values by name, in words: of its rule, and whom it does not touch."""
    roles = set(clause.rule.named_roles())
    values = {
        name: _worded(getattr(clause.rule, name), policy, roles)
        for name in sorted(clause.rule.model_fields_set)
    }
    if clause.exempt is not None:
        exempt = clause.exempt.model_dump(exclude_unset=True)
        values["does not touch"] = "; ".join(f"{name} {_plain(value)}" for name, value in exempt.items())
    return values


def open_of(clause: Clause) -> dict[str, str]:
    """Return what the document leaves open in a clause, by the value's name, and where it is found."""
    return {name: f"{value.open}. Usually found: {value.found}" for name, value in clause.open.items()}


def limit_in_words(limit: Limit) -> str:
    """Return what is left of a limit, with the clauses that set it."""
    sides = [
        f"{word} {side[0].words} ({side[1].id})"
        for word, side in (("at least", limit.least), ("at most", limit.most))
        if side
    ]
    name = LIMITS.get(limit.name, limit.name)
    return f"{name}: {' and '.join(sides)}" if sides else f"{name}: no limit"


def limits_of(policy: Policy, on: date) -> list[Limit]:
    """Return every limit that a clause sets, as it is on a day."""
    names = dict.fromkeys(bound.limit for clause in policy.clauses for bound in clause.rule.bounds())
    limits = (policy.limit(name, on) for name in names)
    return [limit for limit in limits if limit.least or limit.most]


def _worded(value: object, policy: Policy, roles: set[str]) -> str:
    """Return a value in words; a role by its title."""
    if isinstance(value, str) and value in roles:
        return policy.titles([value])
    if isinstance(value, tuple) and value and roles.issuperset(value):
        return policy.titles(value)
    return _plain(value)


def _plain(value: Any) -> str:
    if isinstance(value, Period):
        return value.words
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return "; ".join(f"{key} ({_plain(each)})" for key, each in value.items())
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_plain(each) for each in value)
    return str(value).replace("_", " ") if isinstance(value, str) and value.isidentifier() else str(value)
