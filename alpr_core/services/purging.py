"""The purge: what is due and under no hold is destroyed, in batches, and a certificate says what it was.

Each batch is one transaction with its ledger entry. A purge that is cut off is gone on with by the next, and its
certificate comes once the room was given back and the keys that nothing needs are erased.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, tzinfo
from typing import Any

from alpr_core.act import Act
from alpr_core.certificate import OUTSIDE, certificate_text
from alpr_core.errors import NotFound
from alpr_core.files import handed_over, write_private
from alpr_core.models import ReadKey
from alpr_core.recording import Change, Facts
from alpr_core.retention import DueRule, Rules
from alpr_core.services.holds import cover_arrivals
from alpr_core.services.timekeeping import trusted_now
from alpr_core.store.doomed import Candidate
from alpr_core.store.purging import Destroyed, Run
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time
from alpr_ledger.merkle import Frontier, leaf_hash

logger = logging.getLogger(__name__)

PURGE, SHOW = "read.purge", "retention.show"

BATCH = 1000
"""Reads in one transaction: whoever searches meanwhile waits for one of them."""


CHUNK = 5000
"""Reads that are counted at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DueClass:
    """What is due of one retention class.

    Attributes:
        retention_class: its name.
        term: period and start, in words.
        clauses: the paragraphs behind it.
        due: reads that would be destroyed.
        held: reads that are due too, and kept by a hold.
        automatic: whether the purge's job does it; else a person orders it.
        since: when the first of them was due, UTC.
    """

    retention_class: str
    term: str
    clauses: tuple[str, ...]
    due: int
    held: int
    automatic: bool
    since: datetime | None


class _NothingDue(Exception):
    """There is nothing to destroy, so there is no act either."""


def purge(act: Act, *, ordered: bool = True, reason: str = "") -> Run | None:
    """Destroy what is due and under no hold, and return the certified run; None if nothing was due.

    Args:
        act: who purges.
        ordered: whether a person ordered it; the job destroys only what the schedule says is to be by itself.
        reason: free text.

    Raises:
        Denied: by the policy.
        RetentionRefused: the strategy failed, or what it says is outside of the policy: nothing is destroyed.
        StoreError: disk or database; what was destroyed until then is on the ledger, and the next purge goes on.
    """
    asof = trusted_now(act)
    with act.look(SHOW) as look:
        rules = act.retention.rules(act.gate.policy, asof)
        by_class = rules.by_class if ordered else rules.automatic
        uncovered = look.work.holds.uncovered()
        run = look.work.purging.unfinished()
        look.record(
            due=sum(_count(look.work, rule, name, asof, most=1)[0] for name, rule in by_class.items())
        )
    cover_arrivals(act, uncovered)
    batch = _Batch(by_class, asof, None)
    while True:
        try:
            run = _destroy(act, batch, run, rules, by_class, reason)
        except _NothingDue:
            break
        batch = replace(batch, after=batch.found[-1], found=[])
    if run is None:
        act.erase_unneeded_keys()  # of days whose last reads were held, or of holds that have ended
        return None
    return _certify(act, run, rules, asof)


def what_is_due(act: Act) -> list[DueClass]:
    """Return what a purge would destroy now, and why; nothing is destroyed.

    Raises:
        Denied: by the policy.
        RetentionRefused: nothing would be, for the strategy failed or is outside of the policy.
    """
    asof = trusted_now(act)
    with act.look(SHOW) as look:
        rules = act.retention.rules(act.gate.policy, asof)
        found = [_due(look.work, rules, name, rule, asof) for name, rule in rules.by_class.items()]
        look.record(due=sum(one.due for one in found))
    return found


def certificates(act: Act) -> list[Run]:
    """Return the purges, newest first.

    Raises:
        Denied: by the policy.
    """
    with act.look(SHOW) as look:
        found = look.work.purging.runs()
        look.record(due=0)
    return found


