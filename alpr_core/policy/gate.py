"""The gate: a request in, a decision out. Pure: no clock, no database, no state.

What no clause grants is denied; any clause that denies wins; a plugin can object, never permit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from alpr_core.models import Decision, Finding, Request, Verdict
from alpr_core.policy.effective import Policy
from alpr_core.policy.pack import Clause, Pack
from alpr_core.policy.rules import (
    EVERYONE,
    Delegation,
    Judgement,
    Role,
    Strength,
    shown,
    speaks_on,
    unlisted_purpose,
)

DEFAULT_CLAUSE = "default"
"""Stands for a clause's id where the denial is that there is no clause."""

DEFAULT_WORDS = "What no clause grants is denied."


Review = Callable[[Decision, Request], Sequence[Finding]]
"""Returns what plugins have against an act that the pack allows."""

_SEVERITY = {Verdict.ALLOW: 0, Verdict.WARN: 1, Verdict.DENY: 2}


class _Voice(NamedTuple):
    """A clause that speaks on an action, the day from which it does, and whether it grants."""

    clause: Clause
    effective: date | None
    grants: bool


class Gate:
    """Decides under one policy.

    Args:
        policy: the pack with its overlays; a pack alone stands for itself.
        review: asked once the pack allows: any objection denies. Whoever gives it turns a plugin that fails
            into an objection; an exception from it goes through, so that nothing is allowed.
    """

    def __init__(self, policy: Policy | Pack, *, review: Review | None = None) -> None:
        self.policy = Policy(policy) if isinstance(policy, Pack) else policy
        self._review = review
        named = {action for clause in self.policy.clauses for action in clause.rule.action}
        self._clauses = {action: self._clauses_on(action) for action in named}
        self._clauses_on_any = self._clauses_on("")

    def _clauses_on(self, action: str) -> tuple[_Voice, ...]:
        """Return the clauses on an action: the pack's, then those of the overlays, which only tighten."""
        policy = self.policy
        return (
            *(_Voice(clause, None, _is_grant(clause)) for clause in _speaking(policy.pack, action)),
            *(
                _Voice(clause, overlay.effective, False)
                for overlay in policy.overlays
                for clause in _speaking(overlay, action)
            ),
        )

    def decide(self, request: Request) -> Decision:
        """Return the verdict and every clause that spoke; never raises for what is in the request."""
        findings: list[Finding] = []
        granted = False
        refused: list[Finding] = []  # by the clauses that grant this action to others
        today = self.policy.day(request.at)
        for clause, effective, grants in self._clauses.get(request.action, self._clauses_on_any):
            if effective is not None and today < effective:
                continue
            judgement = None if clause.exempts(request) else _judge(clause, request, self.policy)
            if judgement is None:
                continue
            if grants:
                granted = granted or judgement.met
                refused.append(_speech(Verdict.DENY, clause, judgement.because))
            findings.extend(_findings(clause, judgement, request))
        if not granted:
            none = f"no clause of {self.policy.pack.id} grants {shown(request.action)}"
            findings.extend(refused or [_by_default(none)])
        decision = _decision(findings)
        if decision.allowed and request.purpose and not self.policy.lists(request):
            decision = _decision([*findings, _by_default(unlisted_purpose(request, self.policy))])
        return self._reviewed(decision, request)

    def actions_of(self, roles: Iterable[str]) -> frozenset[str]:
        """Return the actions that the pack grants to whoever holds these roles."""
        held = {EVERYONE, *roles}
        return frozenset(
            action
            for clause in self.policy.pack.clauses
            if isinstance(clause.rule, Role) and _is_grant(clause) and held.intersection(clause.rule.role)
            for action in clause.rule.action
        )

    def _reviewed(self, decision: Decision, request: Request) -> Decision:
        if self._review is None or not decision.allowed:
            return decision
        objections = [replace(each, verdict=Verdict.DENY) for each in self._review(decision, request)]
        return _decision([*decision.findings, *objections]) if objections else decision


def _speaking(pack: Pack, action: str) -> Iterator[Clause]:
    return (clause for clause in pack.clauses if speaks_on(clause.rule, action))


def _is_grant(clause: Clause) -> bool:
    """Only two kinds of ours grant: one of a plugin, even made from them, may tighten and no more."""
    return clause.strength is Strength.MAY and type(clause.rule) in (Role, Delegation)


def _judge(clause: Clause, request: Request, policy: Policy) -> Judgement | None:
    try:
        judgement: object = clause.rule.judge(request, policy)
    except Exception as error:  # noqa: BLE001 - a plugin's rule that fails is a clause that is not met
        return Judgement(False, f"rule {clause.rule.kind!r} failed ({type(error).__name__}): tell its author")
    if judgement is None or isinstance(judgement, Judgement):
        return judgement
    return Judgement(False, f"rule {clause.rule.kind!r} answered with no Judgement: tell its author")


def _findings(clause: Clause, judgement: Judgement, request: Request) -> Iterator[Finding]:
    """Yield what follows from the judgement by the clause's strength; a ``may`` that is not met is silent."""
    if judgement.met:
        yield _speech(Verdict.ALLOW, clause, judgement.because)
    elif clause.strength is Strength.MUST:
        yield _speech(Verdict.DENY, clause, judgement.because)
    elif clause.strength is Strength.SHOULD:
        if request.reason.strip():
            yield _speech(Verdict.WARN, clause, judgement.because)
        else:
            because = f"{judgement.because}; to go on all the same, give a reason (--reason)"
            yield _speech(Verdict.DENY, clause, because)


def _speech(verdict: Verdict, clause: Clause, because: str) -> Finding:
    return Finding(verdict=verdict, clause=clause.id, says=clause.says, because=because)


def _by_default(because: str) -> Finding:
    return Finding(verdict=Verdict.DENY, clause=DEFAULT_CLAUSE, says=DEFAULT_WORDS, because=because)


def _decision(findings: Sequence[Finding]) -> Decision:
    verdict = max((finding.verdict for finding in findings), key=_SEVERITY.__getitem__, default=Verdict.DENY)
    return Decision(verdict=verdict, findings=tuple(findings))
