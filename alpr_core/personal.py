"""What the policy's rules may know of a person at this moment: trainings, authorities, delegations.

Looked up again at each act, also in a session that is open: a right that ended at noon is gone at noon.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alpr_core.policy.rules import Training

if TYPE_CHECKING:
    from alpr_core.models import Actor
    from alpr_core.policy import Policy
    from alpr_core.store.work import Work

KNOWN_OF_A_PERSON = ("trained", "authority", "delegated")
"""The facts that come from here, and from nowhere else."""


def facts_of(work: Work, actor: Actor, action: str, policy: Policy, at: datetime) -> dict[str, Any]:
    """Return the facts about a person; of a job, those of whoever ordered it.

    Args:
        work: the transaction or snapshot.
        actor: who acts.
        action: what they do: a delegation may be for some acts only.
        policy: in force; it may say how long a training counts.
        at: UTC.
    """
    person = actor.delegated_by or actor.id
    rights = work.rights
    return {
        "trained": _trained(rights.trainings_that_count(person, at), policy, at),
        "authority": tuple(rights.systems(person, at)),
        "delegated": tuple(rights.assigned_by(person, action, at)),
    }


def _trained(held: list[tuple[str, datetime]], policy: Policy, at: datetime) -> tuple[str, ...]:
    """Return the areas with a training that is young enough for every clause that limits how long it counts."""
    if not held:
        return ()
    limits: dict[str, list[Any]] = {}
    for clause in policy.in_force(policy.day(at)):
        if isinstance(clause.rule, Training) and clause.rule.valid is not None:
            limits.setdefault(clause.rule.area, []).append(clause.rule.valid)
    zone = policy.zone or UTC
    return tuple(
        sorted(
            {
                area
                for area, day in held
                if all(at < period.after(day, zone) for period in limits.get(area, ()))
            }
        )
    )
