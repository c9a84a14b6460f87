"""How the node is doing, and under which settings it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from alpr_core.act import Act
from alpr_core.anchoring import anchoring_lines, stamp_lines
from alpr_core.config.settings import TimestampSection
from alpr_core.policy.rules import LocationApproval
from alpr_core.policy.words import notices, reminders
from alpr_core.services.heartbeats import capture_line
from alpr_core.services.timekeeping import clock_line
from alpr_core.store.notices import Waiting

if TYPE_CHECKING:
    from alpr_core.policy import Policy
    from alpr_core.store.work import Work


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The node's state.

    Attributes:
        reads: reads stored.
        newest_read: when the newest was captured, UTC.
        open_hits: hits without a disposition.
        hotlists: name of each hotlist to its number of entries.
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
        policy: who adopted it, else its disclaimers; and what of it is temporary, or due for review.
        missing: what keeps the node from going live: open values with where they are found, and clashes.
    """

    reads: int
    newest_read: datetime | None
    open_hits: int
    hotlists: Mapping[str, int]
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
    policy: tuple[str, ...]
    missing: tuple[str, ...]


def show_status(
    act: Act, *, witnesses: Path | None = None, timestamps: Sequence[TimestampSection] = ()
) -> Status:
    """Return how the node is doing.

    Args:
        act: who asks.
        witnesses: the witness file, by which it is judged how far the ledger is anchored.
        timestamps: the authorities by whose certificates time stamps are judged.

    Raises:
        Denied: by the policy.
    """
    policy, today = act.gate.policy, act.gate.policy.day(act.now)
    with act.look("status.show") as look:
        work = look.work
        status = Status(
            reads=work.reads.count(),
            newest_read=work.reads.newest(),
            open_hits=work.hits.count(disposition=""),
            hotlists={one.name: one.entries for one in work.hotlists.summaries()},
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
            policy=(*notices(policy, work.adoptions.of(policy.digest)), *reminders(policy, today)),
            missing=tuple(policy.missing(today)),
        )
    return status


def _readers(work: Work, policy: Policy, today: date) -> str:
    in_service = [one for one in work.devices.registered() if one.in_service_since is not None]
    if not in_service:
        return ""
    said = f"{len(in_service)} in service"
    if any(isinstance(clause.rule, LocationApproval) for clause in policy.in_force(today)):
        lacking = sum(work.devices.approval_of(one) is None for one in in_service)
        said += f", {lacking} of them without written approval of its location"
    return said


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