def certificate(act: Act, number: int) -> str:
    """Return the document of a purge's certificate, made again from its ledger entry.

    Raises:
        Denied: by the policy.
        NotFound: there is no such purge, or it has no certificate yet.
    """
    with act.look(SHOW) as look:
        run = look.work.purging.run(number)
        if run is None or run.entry is None:
            raise NotFound(
                f"there is no certificate of a purge {number}; alpr-core retention certificate lists them"
            )
        look.record(due=0)
        return certificate_text(look.work.ledger.entry(run.entry).body)


# -- one batch --------------------------------------------------------------------------------------------------


@dataclass
class _Batch:
    """The reads of one batch, found on a snapshot before anybody has to wait, and when each was due."""

    by_class: Mapping[str, DueRule]
    asof: datetime
    after: Candidate | None
    found: list[Candidate] = field(default_factory=list)
    due: dict[ReadKey, datetime] = field(default_factory=dict)
    spans: dict[tuple[str, datetime], timedelta] = field(default_factory=dict)

    def facts(self, work: Work) -> Facts:
        """Look the batch up, once, and say what the policy's rules ask about it.

        Raises:
            _NothingDue: there is none.
        """
        if not self.found:
            self.found = self._find(work)
        newest = max(one.captured_at for one in self.found)
        return {"captured_at": newest, "held": False, "counted_at": self.asof}

    def _find(self, work: Work) -> list[Candidate]:
        until = {name: rule.newest(self.asof) for name, rule in self.by_class.items()}
        after = self.after
        while rows := work.purging.candidates(until, after, BATCH):
            self.due = {one.key: due for one in rows if (due := self._due(one)) <= self.asof}
            if self.due:
                return [one for one in rows if one.key in self.due]
            after = rows[-1]
        raise _NothingDue

    def _due(self, one: Candidate) -> datetime:
        """Return when a read is due; from capture it is counted once a minute, for clocks change on whole minutes."""
        rule = self.by_class[one.retention_class]
        if rule.term.starts != "capture":
            return rule.due(one.captured_at, one.stored_at)
        minute = one.captured_at.replace(second=0, microsecond=0)
        span = self.spans.get((one.retention_class, minute))
        if span is None:
            span = self.spans[one.retention_class, minute] = rule.due(minute, minute) - minute
        return one.captured_at + span


def _destroy(
    act: Act, batch: _Batch, run: Run | None, rules: Rules, by_class: Mapping[str, DueRule], reason: str
) -> Run:
    """Destroy one batch, and return the run with it."""
    with act.change(PURGE, look_up=batch.facts, reason=reason) as change:
        purging = change.work.purging
        if run is None:
            run = purging.begin(_new_run(act, rules, by_class, change.next_entry))
        done = purging.destroy(batch.found, change.evidence, f"{act.now:%Y-%m}")
        gone = set(done.keys)
        destroyed = [one for one in batch.found if one.key in gone]
        run = _advanced(run, done, destroyed, batch, rules.as_json(by_class))
        purging.save(run)
        _record(change, run, done, destroyed or batch.found, batch, rules, by_class)
    return run


def _new_run(act: Act, rules: Rules, by_class: Mapping[str, DueRule], entry: int) -> Run:
    return Run(
        id=0,
        started_at=act.now,
        first_entry=entry,
        strategy=rules.strategy,
        terms=rules.as_json(by_class),
    )


def _advanced(
    run: Run, done: Destroyed, destroyed: list[Candidate], batch: _Batch, terms: Mapping[str, Any]
) -> Run:
    tree = Frontier.from_bytes(run.reads, run.frontier)
    tree.extend(_leaves(done.keys))
    times = [one.captured_at for one in destroyed]
    late = max((batch.asof - batch.due[one.key] for one in destroyed), default=None)
    return replace(
        run,
        terms=terms,
        reads=run.reads + len(done.keys),
        images=run.images + done.images,
        hits=run.hits + done.hits,
        plates=run.plates + done.plates,
        earliest=min([*times, *([run.earliest] if run.earliest else [])], default=None),
        latest=max([*times, *([run.latest] if run.latest else [])], default=None),
        frontier=tree.to_bytes(),
        delay=max(run.delay, int(late.total_seconds()) if late else 0),
    )


