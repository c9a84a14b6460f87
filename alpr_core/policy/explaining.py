"""A dry run: what the gate would say of an act, and what would have to change for it to say something else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from alpr_core.models import Decision, Finding, Request, Verdict
from alpr_core.policy.gate import DEFAULT_CLAUSE, Gate
from alpr_core.policy.pack import Clause
from alpr_core.policy.rules import Delegation, Role, Strength, purpose_of_the_list, speaks_on


@dataclass(frozen=True, slots=True)
class Spoken:
    """One clause that spoke.

    Attributes:
        finding: what it said.
        clause: None where no clause of the policy did: the default, or a plugin.
        remedy: what would have to change for it to be content; "" if it is, or nothing in the act could.
    """

    finding: Finding
    clause: Clause | None
    remedy: str

    @property
    def grants(self) -> bool:
        """Whether the clause is one of those that could have granted the act."""
        return self.clause is not None and self.clause.strength is Strength.MAY


@dataclass(frozen=True, slots=True)
class Explanation:
    """The gate's answer to an act that nobody does.

    Attributes:
        request: the act.
        decision: the answer.
        spoken: every clause that spoke, those that deny first.
    """

    request: Request
    decision: Decision
    spoken: tuple[Spoken, ...]

    @property
    def remedies(self) -> tuple[str, ...]:
        """What would have to change for the act to be allowed: all of these.

        Of the clauses that grant it to others one is enough, so they make one remedy together.
        """
        denying = [one for one in self.spoken if one.finding.verdict is Verdict.DENY and one.remedy]
        granting = dict.fromkeys(one.remedy for one in denying if one.grants)
        binding = dict.fromkeys(one.remedy for one in denying if not one.grants)
        if granting and granting.keys().isdisjoint(binding):
            return (", or ".join(granting), *binding)
        return tuple(binding)

    @property
    def immovable(self) -> tuple[str, ...]:
        """Ids of what denies it whatever is given with the act."""
        denying = (one for one in self.spoken if one.finding.verdict is Verdict.DENY and not one.remedy)
        return tuple(dict.fromkeys(one.finding.clause for one in denying))

    def as_json(self) -> dict[str, Any]:
        """Return it for a program. The case number and the reason are left out: who asks knows them."""
        return {
            "action": self.request.action,
            "roles": sorted(self.request.actor.roles),
            "at": self.request.at,
            "verdict": self.decision.verdict,
            "clauses": [
                {
                    "clause": one.finding.clause,
                    "strength": one.clause.strength if one.clause else None,
                    "verdict": one.finding.verdict,
                    "because": one.finding.because,
                    "says": one.finding.says,
                    "remedy": one.remedy,
                }
                for one in self.spoken
            ],
            "remedies": self.remedies,
            "immovable": self.immovable,
        }


def explain(gate: Gate, request: Request) -> Explanation:
    """Ask the gate about an act, and say what would have to change. Nothing is done or recorded."""
    decision = gate.decide(request)
    spoken = sorted(_spoken(gate, request, decision.findings), key=_denials_first)
    return Explanation(request, decision, tuple(spoken))


_ORDER: Sequence[Verdict] = (Verdict.DENY, Verdict.WARN, Verdict.ALLOW)


def _denials_first(one: Spoken) -> int:
    return _ORDER.index(one.finding.verdict)


def _spoken(gate: Gate, request: Request, findings: Sequence[Finding]) -> Iterator[Spoken]:
    clauses = {clause.id: clause for clause in gate.policy.clauses}
    for finding in findings:
        clause = clauses.get(finding.clause)
        if finding.verdict is Verdict.ALLOW:
            yield Spoken(finding, clause, "")
        elif finding.clause == DEFAULT_CLAUSE:
            yield Spoken(finding, None, _remedy_of_the_default(gate, request))
        else:
            yield Spoken(finding, clause, _remedy(gate, request, clause) if clause else "")


def _remedy(gate: Gate, request: Request, clause: Clause) -> str:
    try:
        remedy = clause.rule.remedy(request, gate.policy)
    except Exception:  # noqa: BLE001 - a plugin's rule that fails has no advice
        remedy = ""
    if clause.strength is Strength.SHOULD and not request.reason.strip():
        return f"{remedy}, or give a reason (--reason)" if remedy else "give a reason (--reason)"
    return remedy


def _remedy_of_the_default(gate: Gate, request: Request) -> str:
    """Nothing grants the act to anybody; or something does, and it is the purpose that is not on the list."""
    granting = any(
        clause.strength is Strength.MAY
        and isinstance(clause.rule, Role | Delegation)
        and speaks_on(clause.rule, request.action)
        for clause in gate.policy.pack.clauses
    )
    if granting:
        return purpose_of_the_list(request, gate.policy)
    return f"a clause of the policy that grants {request.action} to somebody"
