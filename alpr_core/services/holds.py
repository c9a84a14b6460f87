"""Holds: keeping as evidence what would otherwise be destroyed, and letting it go again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.models import ReadFilter, ReadKey
from alpr_core.policy.rules import Hold as HoldRule
from alpr_core.reasons import check_reason
from alpr_core.services.notices import tell
from alpr_core.store.evidence import EVIDENCE
from alpr_core.store.holds import Hold
from alpr_core.store.work import Work

PLACE, END, LIST = "hold.place", "hold.end", "hold.list"

REASONS = ("criminal", "civil", "records_demand", "anticipated")
"""Why data is held where the policy has no list of its own: an action that runs, a demand, or one to be expected."""

MOST = 20_000
"""Reads that one hold takes at once: their keys move in its transaction, and everybody else waits for it."""

KEYS_IN_AN_ENTRY = 250
"""With 47 characters each they stay under an entry's 16 KiB."""

REVIEWED_AFTER = timedelta(days=90)
"""When somebody looks at a hold again, if no other day is given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneHold:
    """A hold, the badge of whoever placed it, and how many reads are under it."""

    hold: Hold
    badge: str
    reads: int


def place_hold(
    act: Act,
    *,
    read: ReadKey | None = None,
    wanted: ReadFilter | None = None,
    why: str,
    case: str,
    reason: str,
    purpose: str = "",
    review: date | None = None,
) -> OneHold:
    """Keep one read, a plate's, or those of a time and place, and those of them that come later too.

    Args:
        act: who places it.
        read: the one read, or
        wanted: what reads it is about: by plate, time, camera, place.
        why: one of the policy's reasons to hold.
        case: case number.
        reason: what makes it evidence.
        purpose: purpose code of the pack.
        review: the day on which somebody looks whether it is still needed; in 90 days by default.

    Raises:
        Denied: by the policy.
        NotFound: there is no such read.
        InputError: it says neither what nor why, or is about more reads than one hold takes.
    """
    act.admit(PLACE, purpose=purpose, case=case, reason=reason, facts={"hold_reason": why})
    check_reason(reason, purpose)
    hold = _wanted(act, read, wanted, why, case, review)
    if not reason.strip():
        raise InputError("A hold needs a reason: what makes it evidence (--reason).")
    with act.change(PLACE, purpose=purpose, case=case, reason=reason, facts={"hold_reason": why}) as change:
        keys = _reads_of(change.work, hold)
        hold = replace(hold, id=change.work.holds.add(hold))
        change.work.holds.cover(hold.id, keys, covered=True)
        change.evidence.hold(hold.id, keys)
        first, *further = _parts(keys) or [()]
        change.record(
            hold=hold.id,
            scope=hold.scope,
            hold_reason=why,
            review=hold.review_on.isoformat(),
            count=len(keys),
            reads=[str(key) for key in first],
            wanted=_in_words(hold),
        )
        for part in further:
            change.also("hold.cover", hold=hold.id, count=len(part), reads=[str(key) for key in part])
        badge = change.work.people.badges().get(hold.placed_by, "")
    return OneHold(hold=hold, badge=badge, reads=len(keys))


def end_hold(act: Act, number: int, *, reason: str, kept: str = "") -> OneHold:
    """End a hold: what it kept is due as if it had never been. What another hold keeps too stays.

    Args:
        act: who decides that it is over.
        number: the hold's.
        reason: why it is over.
        kept: how the data was kept as evidence meanwhile, where the policy asks for that: ``book_portable_media`` or
            ``attach_to_report``.

    Raises:
        Denied: by the policy.
        NotFound: there is no such hold, or it has ended.
        InputError: without a reason.
    """
    facts = {"kept_as_evidence": kept} if kept else {}
    act.admit(END, reason=reason, facts=facts)
    if not reason.strip():
        raise InputError("The end of a hold needs a reason: what says that it is over (--reason).")
    check_reason(reason)
    with act.change(END, reason=reason, facts=facts) as change:
        holds = change.work.holds
        found = holds.get(number)
        if found is None or found.ended_at is not None:
            raise NotFound(f"no hold {number} is open; alpr-core holds list shows them")
        keys = holds.reads_of(number)
        for other, its_keys in _by_hold(holds.others(number, keys)).items():
            change.evidence.hold(other, its_keys)
        holds.end(number, act.actor.id, act.now)
        change.evidence.may_go([f"{EVIDENCE}/{number}"])
        change.record(hold=number, count=len(keys))
        if kept:
            change.record(kept=kept)
        badge = change.work.people.badges().get(found.placed_by, "")
    return OneHold(hold=replace(found, ended_by=act.actor.id, ended_at=act.now), badge=badge, reads=len(keys))


def list_holds(act: Act, *, open_only: bool = False) -> list[OneHold]:
    """Return the holds, newest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        holds, badges = look.work.holds, look.work.people.badges()
        found = [
            OneHold(hold=one, badge=badges.get(one.placed_by, ""), reads=holds.count(one.id))
            for one in holds.all(open_only=open_only)
        ]
        look.record(count=len(found))
    return found


