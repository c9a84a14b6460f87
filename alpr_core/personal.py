"""What the policy's rules may know of a person at this moment: trainings, authorities, delegations.

Looked up again at each act, also in a session that is open: a right that ended at noon is gone at noon.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from alpr_core.policy.rules import Training

if TYPE_CHECKING:
    from alpr_core.models import Actor
    from alpr_core.periods import Period
    from alpr_core.policy import Policy
    from alpr_core.store.work import Work
    from alpr_core.verification import StateSystem, TrainingRule


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
    held = rights.trainings_that_count(person, at)
    counted = policy.counted(policy.day(at)).get(action)
    return {
        **({} if counted is None else {"lately": tuple(work.lately.of(person, at - 2 * counted.usual))}),
        "trained": tuple(sorted({area for area, day in held if _counts(policy, area, day, at)})),
        "authority": tuple(rights.systems(person, at)),
        "delegated": tuple(rights.assigned_by(person, action, at)),
    }


def note_lately(
    work: Work, actor: Actor, action: str, facts: Mapping[str, Any], policy: Policy, at: datetime
) -> None:
    """Note an act in its own transaction, if the policy counts how often somebody does it."""
    counted = policy.counted(policy.day(at)).get(action)
    if counted is not None:  # a calendar's longest month is not twice its usual one
        person = actor.delegated_by or actor.id
        plate = str(facts.get("plate", ""))
        work.lately.note(person, action, plate, at, forget_before=at - 2 * counted.usual)


def training_ends(
    policy: Policy,
    area: str,
    held: datetime,
    expires: datetime | None,
    at: datetime,
    systems: Mapping[str, StateSystem] = MappingProxyType({}),
) -> datetime | None:
    """Return from when a training counts no longer; None if nothing ends it.

    Args:
        policy: its training clauses in force may say how long a training counts: the strictest decides.
        area: "operate", "access", or a state's system by its code.
        held: when it was passed, UTC.
        expires: its own end, UTC.
        at: the moment whose clauses are asked, UTC.
        systems: the states' systems by their codes, which may say how long theirs counts.
    """
    ends = [period.after(held, policy.zone) for period in _periods(policy, area, at)]
    rules = systems[area].trainings if area in systems else ()
    ends += [held + rule.again for rule in rules if rule.again is not None]
    return min([*ends, *([expires] if expires else [])], default=None)


def unmet_rule(
    system: StateSystem, held: Iterable[datetime], since: datetime, at: datetime
) -> TrainingRule | None:
    """Return the first of a system's training rules that a person does not meet, None if they meet all.

    Args:
        system: with what it asks of its users.
        held: when each training for it that has not expired was passed, UTC.
        since: from when the person had authority for it first, UTC: a rule's time to be trained runs from then.
        at: UTC.
    """
    days = tuple(held)
    for rule in system.trainings:
        in_time = rule.within is not None and at < since + rule.within
        if not in_time and not any(rule.again is None or at < day + rule.again for day in days):
            return rule
    return None


def _counts(policy: Policy, area: str, held: datetime, at: datetime) -> bool:
    ends = training_ends(policy, area, held, None, at)
    return ends is None or at < ends


def _periods(policy: Policy, area: str, at: datetime) -> Iterator[Period]:
    for clause in policy.in_force(policy.day(at)):
        rule = clause.rule
        if isinstance(rule, Training) and rule.area == area and rule.valid is not None:
            yield rule.valid
