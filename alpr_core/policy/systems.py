"""The systems that a policy speaks of: which verifies a hit, which can be reported of, whose authority counts."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING

from alpr_core.models import Decision, Verdict
from alpr_core.origins import Origin
from alpr_core.policy.rules import Authority, Closed, Verification, speaks_on

if TYPE_CHECKING:
    from alpr_core.policy.effective import Policy

DEPARTMENT = "department"
"""The system whose data a picture is: no state's."""

NO_STATES = (DEPARTMENT, "state", "federal")
"""Codes of data that comes from no system of its own."""


def systems_that_verify(policy: Policy, on: date) -> tuple[str, ...]:
    """Return the systems by which the policy wants hits verified, in the order of its clauses."""
    rules = (clause.rule for clause in policy.in_force(on))
    return tuple(dict.fromkeys(rule.system for rule in rules if isinstance(rule, Verification)))


def systems_lacking(policy: Policy, on: date, decision: Decision) -> tuple[str, ...]:
    """Return the systems that have not confirmed a hit, and whose word the policy misses in this decision."""
    missed = {finding.clause for finding in decision.findings if finding.verdict is not Verdict.ALLOW}
    clauses = [clause for clause in policy.in_force(on) if clause.id in missed]
    return tuple(dict.fromkeys(c.rule.system for c in clauses if isinstance(c.rule, Verification)))


def systems_known(policy: Policy, on: date, asked: Collection[str]) -> tuple[str, ...]:
    """Return the states' systems that there are: those that the policy names, and those ``asked`` by data sources."""
    rules = [clause.rule for clause in policy.in_force(on)]
    named = [rule.system for rule in rules if isinstance(rule, Verification | Authority)]
    covered = [system for rule in rules if isinstance(rule, Authority) for system in rule.covers]
    known = dict.fromkeys((*named, *covered, *sorted(asked)))
    return tuple(system for system in known if system not in NO_STATES)


def origins_known(policy: Policy, on: date, asked: Collection[str]) -> frozenset[str]:
    """Return where the lines of a hotlist may come from: what of them may be given away is known of these alone."""
    closed = [clause.rule for clause in policy.in_force(on) if isinstance(clause.rule, Closed)]
    return frozenset({Origin.OWN, Origin.NCIC, *systems_known(policy, on, asked)}).union(
        *(rule.origin for rule in closed)
    )


def names_of(policy: Policy, on: date, system: str) -> Collection[str]:
    """Return the systems whose authority the policy takes for a system's data: itself, and what it is a part of."""
    return {system} | {
        rule.system
        for rule in (clause.rule for clause in policy.in_force(on))
        if isinstance(rule, Authority) and system in rule.covers
    }


def asks_for_authority(policy: Policy, on: date, action: str, system: str) -> bool:
    """Return whether a clause in force lets nobody do this with a system's data without authority for it."""
    return any(
        isinstance(clause.rule, Authority)
        and speaks_on(clause.rule, action)
        and system in (clause.rule.system, *clause.rule.covers)
        for clause in policy.in_force(on)
    )