def _reasons_to_hold(act: Act) -> tuple[str, ...]:
    """Return the reasons for which the policy in force lets data be held."""
    policy = act.gate.policy
    rules = [one.rule for one in policy.in_force(policy.day(act.now)) if isinstance(one.rule, HoldRule)]
    return tuple(dict.fromkeys(reason for rule in rules for reason in rule.reasons)) or REASONS


def review_holds(act: Act) -> Mapping[str, int]:
    """Count the open holds, tell whoever may end one how many wait for their review, and return both.

    Raises:
        Denied: by the policy.
    """
    today = act.gate.policy.day(act.now)
    found = list_holds(act, open_only=True)
    waiting = sum(one.hold.review_on <= today for one in found)
    if waiting:
        tell(act, "hold.review", count=waiting)
    return {"holds": len(found), "to review": waiting}


def cover_arrivals(act: Act, arrived: Mapping[int, Sequence[ReadKey]]) -> None:
    """Move the keys of reads that came after their hold was placed; they were safe before that already.

    Args:
        act: whose reads have come.
        arrived: by the number of the hold.
    """
    for number, keys in arrived.items():
        for part in _parts(keys):

            def move(work: Work, number: int = number, part: Sequence[ReadKey] = part) -> None:
                work.evidence(act.images.keys).hold(number, part)
                work.holds.mark_covered(number, part)

            act.report(
                "hold.cover", hold=number, count=len(part), reads=[str(key) for key in part], write=move
            )


def _wanted(
    act: Act, read: ReadKey | None, wanted: ReadFilter | None, why: str, case: str, review: date | None
) -> Hold:
    """Return the hold that is asked for, checked."""
    if (read is None) == (wanted is None):
        raise InputError("A hold is about one read, or about a plate or a time and place: say which.")
    if wanted is not None:
        wanted = _checked(wanted)
    if why not in _reasons_to_hold(act):
        raise InputError(f"Why is it held (--why)? One of: {', '.join(_reasons_to_hold(act))}.")
    if not case.strip():
        raise InputError("A hold belongs to a case: give its number (--case).")
    today = act.gate.policy.day(act.now)
    review = review or today + REVIEWED_AFTER
    if review <= today:
        raise InputError("The day of the review (--review) has to come yet.")
    return Hold(
        read=read,
        wanted=wanted,
        reason_code=why,
        case=case.strip(),
        placed_by=act.actor.id,
        placed_at=act.now,
        review_on=review,
    )


def _checked(wanted: ReadFilter) -> ReadFilter:
    if wanted.plate:
        text = plates.Partial.parse(wanted.plate).text
        return replace(wanted, plate=text, confusable=False, fuzzy=False)
    if wanted.since is None or wanted.until is None:
        raise InputError("A hold by time and place says from when until when (--from, --to).")
    if wanted.since >= wanted.until:
        raise InputError("The time ends before it begins: --from comes before --to.")
    return wanted


def _reads_of(work: Work, hold: Hold) -> list[ReadKey]:
    if hold.read is not None:
        if work.reads.get(hold.read) is None:
            raise NotFound(f"no read {hold.read}; reads search shows the keys of what is stored")
        return [hold.read]
    keys = work.holds.matching(hold, MOST + 1)
    if len(keys) > MOST:
        raise InputError(f"That is more than {MOST} reads: hold them in several parts, each a shorter time.")
    return keys


def _in_words(hold: Hold) -> str:
    """Return what a hold is about as text, for the ledger's commitment."""
    if hold.read is not None:
        return json.dumps({"read": str(hold.read)})
    wanted = hold.wanted or ReadFilter()
    told = {
        "plate": wanted.plate,
        "since": wanted.since.isoformat() if wanted.since else "",
        "until": wanted.until.isoformat() if wanted.until else "",
        "cameras": list(wanted.cameras),
        "near": str(wanted.near) if wanted.near else "",
    }
    return json.dumps({name: value for name, value in told.items() if value}, sort_keys=True)


def _by_hold(others: Mapping[ReadKey, int]) -> dict[int, list[ReadKey]]:
    found: dict[int, list[ReadKey]] = {}
    for key, number in others.items():
        found.setdefault(number, []).append(key)
    return found


def _parts(keys: Sequence[ReadKey]) -> list[Sequence[ReadKey]]:
    return [keys[at : at + KEYS_IN_AN_ENTRY] for at in range(0, len(keys), KEYS_IN_AN_ENTRY)]
