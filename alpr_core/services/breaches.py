"""Breaches: put on record with a clock that runs, and answered from the ledger: who saw what, between when."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.policy.rules import Breach as BreachRule
from alpr_core.recording import Look
from alpr_core.services.notices import tell
from alpr_core.store.breaches import Breach
from alpr_core.typed import one_line
from alpr_ledger.entry import format_time
from alpr_ledger.reader import StoredEntry

REPORT, SCOPE, LIST = "breach.report", "breach.scope", "breach.list"

ONE_HOUR = timedelta(hours=1)
"""After its discovery an incident is reported within this (CJIS Security Policy IR-6); a policy may say less."""

SHOWS = frozenset(
    {
        "search.run",
        "read.show",
        "image.open",
        "hit.list",
        "hit.show",
        "release.make",
        "ledger.search",
        "ledger.disclose",
        "vendor_log.list",
    }
)
"""The kinds of entries after which somebody has seen data."""

LONGEST = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class OneBreach:
    """A breach, the badge numbers of its accounts, and whether it is or was reported too late."""

    breach: Breach
    badges: tuple[str, ...]
    overdue: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """Somebody saw data.

    Attributes:
        entry: index of its ledger entry.
        at: when, UTC.
        kind: of the entry.
        person: pseudonym.
        badge: badge number, "" of somebody without one.
        seen: keys of reads and ids of hits that were shown; None where that record is not kept any more.
    """

    entry: int
    at: datetime
    kind: str
    person: str
    badge: str
    seen: tuple[str, ...] | None


def report_breach(
    act: Act,
    *,
    found_at: datetime | None = None,
    since: datetime,
    until: datetime | None = None,
    badges: Sequence[str] = (),
    summary: str,
) -> OneBreach:
    """Put a breach on record; from its discovery on the clock runs.

    Args:
        act: who reports it.
        found_at: when it was discovered, UTC; now if None.
        since: from when data was exposed, UTC.
        until: up to when, UTC; up to now if None.
        badges: badge numbers of the accounts through which it was; none: any.
        summary: what happened.

    Raises:
        Denied: by the policy.
        NotFound: nobody has one of the badge numbers.
        InputError: times or summary cannot be.
    """
    act.admit(REPORT)
    found, end = found_at or act.now, until or act.now
    if found > act.now or end > act.now or since >= end:
        raise InputError(
            "A breach was found before now, and what it exposed began before it ended, and before now."
        )
    summary = one_line(summary, "what happened (--summary)", longest=LONGEST)
    with act.change(REPORT) as change:
        people = [change.work.people.by_badge(badge) for badge in badges]
        if None in people:
            raise NotFound("nobody has one of these badge numbers; alpr-core people list shows them")
        one = Breach(
            found_at=found,
            report_by=_report_by(act, found),
            since=since,
            until=end,
            people=tuple(person.id for person in people if person is not None),
            summary=summary,
            reported_by=act.actor.id,
        )
        one = replace(one, id=change.work.breaches.add(one))
        change.record(
            scopes=None,
            breach=one.id,
            found=format_time(found),
            report_by=format_time(one.report_by),
            referred=False,
            summary=summary,
            **({"person": list(one.people)} if one.people else {}),
        )
    tell(act, "breach.reported", breach=one.id)
    return OneBreach(breach=one, badges=tuple(badges), overdue=act.now > one.report_by)


def refer_breach(act: Act, number: int, to: str, *, at: datetime | None = None) -> Breach:
    """Note to whom a breach was reported: that stops its clock.

    Args:
        act: who notes it.
        number: of the breach.
        to: whom, in words: the CJIS systems officer, the policy that says what follows.
        at: when, UTC; now if None.

    Raises:
        Denied: by the policy.
        NotFound: there is none of this number, or it was reported.
        InputError: time or name cannot be.
    """
    act.admit(REPORT)
    to, when = one_line(to, "to whom (--to)", longest=LONGEST), at or act.now
    with act.change(REPORT) as change:
        found = _of(change.work.breaches.all(), number)
        if found.referred_at is not None:
            raise NotFound(f"breach {number} was reported already; alpr-core breach list shows to whom")
        if not found.found_at <= when <= act.now:
            raise InputError("It was reported after it was found, and before now.")
        change.work.breaches.refer(number, to, when)
        change.record(
            breach=number,
            found=format_time(found.found_at),
            report_by=format_time(found.report_by),
            referred=True,
            in_time=when <= found.report_by,
            to=to,
        )
    return replace(found, referred_to=to, referred_at=when)


def scope_breach(act: Act, number: int) -> list[Access]:
    """Return who saw what through a breach, by the ledger, oldest first.

    Raises:
        Denied: by the policy.
        NotFound: there is none of this number.
    """
    with act.look(SCOPE) as look:
        found = _of(look.work.breaches.all(), number)
        accesses = list(_accesses(look, found))[::-1]
        reads = {one for access in accesses for one in access.seen or () if "/" in one}
        look.record(breach=number, accesses=len(accesses), reads=len(reads))
    return accesses


def list_breaches(act: Act) -> list[OneBreach]:
    """Return the breaches, newest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        badges = look.work.people.badges()
        found = [
            OneBreach(
                breach=one,
                badges=tuple(badges.get(person, "") for person in one.people),
                overdue=(one.referred_at or act.now) > one.report_by,
            )
            for one in look.work.breaches.all()
        ]
        look.record(count=len(found))
    return found


def refers_to(act: Act) -> tuple[str, str]:
    """Return the paper that the policy refers to after a breach, and the clause that does; nothing if none does."""
    policy = act.gate.policy
    for clause in policy.in_force(policy.day(act.now)):
        if isinstance(clause.rule, BreachRule) and clause.rule.refers_to:
            return clause.rule.refers_to, clause.id
    return "", ""


def _report_by(act: Act, found: datetime) -> datetime:
    policy = act.gate.policy
    limit = policy.limit("breach", policy.day(act.now)).most
    own = limit[0].after(found, policy.zone) if limit else found + ONE_HOUR
    return min(own, found + ONE_HOUR)


def _accesses(look: Look, one: Breach) -> Iterator[Access]:
    """Yield the accesses of a breach, newest first."""
    badges = look.work.people.badges()
    for entry in look.work.ledger.entries(newest_first=True):
        body = entry.body
        at = datetime.fromisoformat(str(body["t"]))
        if at < one.since:
            return
        who = body.get("actor")
        person = str(who.get("id", "")) if isinstance(who, dict) else ""
        if at >= one.until or body["kind"] not in SHOWS or (one.people and person not in one.people):
            continue
        if body.get("outcome") in ("intent", "failed"):
            continue
        yield Access(
            entry=entry.idx,
            at=at,
            kind=str(body["kind"]),
            person=person,
            badge=badges.get(person, ""),
            seen=_seen(look, entry),
        )


def _seen(look: Look, entry: StoredEntry) -> tuple[str, ...] | None:
    """Return what an access showed, as far as its record is still kept."""
    public, committed = entry.body.get("public"), entry.body.get("committed")
    if isinstance(public, dict) and "read" in public:
        return (str(public["read"]),)
    if not isinstance(committed, dict) or "result" not in committed:
        return ()
    try:
        return tuple(map(str, json.loads(look.vault.open(entry.idx, "result", 0).value)))
    except NotFound:
        return None


def _of(breaches: Sequence[Breach], number: int) -> Breach:
    for one in breaches:
        if one.id == number:
            return one
    raise NotFound(f"there is no breach {number}; alpr-core breach list shows them")
