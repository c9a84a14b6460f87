"""Asking a state's system about a hit: authority first, then the intent, the query, and what came of it.

What a reply says about people is shown to who asked, and stored nowhere: the ledger commits to the hash of its text.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.answers import LATER, NO_ANSWER, SIMULATED, UNANSWERED, UNCLEAR, Outcome
from alpr_core.dppa import USES
from alpr_core.errors import InputError
from alpr_core.hearing import hear, is_simulated
from alpr_core.interfaces import StateSource
from alpr_core.models import Finding, Hit, Verdict
from alpr_core.personal import unmet_rule
from alpr_core.policy.systems import names_of, systems_that_verify
from alpr_core.raised import open_hit
from alpr_core.reasons import check_reason
from alpr_core.recording import Given
from alpr_core.services.hits import SHOW
from alpr_core.store.verifications import (
    AGREES,
    CONFIRMATION,
    QUERY,
    Verification,
    sight_of,
    state_of,
    unanswered,
)
from alpr_core.typed import NO_ORI, ORI
from alpr_core.verification import (
    ANSWER_WITHIN,
    REASON_CODES,
    Priority,
    QueryKind,
    StateQuery,
    StateReply,
    StateSystem,
)

if TYPE_CHECKING:
    from alpr_core.store.work import Work

ASK = "state.query"

PATIENCE = 30.0
"""Seconds that all answers are waited for."""

MOST_REQUESTS = 3
"""A confirmation is asked for three times at most (Nlets YQ, RNO)."""

MAY_BE_ANSWERED = (UNANSWERED, LATER, UNCLEAR)
"""Why nothing is known of a confirmation that its agency was asked for; what failed before was asked of nobody."""

Find = Callable[[str], StateSource]
"""Makes the source for a system by its code, or the only one there is for ""."""

_CONTROL = string.ascii_uppercase + string.digits


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """The record of another agency that is to be confirmed, as the system's answer told it.

    Attributes:
        ori: nine characters: which agency entered it.
        type: two letters: SV for a stolen or felony vehicle, SL for a stolen plate.
        case: that agency's case number.
        nic: its NCIC number.
        urgent: whether it is to be answered within ten minutes; else within an hour.
    """

    ori: str
    type: str
    case: str = ""
    nic: str = ""
    urgent: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What a system answered.

    Attributes:
        system: what was asked.
        made: what it comes to.
        replies: each answer, in the order in which they came.
        told: what the source says of its trouble, "" for nothing.
    """

    system: StateSystem
    made: Verification
    replies: tuple[StateReply, ...]
    told: str


def ask_state(
    act: Act,
    hit_id: str,
    find: Find,
    *,
    system: str = "",
    record: Record | None = None,
    ori: str = "",
    patience: float | None = None,
    dppa: str = "",
    reason_code: str = "",
    purpose: str = "",
    case: str = "",
    reason: str = "",
) -> Asked:
    """Ask a state's system about the plate that a person saw on the picture of a hit.

    Args:
        act: who asks.
        hit_id: the hit.
        find: makes the source.
        system: its code; "" for the one by which the policy wants hits verified, or the only one there is.
        record: ask the agency that entered this record whether it stands by it; None to ask what is known.
        ori: the agency's identifier, where the person's authority names none.
        patience: seconds to wait for all answers; None for `PATIENCE`, or as long as a confirmation may take.
        dppa: code of the permissible use (`alpr_core.dppa`), demanded by a system whose data is a registry's.
        reason_code: one of Nlets' codes, for a system that asks for one (`REASON_CODES`); not with a record.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: free text.

    Raises:
        Denied: by the policy: the person has no authority for the system; or they lack a training that the system
            asks of its users.
        NotFound: there is no such hit.
        InputError: nobody looked at the picture yet, it refutes the hit, or the query breaks a rule of the system;
            nothing was sent.
        PluginError: no source asks such a system.
    """
    policy = act.gate.policy
    wanted = systems_that_verify(policy, policy.day(act.now))
    system = system.lower() or (wanted[0] if len(wanted) == 1 else "")
    why: Given = {"purpose": purpose, "case": case, "reason": reason}
    why["facts"] = {"system": system} if system else {}
    act.admit(ASK, **why)
    check_reason(reason, purpose)
    source = find(system)
    declared = source.system
    why["facts"] = {"system": declared.code}
    if declared.code != system:
        act.admit(ASK, **why)
    _check_source(act, source, dppa)
    _check_reason_code(reason_code, record)
    hit, query, untrained = _prepare(act, hit_id, declared, record, ori, why)
    if untrained is not None:
        raise act.refuse(ASK, untrained, **why)
    more: dict[str, object] = {}
    if record is not None:
        more = {"priority": query.priority.value, "number": query.number, "agency": record.ori}
        more |= {"nic": record.nic} if record.nic else {}
    more |= {name: code for name, code in (("dppa", dppa), ("reason_code", reason_code)) if code}
    query = replace(query, reason=reason_code)
    with act.send(
        ASK,
        given=why,
        scopes=None,
        hit=hit.id,
        system=declared.code,
        asked=query.kind.value,
        control=query.control,
        plate=query.plate,
        operator=query.operator,
        ori=query.ori,
        **more,
    ) as send:
        heard = hear(source, query, patience or _patience(query))
        outcome = heard.outcome
        if heard.simulated and act.is_live:
            outcome = Outcome(NO_ANSWER, SIMULATED)
        is_open = record is not None and outcome.why in MAY_BE_ANSWERED
        made = Verification(
            hit=hit.id,
            read=hit.read,
            kind=CONFIRMATION if record else QUERY,
            result=outcome.result,
            why=outcome.why,
            at=act.now,
            agency=record.ori if record else "",
            due_at=act.now + ANSWER_WITHIN[query.priority] if is_open else None,
            made_by=act.actor.id,
            system=declared.code,
            simulated=heard.simulated,
        )
        send.record(scopes=None, result=made.result, simulated=made.simulated, **heard.recorded(declared))
        if made.why:
            send.record(why=made.why)

        def settle(work: Work) -> None:
            if work.hits.get(made.hit) is not None:  # it may have been purged meanwhile
                work.verifications.add(replace(made, entry=work.ledger.size()))

        send.settle = settle
    entry = send.receipt.first if send.receipt else -1
    return Asked(system=declared, made=replace(made, entry=entry), replies=heard.replies, told=heard.told)


