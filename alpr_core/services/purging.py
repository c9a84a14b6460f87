"""The purge: what is due and under no hold is destroyed, in batches, and a certificate says what it was.

Each batch is one transaction with its ledger entry. A purge that is cut off is gone on with by the next, and its
certificate comes once the room was given back and the keys that nothing needs are erased.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo

from alpr_core.act import Act
from alpr_core.certificate import OUTSIDE, certificate_text
from alpr_core.errors import NotFound
from alpr_core.files import handed_over, write_private
from alpr_core.models import ReadKey
from alpr_core.recording import Change
from alpr_core.retention import DueRule, Rules
from alpr_core.services.holds import cover_arrivals
from alpr_core.services.timekeeping import trusted_now
from alpr_core.store.batches import batches
from alpr_core.store.doomed import Candidate
from alpr_core.store.purging import Destroyed, Run
from alpr_core.store.work import Work
from alpr_ledger.entry import format_time
from alpr_ledger.merkle import Frontier, leaf_hash

logger = logging.getLogger(__name__)

PURGE, SHOW = "read.purge", "retention.show"

STEP = 50
"""Reads that are destroyed before the purge looks whether anybody waits; if so, its transaction ends there."""

SETTLE_AFTER = 100
"""Reads after which the database puts away what was written, beside the next ones: little by little, for a search
that is committed meanwhile waits for the same disk."""

REST_AFTER = 3000
"""Reads after which the purge waits until all of it is put away: only then the log begins anew."""

CHUNK = 5000
"""Reads that are looked at, or counted, at a time."""


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
        most = look.work.purging.most
        rules = act.retention.rules(act.gate.policy, asof)
        rules = rules if ordered else rules.automatic
        uncovered = look.work.holds.uncovered()
        run = look.work.purging.unfinished()
        due = _Due(rules, asof)
        due.find(look.work)
    cover_arrivals(act, uncovered)
    with _settling(act) as settle:
        while due.found:
            while due.found:
                run, taken = _destroy(act, due, due.found[:most], run, reason)
                due.found = due.found[taken:]
                settle(taken)
            with act.look(SHOW) as look:
                due.find(look.work)
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
        return certificate_text(look.work.ledger.entry(run.entry).body)


# -- one batch --------------------------------------------------------------------------------------------------


_NO_SPAN = (datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), timedelta(0))


@dataclass
class _Due:
    """The reads that are due, some thousands at a time.

    Attributes:
        rules: when reads are due.
        asof: the time that it is counted by.
        after: what was looked at last.
        found: the reads that are due; none where there are no more.
        at: when each of them was.
        spans: by class, a minute of capture, its end, and from then until what was captured in it is due.
    """

    rules: Rules
    asof: datetime
    after: Candidate | None = None
    found: list[Candidate] = field(default_factory=list)
    at: dict[ReadKey, datetime] = field(default_factory=dict)
    spans: dict[str, tuple[datetime, datetime, timedelta]] = field(default_factory=dict)

    def find(self, work: Work) -> None:
        """Find the next reads that are due, however many lie before them that are not."""
        until = {name: rule.newest(self.asof) for name, rule in self.rules.by_class.items()}
        self.found = []
        while not self.found and (rows := work.purging.candidates(until, self.after, CHUNK)):
            self.at = {one.key: due for one in rows if (due := self._due(one)) <= self.asof}
            self.found = [one for one in rows if one.key in self.at]
            self.after = rows[-1]

    def _due(self, one: Candidate) -> datetime:
        """Return when a read is due; from capture it is counted once a minute, for clocks change on whole minutes."""
        rule = self.rules.by_class[one.retention_class]
        if rule.term.starts != "capture":
            return rule.due(one.captured_at, one.stored_at)
        captured_at = one.captured_at
        minute, end, span = self.spans.get(one.retention_class, _NO_SPAN)
        if not minute <= captured_at < end:  # they come in the order of their capture: once a minute
            minute = captured_at.replace(second=0, microsecond=0)
            span = rule.due(minute, minute) - minute
            self.spans[one.retention_class] = (minute, minute + timedelta(minutes=1), span)
        return captured_at + span


def _destroy(
    act: Act, due: _Due, batch: Sequence[Candidate], run: Run | None, reason: str
) -> tuple[Run, int]:
    """Destroy one batch, or its beginning if somebody waits; return the run with it, and how many reads it was."""
    facts = {
        "captured_at": max(one.captured_at for one in batch),
        "held": False,
        "counted_at": due.asof,
    }
    with act.change(PURGE, facts=facts, reason=reason) as change:
        purging = change.work.purging
        if run is None:
            run = purging.begin(_new_run(act, due.rules, change.next_entry))
        done, taken = Destroyed(), 0
        for step in batches(batch, STEP):
            done += purging.destroy(step, change.evidence, f"{act.now:%Y-%m}")
            taken += len(step)
            if change.is_awaited():
                break
        leaves = [leaf_hash(str(one.key).encode()) for one in done.reads]
        run = _advanced(run, done, leaves, due)
        purging.save(run)
        _record(change, run, done, leaves, batch[:taken], due)
    return run, taken


@contextmanager
def _settling(act: Act) -> Iterator[Callable[[int], None]]:
    """Yield what is told of each batch, and has the database put away what was written, beside the next ones."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="settle") as beside:
        running: list[Future[None]] = []
        since_settled = since_rested = 0

        def settle(reads: int) -> None:
            nonlocal since_settled, since_rested
            since_settled, since_rested = since_settled + reads, since_rested + reads
            if since_settled < SETTLE_AFTER:
                return
            since_settled = 0
            while running:
                running.pop().result()
            if since_rested < REST_AFTER:
                running.append(beside.submit(act.settle))
            else:
                since_rested = 0
                act.settle()

        yield settle


