"""The retention schedule: what is kept how long, by whose word, what falls due when, and who signed it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from alpr_core.act import Act
from alpr_core.certificate import certificate_text
from alpr_core.errors import NotFound
from alpr_core.retention import DueRule, Rules
from alpr_core.store.schedules import Signed

SHOW, SIGN = "retention.show", "retention.sign"


@dataclass(frozen=True, kw_only=True, slots=True)
class ScheduleLine:
    """One retention class: what it is kept for, and what there is of it.

    Attributes:
        retention_class: its name.
        period: in words.
        starts: ``capture`` or ``arrival``.
        automatic: whether the purge's job destroys what is due.
        least: the policy's least, in words, "" for none; most the same.
        clauses: the paragraphs behind it.
        reads: how many are stored.
        earliest_due: when the first that is not held is due, UTC; None if there is none.
    """

    retention_class: str
    period: str
    starts: str
    automatic: bool
    least: str
    most: str
    clauses: tuple[str, ...]
    reads: int
    earliest_due: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Schedule:
    """The schedule, and whether it was signed as it is.

    Attributes:
        strategy: by whose word.
        lines: one a class.
        unknown: reads of classes that the strategy does not know: they are never purged, by class.
        digest: SHA-256 of the text that is signed.
        signed: who signed exactly this last, and when; None if it was changed since, or never signed.
        badge: of who signed.
    """

    strategy: str
    lines: tuple[ScheduleLine, ...]
    unknown: Mapping[str, int]
    digest: str
    signed: Signed | None
    badge: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What falls due on one day, in the node's zone: reads, how many of them are held, bytes of their images."""

    on: date
    retention_class: str
    reads: int
    held: int
    bytes: int


def show_schedule(act: Act) -> Schedule:
    """Return what is kept how long, and what there is of it.

    Raises:
        Denied: by the policy.
        RetentionRefused: the strategy failed, or what it says is outside of the policy.
    """
    with act.look(SHOW) as look:
        rules = act.retention.rules(act.gate.policy, act.now)
        counts = look.work.purging.classes()
        lines = []
        for name, rule in rules.by_class.items():
            first = look.work.purging.earliest(name)
            due = rule.due(first.captured_at, first.stored_at) if first else None
            lines.append(_line(name, rule, rules, counts.get(name, 0), due))
        newest = look.work.schedules.newest()
        digest = schedule_digest(act, rules)
        signed = newest if newest is not None and newest.digest == digest else None
        badge = look.work.people.badges().get(signed.signed_by, "") if signed else ""
    return Schedule(
        strategy=rules.strategy,
        lines=tuple(lines),
        unknown={name: count for name, count in counts.items() if name not in rules.by_class},
        digest=digest,
        signed=signed,
        badge=badge,
    )


def forecast(act: Act, *, until: timedelta = timedelta(days=400)) -> list[Forecast]:
    """Return what falls due on which day, the first day first; what is due already stands at today.

    Args:
        act: who asks.
        until: how far to look ahead.

    Raises:
        Denied: by the policy.
        RetentionRefused: nothing is due, for the strategy failed or is outside of the policy.
    """
    policy = act.gate.policy
    today = policy.day(act.now)
    with act.look(SHOW) as look:
        rules = act.retention.rules(policy, act.now)
        found: dict[tuple[date, str], list[int]] = {}
        due = 0
        for day, name, reads, held, size in look.work.purging.days():
            rule = rules.by_class.get(name)
            if rule is None:
                continue
            end = datetime.fromisoformat(f"{day}T00:00:00+00:00") + timedelta(days=1)
            on = max(policy.day(rule.due(end, end)), today)
            if on == today:
                due += reads - held
            sums = found.setdefault((on, name), [0, 0, 0])
            for place, number in enumerate((reads, held, size)):
                sums[place] += number
        look.record(due=due)
    last = policy.day(act.now + until)
    return [
        Forecast(on=on, retention_class=name, reads=reads, held=held, bytes=size)
        for (on, name), (reads, held, size) in sorted(found.items())
        if on <= last
    ]


def sign_schedule(act: Act, *, reason: str = "") -> str:
    """Sign the schedule as it is in force, and return its digest.

    Raises:
        Denied: by the policy.
        RetentionRefused: there is none, or it is outside of the policy.
    """
    act.admit(SIGN, reason=reason)
    digest = schedule_digest(act, act.retention.rules(act.gate.policy, act.now))
    with act.change(SIGN, reason=reason) as change:
        change.work.schedules.sign(Signed(digest, act.actor.id, act.now))
        change.record(digest=digest)
    return digest


def sign_certificate(act: Act, number: int, *, reason: str = "") -> str:
    """Sign the certificate of a purge, and return its digest.

    Raises:
        Denied: by the policy.
        NotFound: there is no such purge, or it has no certificate yet.
    """
    act.admit(SIGN, reason=reason)
    with act.change(SIGN, reason=reason) as change:
        run = change.work.purging.run(number)
        if run is None or run.entry is None:
            raise NotFound(
                f"there is no certificate of a purge {number}; alpr-core retention certificate lists them"
            )
        text = certificate_text(change.work.ledger.entry(run.entry).body)
        digest = hashlib.sha256(text.encode()).hexdigest()
        change.work.purging.save(replace(run, signed_by=act.actor.id, signed_at=act.now))
        change.record(digest=digest, purge=number)
    return digest


def schedule_digest(act: Act, rules: Rules) -> str:
    """Return the SHA-256 of the schedule as text: what is signed."""
    policy = act.gate.policy
    told = {
        "policy": [policy.id, policy.version, policy.digest],
        "strategy": rules.strategy,
        "clauses": list(rules.clauses),
        "terms": {
            name: {**rule.as_json(), "automatic": rule.term.automatic}
            for name, rule in rules.by_class.items()
        },
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _line(name: str, rule: DueRule, rules: Rules, reads: int, due: datetime | None) -> ScheduleLine:
    limits = rules.limits
    return ScheduleLine(
        retention_class=name,
        period=rule.term.period.words,
        starts=rule.term.starts,
        automatic=rule.term.automatic,
        least=limits.least.words if limits.least else "",
        most=limits.most.words if limits.most else "",
        clauses=rules.clauses,
        reads=reads,
        earliest_due=due,
    )