def _patience(query: StateQuery) -> float:
    """Return how long is waited: an agency's answer comes to whoever still waits, and to nobody later."""
    if query.kind is QueryKind.CONFIRMATION:
        return ANSWER_WITHIN[query.priority].total_seconds()
    return PATIENCE


def _check_source(act: Act, source: StateSource, dppa: str) -> None:
    """Refuse what cannot be asked at all.

    Raises:
        InputError: saying why.
    """
    if act.is_live and is_simulated(source):
        raise InputError(
            f"What answers for {source.system.title} announces itself as SIMULATED, and this node is live: it asks "
            "no simulator. Configure the real connection, or have somebody ask and report it: hits verify --reported."
        )
    if dppa and dppa not in USES:
        raise InputError(f"{dppa!a} is no permissible use of 18 U.S.C. 2721(b); one of: {', '.join(USES)}.")
    if source.system.dppa and not dppa:
        raise InputError(
            f"What {source.system.title} tells comes from the registry: name its permissible use (--dppa b1 to b14)."
        )


def _check_reason_code(code: str, record: Record | None) -> None:
    """Refuse a reason code that there is not, or where none is asked for.

    Raises:
        InputError: saying which there are.
    """
    if code and code not in REASON_CODES:
        raise InputError(f"{code!a} is no reason code; one of: {', '.join(REASON_CODES)}.")
    if code and record is not None:
        raise InputError("A confirmation has no reason code: leave it out.")


def _prepare(
    act: Act, hit_id: str, system: StateSystem, record: Record | None, ori: str, why: Given
) -> tuple[Hit, StateQuery, Finding | None]:
    """Look up what is asked about and who asks, and return hit, query, and why the person is not trained for it.

    Seeing the hit is on record.

    Raises:
        NotFound: there is no such hit.
        InputError: it is not to be asked about, or the query would lack something.
    """
    given: Given = {"purpose": why["purpose"], "case": why["case"], "reason": why["reason"]}
    with act.look(SHOW, **given) as look:
        hit = open_hit(look.work, hit_id)
        made = look.work.verifications.of(hit.id)
        seen = sight_of(made)
        if seen is None:
            raise InputError(
                "Nobody has looked at the picture yet: first say what stands on the plate (hits verify HIT --seen "
                "PLATE --state ST), so that the system is asked about the plate that is there."
            )
        if seen.result != AGREES:
            raise InputError(
                "The plate on the picture is another one than is listed: this hit is refuted by sight."
            )
        certificate, own_ori = _operator(act, look.work, system)
        query = StateQuery(
            kind=QueryKind.CONFIRMATION if record else QueryKind.REGISTRATION,
            control="".join(secrets.choice(_CONTROL) for _ in range(10)),
            ori=own_ori or ori,
            operator=certificate,
            to=record.ori if record else (seen.state or hit.listed.state or system.state),
            plate=seen.plate,
            state=seen.state or hit.listed.state,
            plate_year=hit.listed.fields.get("LIY", ""),
            plate_type=hit.listed.fields.get("LIT", ""),
            live=act.is_live,
        )
        if record is not None:
            query = _confirming(act, query, record, made)
        _check_query(query, system)
        state = state_of(hit.disposition, made, live=act.is_live)
        look.record(hit=hit.id, read=str(hit.read), state=state.value, count=len(made))
        untrained = _untrained(act, look.work, system)
    return hit, query, untrained


