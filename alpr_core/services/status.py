"""How the node is doing, and under which settings it works."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.anchoring import anchoring_lines, stamp_lines
from alpr_core.config.settings import TimestampSection
from alpr_core.policy.rules import LocationApproval
from alpr_core.policy.words import notices, reminders
from alpr_core.retention import RetentionRefused
from alpr_core.services.heartbeats import capture_line
from alpr_core.services.timekeeping import clock_line, trusted_now
from alpr_core.store.hotlists import HotlistSummary, stale_lists
from alpr_core.store.jobs import FAILED, PAUSE
from alpr_core.store.notices import Waiting

if TYPE_CHECKING:
    from alpr_core.policy import Policy
    from alpr_core.store.work import Work

_USUAL: Mapping[str, timedelta] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The node's state.

    Attributes:
        reads: reads stored.
        newest_read: when the newest was captured, UTC.
        open_hits: hits without a disposition.
        unverified: those of them that nobody has confirmed or refuted for an hour.
        hotlists: name of each hotlist to its number of entries.
        stale: the hotlists that are older than they may be, a sentence each.
        cameras: names.
        capture: how many cameras capture, and which gap goes on the longest.
        clock: what is the matter with the clock, "" for nothing.
        readers: how many are in service; where the policy asks for it, how many whose location nobody approved.
        ledger_size: entries.
        ledger_key: verifier key that signs.
        anchored: what someone outside has confirmed.
        witnesses: when the witnesses were last asked what they remember, and what is the matter with them.
        stamped: when a time-stamping authority saw how much of it.
        unfinished_sends: entries of sends whose outcome is not known.
        undelivered: notices that could not be delivered, by kind.
        jobs: which process runs them, if any does; those that failed, are paused, or were not run.
        policy: who adopted it, else its disclaimers; and what of it is temporary, or due for review.
        retention: what is due and not yet destroyed, and why, a sentence each.
        missing: what keeps the node from going live: open values with where they are found, and clashes.
    """

    reads: int
    newest_read: datetime | None
    open_hits: int
    unverified: int
    hotlists: Mapping[str, int]
    stale: tuple[str, ...]
    cameras: tuple[str, ...]
    readers: str
    capture: str
    clock: str
    ledger_size: int
    ledger_key: str
    anchored: str
    witnesses: tuple[str, ...]
    stamped: str
    unfinished_sends: tuple[int, ...]
    undelivered: tuple[Waiting, ...]
    jobs: tuple[str, ...]
    policy: tuple[str, ...]
    retention: tuple[str, ...]
    missing: tuple[str, ...]


def show_status(
    act: Act,
    *,
    witnesses: Path | None = None,
    timestamps: Sequence[TimestampSection] = (),
    fresh: Mapping[str, timedelta] = _USUAL,
) -> Status:
    """Return how the node is doing.

    Args:
        act: who asks.
        witnesses: the witness file, by which it is judged how far the ledger is anchored.
        timestamps: the authorities by whose certificates time stamps are judged.
        fresh: how old a hotlist may be, by its name, where that is set.

    Raises:
        Denied: by the policy.
    """
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    with act.look("status.show") as look:
        work = look.work
        lists = work.hotlists.summaries()
        status = Status(
            reads=work.reads.count(),
            newest_read=work.reads.newest(),
            open_hits=work.hits.count(disposition=""),
            unverified=work.verifications.waiting(act.now - UNVERIFIED_AFTER, live=act.is_live),
            hotlists={one.name: one.entries for one in lists},
            stale=tuple(_stale(lists, act.now, fresh, policy.zone)),
            cameras=tuple(work.devices.cameras()),
            readers=_readers(work, policy, today),
            capture=capture_line(act, work.heartbeats.all()),
            clock=clock_line(act, work),
            ledger_size=work.ledger.size(),
            ledger_key=act.vkey,
            anchored="; ".join(anchoring_lines(work, witnesses)),
            witnesses=() if act.heard is None else tuple(act.heard.lines()),
            stamped="; ".join(stamp_lines(work, timestamps)),
            unfinished_sends=tuple(intent.entry for intent in work.intents.open()),
            undelivered=tuple(work.notices.waiting()),
            jobs=tuple(_jobs(work, act.now, policy.zone)),
            policy=(*notices(policy, work.adoptions.of(policy.digest)), *reminders(policy, today)),
            retention=tuple(_overdue(act, work)),
            missing=tuple(policy.missing(today)),
        )
    return status


def _stale(
    lists: Sequence[HotlistSummary], now: datetime, fresh: Mapping[str, timedelta], zone: tzinfo
) -> Iterator[str]:
    for name, at in stale_lists(lists, now, fresh).items():
        said = f"imported last {at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "never imported"
        yield f"{name} is older than it may be: {said}"


UNVERIFIED_AFTER = timedelta(hours=1)
"""Who is to be stopped is verified within minutes: a hit that waits for longer is told of."""

OVERDUE_AFTER = timedelta(hours=1)
"""The purge's job comes every hour: what is due for longer is overdue."""


def _overdue(act: Act, work: Work) -> Iterator[str]:
    """Say of each retention class what should have been destroyed, and of none why nothing is."""
    if not work.reads.count():
        return
    now = trusted_now(act)
    try:
        rules = act.retention.rules(act.gate.policy, now)
    except RetentionRefused as refused:
        yield refused.message
        return
    for name, rule in rules.by_class.items():
        first = work.purging.earliest(name)
        if first is None or now - (due := rule.due(first.captured_at, first.stored_at)) < OVERDUE_AFTER:
            continue
        since = due.astimezone(act.gate.policy.zone)
        if rule.term.automatic:
            yield f"overdue: reads of the class {name} should be gone since {since:%Y-%m-%d %H:%M}"
        else:
            yield f"reads of the class {name} may be purged since {since:%Y-%m-%d %H:%M}: alpr-core purge"


def _readers(work: Work, policy: Policy, today: date) -> str:
    in_service = [one for one in work.devices.registered() if one.in_service_since is not None]
    if not in_service:
        return ""
    said = f"{len(in_service)} in service"
    if any(isinstance(clause.rule, LocationApproval) for clause in policy.in_force(today)):
        lacking = sum(work.devices.approval_of(one) is None for one in in_service)
        said += f", {lacking} of them without written approval of its location"
    return said


def _jobs(work: Work, now: datetime, zone: tzinfo) -> Iterator[str]:
    """Yield, a sentence each, who runs the jobs, and which of them failed, are paused, or were not run."""

    def told(moment: datetime) -> str:
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")

    leader = work.jobs.leader(now)
    yield f"run by {leader.holder}" if leader else "nobody runs them: alpr-core run"
    paused = {name: one.asked_at for name, one in work.jobs.pauses().items() if one.wanted == PAUSE}
    for name, since in sorted(paused.items()):
        yield f"{name} is paused since {told(since)}"
    for name, run in sorted(work.jobs.latest().items()):
        if run.result == FAILED:
            yield f"{name} failed at {told(run.ended or run.started)}: {run.error}"
        if name not in paused and run.due + 2 * run.every <= now:
            yield f"{name} has not run since {told(run.started)}"


def show_config(act: Act, settings: Mapping[str, object]) -> Mapping[str, object]:
    """Return the settings, once it is on the ledger that they were looked at.

    Args:
        act: who looks.
        settings: the settings in force, without secrets.

    Raises:
        Denied: by the policy.
    """
    with act.look("config.show"):
        pass
    return settings
