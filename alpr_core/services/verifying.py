"""Verifying a hit without asking a system from here: a person looks at the picture, or reports what was answered."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.answers import CONFIRMED, NO_ANSWER, REFUTED
from alpr_core.entries import READ
from alpr_core.errors import InputError
from alpr_core.models import Hit
from alpr_core.policy.systems import (
    DEPARTMENT,
    asks_for_authority,
    names_of,
    systems_known,
    systems_that_verify,
)
from alpr_core.raised import hit_of, open_hit, read_of
from alpr_core.reasons import check_reason
from alpr_core.services.holds import cover_arrivals
from alpr_core.store.verifications import AGREES, DIFFERS, REPORTED, SIGHT
from alpr_core.store.verifications import Verification as Made
from alpr_core.typed import one_line
from alpr_ledger.entry import format_time

if TYPE_CHECKING:
    from alpr_core.store.work import Work

VERIFY = "hit.verify"

NOT_SAID = "not_said"

RESULTS = (CONFIRMED, REFUTED, NO_ANSWER)
WAYS = ("radio", "terminal")
"""How whoever reports heard of the answer."""

_STATE = re.compile("[A-Z]{2}")
_ALIKE = str.maketrans("OI", "01")
"""Characters that many states' plates print alike, so that no picture tells them apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What somebody says that a system answered.

    Attributes:
        system: its code; "" for the one by which the policy wants hits verified.
        by: who asked it: badge number or name.
        certificate: number of their certificate at the system.
        at: when it answered, UTC; None for now.
        result: one of `RESULTS`.
        how: one of `WAYS`.
    """

    system: str
    by: str
    certificate: str
    at: datetime | None
    result: str
    how: str


def see_hit(
    act: Act, hit_id: str, plate: str, *, state: str = "", purpose: str = "", case: str = "", reason: str = ""
) -> Made:
    """Record which plate a person sees on the picture of a hit; another one than is listed refutes the hit.

    Args:
        act: who looks.
        hit_id: the hit.
        plate: the characters on the picture.
        state: two letters of the state on the picture, "" if it cannot be seen.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: there is no such hit.
        InputError: the plate can be none, or is not whole; the state is no code; or the hit is not open.
    """
    facts = {"system": DEPARTMENT}
    act.admit(VERIFY, purpose=purpose, case=case, reason=reason, facts=facts)
    check_reason(reason, purpose)
    seen, state = plates.parse(plate), state.strip().upper()
    if plates.is_partial(seen):
        raise InputError(
            "Say the whole plate as you see it, without ? and *. What cannot be read on the picture verifies nothing."
        )
    if state and not _STATE.fullmatch(state):
        raise InputError("A state is two letters: OR.")
    with act.change(VERIFY, purpose=purpose, case=case, reason=reason, facts=facts) as change:
        hit = open_hit(change.work, hit_id)
        read = read_of(change.work, hit)
        characters, of_state = _compared(hit, seen, state)
        made = change.work.verifications.add(
            Made(
                hit=hit.id,
                read=hit.read,
                kind=SIGHT,
                result=DIFFERS if DIFFERS in (characters, of_state) else AGREES,
                at=act.now,
                made_by=act.actor.id,
                plate=seen,
                state=state,
                entry=change.next_entry,
            )
        )
        held = change.work.holds.touch(read.key)
        change.record(
            scopes={READ: f"{read.key.day}/{read.retention_class}"},
            hit=hit.id,
            by=SIGHT,
            result=made.result,
            characters=characters,
            state=of_state,
            plate=seen,
        )
    cover_arrivals(act, held)
    return made


def report_verification(
    act: Act, hit_id: str, said: Report, *, purpose: str = "", case: str = "", reason: str = ""
) -> Made:
    """Record what a state's system answered about a hit elsewhere: over the radio, at a terminal.

    Args:
        act: who reports it; the policy may want them authorised for the system's data.
        hit_id: the hit.
        said: what was answered, by which system, to whom.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy.
        NotFound: there is no such hit.
        InputError: it is not said who asked which system when, or it cannot be so.
    """
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    wanted = systems_that_verify(policy, today)
    system = said.system.lower() or (wanted[0] if len(wanted) == 1 else "")
    facts = {"system": system} if system else {}
    act.admit(VERIFY, purpose=purpose, case=case, reason=reason, facts=facts)
    check_reason(reason, purpose)
    known = systems_known(policy, today, act.systems)
    if system not in known:
        raise InputError(f"Say which system answered (--system): {', '.join(known)}.")
    if said.result not in RESULTS or said.how not in WAYS:
        raise InputError(f"A result is one of {', '.join(RESULTS)}; it was heard by {' or '.join(WAYS)}.")
    by = one_line(said.by, "who asked the system, by badge number or name (--by)", longest=80)
    at = said.at or act.now
    with act.change(VERIFY, purpose=purpose, case=case, reason=reason, facts=facts) as change:
        hit = hit_of(change.work, hit_id)
        if not hit.raised_at.replace(second=0, microsecond=0) <= at <= act.now:
            raise InputError("A hit is verified after it was raised, and not in the future: say when (--at).")
        certificate = _certificate(act, change.work, system, by, said.certificate, at)
        made = change.work.verifications.add(
            Made(
                hit=hit.id,
                read=hit.read,
                kind=REPORTED,
                result=said.result,
                at=at,
                made_by=act.actor.id,
                system=system,
                ran_by=by,
                how=said.how,
                entry=change.next_entry,
            )
        )
        change.record(
            scopes=None,
            hit=hit.id,
            by=REPORTED,
            result=said.result,
            system=system,
            how=said.how,
            at=format_time(at),
            ran_by=by,
            certificate=certificate,
        )
    return made


def _compared(hit: Hit, seen: str, state: str) -> tuple[str, str]:
    """Return whether characters and state that a person sees are those listed."""
    listed = plates.Partial.parse(hit.listed.plate.translate(_ALIKE))
    characters = AGREES if listed.matches(seen.translate(_ALIKE)) else DIFFERS
    listed_state = _folded(hit.listed.state.strip().upper())
    if not state or not _STATE.fullmatch(
        listed_state
    ):  # lists are other people's: "OREGON" is no other state
        return characters, NOT_SAID
    return characters, AGREES if _folded(state) == listed_state else DIFFERS


def _folded(state: str) -> str:
    """Return a state's code; NCIC has one of its own for Nebraska."""
    return "NE" if state == "NB" else state


def _certificate(act: Act, work: Work, system: str, by: str, given: str, at: datetime) -> str:
    """Return the number of the certificate of who asked: as it is on record here, else as it was given.

    Raises:
        InputError: it is missing, or another than is on record; or that person had no authority for the system.
    """
    given = given.strip()
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    person = work.people.by_badge(by)
    if person is None and any(one.name.casefold() == by.casefold() for one in work.people.all()):
        raise InputError(f"{by} has an account here: say the badge number (--by).")
    if person is not None:
        names = names_of(policy, today, system)
        held = [one for one in work.rights.authorities(person.id) if one.system in names and one.counts(at)]
        if not held and asks_for_authority(policy, today, VERIFY, system):
            raise InputError(
                f"Whoever asked had no authority for {system} at that time, as far as is on record here: alpr-core "
                "authority list. Have somebody ask who has it."
            )
        numbers = [one.certificate for one in held if one.certificate]
        if given and numbers and given not in numbers:
            raise InputError(
                f"That person's certificate for {system} is another one: alpr-core authority list."
            )
        given = given or next(iter(numbers), "")
    if not given:
        raise InputError("Say the number of that person's certificate (--certificate).")
    return one_line(given, "the number of the certificate (--certificate)", longest=64)