def _new_run(act: Act, rules: Rules, entry: int) -> Run:
    return Run(id=0, started_at=act.now, first_entry=entry, strategy=rules.strategy, terms=rules.as_json())


def _advanced(run: Run, done: Destroyed, leaves: Sequence[bytes], due: _Due) -> Run:
    tree = Frontier.from_bytes(run.reads, run.frontier)
    tree.extend(leaves)
    times = [one.captured_at for one in done.reads]
    late = max((due.asof - due.at[one.key] for one in done.reads), default=timedelta(0))
    return replace(
        run,
        terms=due.rules.as_json(),
        reads=run.reads + len(done.reads),
        images=run.images + done.images,
        hits=run.hits + done.hits,
        plates=run.plates + done.plates,
        earliest=min([*times, *([run.earliest] if run.earliest else [])], default=None),
        latest=max([*times, *([run.latest] if run.latest else [])], default=None),
        frontier=tree.to_bytes(),
        delay=max(run.delay, int(late.total_seconds())),
    )


def _record(
    change: Change, run: Run, done: Destroyed, leaves: Sequence[bytes], batch: Sequence[Candidate], due: _Due
) -> None:
    tree = Frontier()
    tree.extend(leaves)
    rules, span = due.rules, done.reads or batch
    change.record(
        purge=run.id,
        asof=format_time(due.asof),
        zone=_zone_name(next(iter(rules.by_class.values())).zone),
        strategy=rules.strategy,
        terms=rules.as_json(),
        count=len(done.reads),
        first=format_time(span[0].captured_at),
        last=format_time(span[-1].captured_at),
        root=_base64(tree.root()),
        images=done.images,
        hits=done.hits,
        plates=done.plates,
    )


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
    work: Work, rule: DueRule, name: str, asof: datetime, *, held: bool = False
) -> tuple[int, datetime | None]:
    """Count the reads of a class that are due, and say since when the first is."""
    count, since, after = 0, None, None
    until = {name: rule.newest(asof)}
    while rows := work.purging.candidates(until, after, CHUNK, held=held):
        dues = [due for one in rows if (due := rule.due(one.captured_at, one.stored_at)) <= asof]
        count += len(dues)
        since = min([*dues, *([since] if since else [])], default=None)
        after = rows[-1]
    return count, since