def _operator(act: Act, work: Work, system: StateSystem) -> tuple[str, str]:
    """Return certificate and ORI of who asks, as their authority for the system says.

    Raises:
        InputError: none is on record; a policy that does not speak of this system denied nothing.
    """
    policy = act.gate.policy
    names = names_of(policy, policy.day(act.now), system.code)
    person = act.actor.delegated_by or act.actor.id
    held = [one for one in work.rights.authorities(person) if one.system in names and one.counts(act.now)]
    if not held:
        raise InputError(
            f"No authority of yours for {system.title} is on record, so it is not asked: alpr-core authority grant "
            f"BADGE {system.code}, by whoever may."
        )
    held.sort(key=lambda one: one.system == system.code, reverse=True)
    return (
        next((one.certificate for one in held if one.certificate), ""),
        next((one.ori for one in held if one.ori), ""),
    )


def _untrained(act: Act, work: Work, system: StateSystem) -> Finding | None:
    """Return why the person is not trained as the system asks of its users, None if they are."""
    policy, rights = act.gate.policy, work.rights
    person = act.actor.delegated_by or act.actor.id
    names = names_of(policy, policy.day(act.now), system.code)
    held = [day for area, day in rights.trainings_that_count(person, act.now) if area == system.code]
    since = min(one.since for one in rights.authorities(person) if one.system in names)  # ended ones too
    rule = unmet_rule(system, held, since, act.now)
    if rule is None:
        return None
    because = f"no training for {system.title} is on record for this person"
    if held and rule.again is not None:
        because = f"this person's last training for {system.title} is {rule.again.days} days old, or older"
    elif rule.within is not None:
        because += f", whose {rule.within.days} days to complete it are over"
    return Finding(
        verdict=Verdict.DENY,
        clause=f"training for {system.code}",
        says=f"{rule.says} ({rule.source})",
        because=f"{because}. Once it is passed, somebody else records it: alpr-core training add BADGE COURSE "
        f"--area {system.code} --date DAY",
    )


def _confirming(act: Act, query: StateQuery, record: Record, made: tuple[Verification, ...]) -> StateQuery:
    """Return the query that asks an agency for its confirmation, with the next request number.

    Raises:
        InputError: it names no agency, the one before may still be answered, or it was asked for three times.
    """
    if not ORI.fullmatch(record.ori):
        raise InputError(f"Say which agency entered the record (--to). {NO_ORI}")
    before = unanswered(made, live=act.is_live, agency=record.ori)
    if before and before[0].due_at is not None and act.now < before[0].due_at:
        raise InputError(
            "A confirmation was asked for, and its time to be answered is not over: hits show says when."
        )
    if len(before) >= MOST_REQUESTS:
        raise InputError(
            f"The agency was asked {MOST_REQUESTS} times and has not answered: call it, and report what it says "
            "(hits verify --reported)."
        )
    return replace(
        query,
        priority=Priority.URGENT if record.urgent else Priority.ROUTINE,
        number=len(before) + 1,
        request_type=record.type,
        case=record.case,
        nic=record.nic,
    )


def _check_query(query: StateQuery, system: StateSystem) -> None:
    """Refuse a query that the system would not take from this person.

    Raises:
        InputError: saying what is lacking.
    """
    if system.certificate and not query.operator:
        raise InputError(
            f"{system.title} is asked by certified operators only, and no certificate of yours is on record: "
            f"alpr-core authority grant BADGE {system.code} --certificate NUMBER, by whoever may."
        )
    if not system.ori.fullmatch(query.ori):
        raise InputError(
            f"{system.title} is asked by agencies with an identifier of its kind, and {query.ori or 'none'} is set: "
            "[node] ori in alpr.toml, or authority grant --ori."
        )
