"""Saying what became of a hit, and, where it was enforced on the alert alone, whether it was verified before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.answers import CONFIRMED
from alpr_core.errors import InputError
from alpr_core.policy.systems import systems_lacking, systems_that_verify
from alpr_core.raised import hit_of
from alpr_core.reasons import check_reason
from alpr_core.recording import Facts, Given
from alpr_core.store.hits import Disposal
from alpr_core.store.verifications import Verification, state_of, verified_by, word_of

if TYPE_CHECKING:
    from alpr_core.models import Decision, Hit
    from alpr_core.store.work import Work

DISPOSE = "hit.dispose"

NOT_PRACTICABLE = "not_practicable"

DISPOSITIONS: Mapping[str, str] = MappingProxyType(
    {
        "arrest": "Somebody was arrested.",
        "citation": "A citation was issued.",
        "recovered": "The vehicle or the plate was recovered.",
        "stopped": "The vehicle was stopped, and let go.",
        "assisted": "Somebody was found and helped: a missing person.",
        "observed": "The vehicle was followed or watched, and not stopped.",
        "not_found": "The vehicle was not found any more.",
        "passed_on": "It was handed to another unit or agency.",
        "misread": "The plate is another one than was read.",
        "other_state": "The plate is one of another state.",
        "not_wanted": "Nothing stands against the vehicle any more.",
        "no_action": "Nothing was done.",
    }
)
"""The closed list, with what each means."""

ENFORCED = frozenset({"arrest", "citation", "recovered", "stopped"})
"""Those that are enforcement by themselves: on the alert alone, unless other grounds are named."""


def dispose_hit(
    act: Act,
    hit_id: str,
    disposition: str,
    *,
    enforced: bool = False,
    other_grounds: bool = False,
    not_practicable: bool = False,
    purpose: str = "",
    case: str = "",
    reason: str = "",
) -> Disposal:
    """Say what became of a hit.

    Args:
        act: who says so.
        hit_id: the hit.
        disposition: code of `DISPOSITIONS`.
        enforced: whether enforcement was based on the alert alone; it is so anyway for `ENFORCED`.
        other_grounds: whether enforcement had other grounds than the alert; the reason names them.
        not_practicable: whether it was not practicable to verify the hit before; the reason says why.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy: enforcement on an alert alone that no system has confirmed.
        NotFound: there is no such hit.
        InputError: a reason is lacking: for another disposition than the one that it has, for other grounds, for not
            having verified it; or that it could not be verified is claimed where it was.
    """
    if enforced and other_grounds:
        raise InputError("Enforcement was based on the alert alone, or it had other grounds: one of the two.")
    enforced = (enforced or disposition in ENFORCED) and not other_grounds

    def look_up(work: Work) -> Facts:
        hit = work.hits.get(hit_id)
        return {} if hit is None else _facts(act, work, hit, enforced, not_practicable)

    why: Given = {"purpose": purpose, "case": case, "reason": reason, "look_up": look_up}
    act.admit(DISPOSE, **why)
    if disposition not in DISPOSITIONS:
        raise InputError(f"Say what became of it (--as): {', '.join(DISPOSITIONS)}.")
    check_reason(reason, purpose)
    with act.change(DISPOSE, **why) as change:
        hit = hit_of(change.work, hit_id)
        made = change.work.verifications.of(hit.id)
        _check_reasons(hit, reason, other_grounds=other_grounds, not_practicable=not_practicable)
        _check_practicable(act, made, change.decision, enforced, not_practicable)
        said = Disposal(
            disposition=disposition,
            at=act.now,
            by=act.actor.id,
            enforced=enforced,
            not_practicable=not_practicable,
            entry=change.next_entry,
        )
        change.work.hits.dispose(hit.id, said)
        change.record(
            hit=hit.id,
            disposition=disposition,
            enforced=enforced,
            not_practicable=not_practicable,
            other_grounds=other_grounds,
            state=state_of("", made, live=act.is_live).value,
            again=bool(hit.disposition),
        )
        if verified := _verified(act, made):
            change.record(verified=verified)
    return said


def _facts(act: Act, work: Work, hit: Hit, enforced: bool, not_practicable: bool) -> Facts:
    verified = _verified(act, work.verifications.of(hit.id)) or (NOT_PRACTICABLE if not_practicable else "")
    facts: dict[str, object] = {"enforcement": enforced}
    if verified:
        facts["verified"] = verified
    if enforced:  # a hit that nobody should have listed can still be closed
        facts["category"] = hit.listed.category
    return facts


def _verified(act: Act, made: Sequence[Verification]) -> str:
    """Return the system that confirmed a hit, "" for none."""
    wanted = systems_that_verify(act.gate.policy, act.gate.policy.day(act.now))
    return verified_by(made, wanted, live=act.is_live)


def _check_reasons(hit: Hit, reason: str, *, other_grounds: bool, not_practicable: bool) -> None:
    if reason.strip():
        return
    if hit.disposition:
        raise InputError(
            f"This hit is disposed of already: {hit.disposition}. Say why it is another one (--reason)."
        )
    if other_grounds:
        raise InputError("Say on which other grounds it was enforced (--reason).")
    if not_practicable:
        raise InputError("Say why it was not practicable to verify the hit (--reason).")


def _check_practicable(
    act: Act, made: Sequence[Verification], decision: Decision, enforced: bool, not_practicable: bool
) -> None:
    """Refuse a claim that it could not be verified where it was, and silence on it where the policy misses that.

    Raises:
        InputError: saying which.
    """
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    wanted, lacking = systems_that_verify(policy, today), systems_lacking(policy, today, decision)
    word = word_of([one for one in made if not wanted or one.system in wanted], live=act.is_live)
    if not_practicable and not enforced:
        raise InputError("--not-practicable is about enforcement on the alert alone: --enforced.")
    if not_practicable and word is not None:
        said = "confirmed" if word.result == CONFIRMED else "refuted"
        raise InputError(f"This hit was {said} by {word.system}, so that it was practicable to verify it.")
    if lacking and word is None and not not_practicable:
        raise InputError(
            f"Neither is this hit verified by {' or '.join(lacking)}, nor is it said that this was not practicable: "
            "--not-practicable, with the reason."
        )
