"""Whether the clock can be believed: one that was set back, or leapt ahead, is noticed, and nothing goes by it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from alpr_core.act import Act
from alpr_core.clock import LONGEST_SILENCE, TOLERANCE, Trusted
from alpr_core.clock import trusted_now as judge
from alpr_core.services.notices import tell
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time

CONFIRM = "clock.confirm"

_KINDS = {"back": "clock.set_back", "leap": "clock.leap"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Confirmed:
    """A clock that was confirmed.

    Attributes:
        before: the newest time that was proven until then, UTC.
        now: what the clock reads.
    """

    before: datetime
    now: datetime


def trusted_now(act: Act) -> datetime:
    """Return the time by which it is decided what is due, UTC.

    It is never before what the ledger proves to have passed, so that a clock that was set back keeps nothing late. It
    is never further beyond that than the longest silence, so that one that leapt destroys nothing early.
    """
    return _judged(act).at


def check_clock(act: Act) -> Mapping[str, int]:
    """Compare the clock with the ledger. What is new about it is an entry, and somebody is told; it can be repeated.

    Returns:
        By how many seconds it is behind, and by how many it leapt.

    Raises:
        LedgerUnwritable: the entry could not be committed.
    """
    mark = act.proven_time()
    found = judge(act.now, mark.at, LONGEST_SILENCE[act.origin])
    noted = replace(mark, trouble=found.trouble)
    if found.trouble in ("", mark.trouble):
        act.note_time(noted)
    else:
        off = found.behind if found.trouble == "back" else found.leap
        receipt = act.report(
            _KINDS[found.trouble],
            seconds=int(off.total_seconds()),
            newest=format_time(mark.at),
            write=lambda work: work.proven_time.note(noted),
        )
        tell(act, f"clock.{found.trouble}", entry=receipt.first)
    return {"behind": int(found.behind.total_seconds()), "leap": int(found.leap.total_seconds())}


def check_clock_at_start(act: Act) -> None:
    """Do the same, but only where the newest entry gives reason to: it costs next to nothing.

    Raises:
        LedgerUnwritable: the entry could not be committed.
    """
    newest, noted = act.clock_before()
    ahead = act.now - newest
    is_back, leapt = ahead < -TOLERANCE, ahead > LONGEST_SILENCE[act.origin]
    if noted is None or (is_back and noted.trouble != "back") or (leapt and noted.trouble != "leap"):
        check_clock(act)


def confirm_clock(act: Act, *, reason: str = "") -> Confirmed:
    """Put on record that the clock is right, whatever the ledger's entries say.

    Args:
        act: who says so.
        reason: how they know.

    Raises:
        Denied: by the policy.
    """
    act.admit(CONFIRM, reason=reason)
    with act.change(CONFIRM, reason=reason) as change:
        now = act.now
        before = change.work.proven_time.mark(LONGEST_SILENCE[act.origin])
        change.work.proven_time.note(replace(before, at=now, trouble=""))
        change.record(newest=format_time(before.at))
    return Confirmed(before=before.at, now=now)


def clock_line(act: Act, work: Work) -> str:
    """Return in words what is the matter with the clock, "" for nothing."""
    silence = LONGEST_SILENCE[act.origin]
    found = judge(act.now, work.proven_time.mark(silence).at, silence)
    return {
        "": "",
        "back": f"{found.behind} behind what the ledger proves: set it right, or alpr-core clock confirm",
        "leap": f"leapt {found.leap} ahead, and nothing is due by it: alpr-core clock confirm",
    }[found.trouble]


def _judged(act: Act) -> Trusted:
    return judge(act.now, act.proven_time().at, LONGEST_SILENCE[act.origin])