def _record(
    change: Change,
    run: Run,
    done: Destroyed,
    batch_reads: list[Candidate],
    batch: _Batch,
    rules: Rules,
    by_class: Mapping[str, DueRule],
) -> None:
    tree = Frontier()
    tree.extend(_leaves(done.keys))
    change.record(
        purge=run.id,
        asof=format_time(batch.asof),
        zone=_zone_name(next(iter(by_class.values())).zone),
        strategy=rules.strategy,
        terms=rules.as_json(by_class),
        count=len(done.keys),
        first=format_time(batch_reads[0].captured_at),
        last=format_time(batch_reads[-1].captured_at),
        root=_base64(tree.root()),
        images=done.images,
        hits=done.hits,
        plates=done.plates,
    )


def _leaves(keys: tuple[ReadKey, ...]) -> list[bytes]:
    return [leaf_hash(str(key).encode()) for key in keys]


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _zone_name(zone: tzinfo) -> str:
    return getattr(zone, "key", "UTC")


# -- its end ----------------------------------------------------------------------------------------------------


def _certify(act: Act, run: Run, rules: Rules, asof: datetime) -> Run:
    """Give the room back, erase what keys nothing needs, and certify the run."""
    act.reclaim()
    keys = act.erase_unneeded_keys()
    with act.look(SHOW) as look:
        held = sum(_count(look.work, rule, name, asof, held=True)[0] for name, rule in rules.by_class.items())
        size = look.work.ledger.size()
        look.record(due=0)
    certified = replace(run, certified_at=act.now, entry=None)
    root = Frontier.from_bytes(run.reads, run.frontier).root()
    receipt = act.report(
        "purge.certify",
        write=lambda work: work.purging.save(replace(certified, entry=work.ledger.size())),
        purge=run.id,
        strategy=run.strategy,
        paragraphs=list(rules.clauses),
        terms=dict(run.terms),
        count=run.reads,
        images=run.images,
        hits=run.hits,
        plates=run.plates,
        first=format_time(run.earliest or run.started_at),
        last=format_time(run.latest or run.started_at),
        root=_base64(root),
        entries=[run.first_entry, size - 1],
        held=held,
        keys=keys,
        delay=run.delay,
        outside=list(OUTSIDE),
    )
    act.tell("reads_purged", purge=run.id, count=run.reads, entry=receipt.first)
    _hand_over(act, run.id)
    return replace(certified, entry=receipt.first)


def _hand_over(act: Act, number: int) -> None:
    """Lay the certificate into the outbox, for the custodian's signature; it can be made again at any time."""
    if act.outbox is None:
        return
    file = act.outbox / f"certificate-of-destruction-{number}.txt"
    try:
        write_private(file, certificate(act, number).encode())
        file.chmod(handed_over(act.outbox))
    except OSError as error:
        logger.warning("%s cannot be written: %s", file, error.strerror)


def _due(work: Work, rules: Rules, name: str, rule: DueRule, asof: datetime) -> DueClass:
    due, since = _count(work, rule, name, asof)
    held, _ = _count(work, rule, name, asof, held=True)
    return DueClass(
        retention_class=name,
        term=f"{rule.term.period.words} from {rule.term.starts}",
        clauses=rules.clauses,
        due=due,
        held=held,
        automatic=rule.term.automatic,
        since=since,
    )


def _count(
    work: Work, rule: DueRule, name: str, asof: datetime, *, held: bool = False, most: int = 0
) -> tuple[int, datetime | None]:
    """Count the reads of a class that are due, and say since when the first is; with ``most`` it stops there."""
    count, since, after = 0, None, None
    until = {name: rule.newest(asof)}
    while rows := work.purging.candidates(until, after, most or CHUNK, held=held):
        dues = [due for one in rows if (due := rule.due(one.captured_at, one.stored_at)) <= asof]
        count += len(dues)
        since = min([*dues, *([since] if since else [])], default=None)
        after = rows[-1]
        if most and count >= most:
            break
    return count, since
