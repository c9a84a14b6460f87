"""The act: the only door to data, and the only module that opens a transaction on it.

Gate, transaction and ledger entry belong together here. A *look* queries a snapshot, then commits its entry, and
only then does the answer leave. A *change* takes the ledger's head lock first and is committed with its entry. A
*send* commits its intent, has its effect outside, and commits its outcome. A denial, and an act that fails, are
entries of their own, written after the rollback. If the ledger cannot be written, nothing happens::

    with act.look("search.run", purpose=purpose, case=case) as look:
        rows = look.work.reads.search(wanted)
        look.record(count=len(rows), query=wanted.plate)
    return rows        # reached only once the entry is durable
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Unpack

from sqlalchemy import Connection

from alpr_core.approving import use
from alpr_core.deciding import UNASKED, Leave, decide, header
from alpr_core.doors import Doors
from alpr_core.effective import GOES_ON, refusal
from alpr_core.errors import Denied, LedgerUnwritable, StoreError, VerificationFailed
from alpr_core.models import ANONYMOUS, Actor, Decision, Finding, Verdict
from alpr_core.personal import note_lately
from alpr_core.recording import Change, Given, Look, Recording, Send, Why
from alpr_core.site import Site
from alpr_core.store.intents import Intent
from alpr_core.store.work import Work
from alpr_ledger.errors import LedgerError, VerificationError
from alpr_ledger.log import Draft, Receipt
from alpr_ledger.store import lock_head

TOUCHED_EACH = timedelta(minutes=1)
"""How often it is noted that a session is in use: fine enough for a limit of half an hour."""

_OUTDATED = refusal("other settings were accepted since this was started: start it again")
"""A process that runs on for days must not go on under settings that are no more."""


class Act(Doors):
    """What one actor may do at one node. Made for each command, screen or job; services take nothing else.

    Args:
        site: the node's parts.
        actor: who acts.
        guard: asked in each writing transaction before anything is written; raises where this actor has to stop.
    """

    def __init__(
        self, site: Site, actor: Actor = ANONYMOUS, *, guard: Callable[[Work], None] = lambda _: None
    ) -> None:
        super().__init__(site, actor)
        self._guard = guard
        self._touched: datetime | None = None

    def becomes(self, actor: Actor) -> Act:
        """Return the same door for another actor: a login."""
        return Act(self._site, actor)

    @contextmanager
    def look(self, action: str, **given: Unpack[Given]) -> Iterator[Look]:
        """Query a read-only snapshot; commit the entry; only then let the answer leave.

        Args:
            action: the entry's kind.
            **given: ``purpose``, a code, if the policy asks for one; ``case``, a case or incident number;
                ``reason``, free text; ``facts``, what else the policy's rules may look at
                (`alpr_core.policy.FACTS`), and ``look_up``, which looks further ones up in the store;
                ``approval``, the number of one that was granted for exactly the selection ``query``: it is used
                with this act.

        Raises:
            Denied: by the gate, before the query or again before the commit.
            LedgerUnwritable: the entry could not be committed, so the answer must not leave.
        """
        why = Why(**given)
        leave = self._admit(action, why)
        look = Look(self._site.keys, self._site.clock, action, why)
        with self._recording_failure(action, why):
            with ExitStack() as stack:
                look.open_work = lambda: stack.enter_context(self._site.store.snapshot())
                yield look
            drafts = look.drafts(self._header(action, why, leave))

            def recheck_and_append(connection: Connection) -> Sequence[Draft]:
                now = self._decide_now(Work(connection), action, why)
                if now.actor.roles == self.actor.roles:
                    return drafts
                return look.drafts(self._header(action, why, now))

            submit = self._site.committer.submit
            look.receipt = self._durable(lambda: submit(recheck_and_append, savepoint=False))

    @contextmanager
    def change(self, action: str, **given: Unpack[Given]) -> Iterator[Change]:
        """Change data under the ledger's head lock, in one transaction with the entry.

        No file, network or recognition work belongs inside. Arguments and errors as `look`.
        """
        why = Why(**given)
        self._admit(action, why)
        change = Change(self._site.keys, self._site.clock, action, why)
        with self._recording_failure(action, why), self._writing() as work:
            leave = self._decide_now(work, action, why)
            change.work, change.log, change.decision = work, self._site.log, leave.decision
            change.is_awaited = partial(self._site.store.is_awaited, work.connection)
            yield change
            drafts = change.drafts(self._header(action, why, leave))
            change.receipt = self._site.log.append(work.connection, drafts, successor=change.successor)
        self._site.receipts.append(change.receipt)
        if change.former is not None:
            try:
                self._site.log.erase(change.former)
            except LedgerError as error:
                told = f"the ledger has its new key, and {error}. The next start tries again"
                raise StoreError(told) from error

    @contextmanager
    def send(
        self,
        action: str,
        *,
        given: Given | None = None,
        scopes: Mapping[str, str] | None = None,
        **intent: object,
    ) -> Iterator[Send]:
        """Commit the intent, let the body have its effect outside, commit the outcome.

        A body that raises leaves an outcome ``failed``; a process that dies leaves an intent that is settled when
        the node starts (`settle_intents`). The outcome repeats the intent's fields and adds what the body records.
        Errors as `look`.

        Args:
            action: the entry's kind.
            given: why, as `look` is given it.
            scopes: as `Recording.record` takes them.
            **intent: fields of the kind that are known before: what is to leave, and to whom.
        """
        why = Why(**(given or {}))
        self._admit(action, why)
        send = Send(self._site.keys, self._site.clock, action, why)
        send.record(scopes=scopes, **intent)
        with self._recording_failure(action, why), self._writing() as work:
            leave = self._decide_now(work, action, why)
            head = {**self._header(action, why, leave), "outcome": "intent"}
            begun = self._site.log.append(work.connection, [send.draft(head, complete=False)])
            send.intent_entry = begun.first
            work.intents.begin(
                Intent(
                    entry=send.intent_entry,
                    kind=action,
                    node=self._site.name,
                    process=self._site.presence.name,
                    started_at=self.now,
                )
            )
        self._site.receipts.append(begun)
        head = {**self._header(action, why, leave), "ref": send.intent_entry}
        try:
            with ExitStack() as stack:
                send.open_work = lambda: stack.enter_context(self._site.store.snapshot())
                yield send
        except Exception:
            failed = send.draft({**head, "outcome": "failed"}, complete=False)
            self._finish(send.intent_entry, [failed])
            raise
        done = send.drafts({**head, "outcome": "done"})
        send.receipt = self._finish(send.intent_entry, done, send.settle)

    def report(
        self,
        kind: str,
        *,
        scopes: Mapping[str, str] | None = None,
        write: Callable[[Work], None] = lambda _: None,
        **fields: object,
    ) -> Receipt:
        """Append an entry about something that happened by itself and asks for no leave: a failed login.

        Args:
            kind: of the entry.
            scopes: as `Recording.record` takes them.
            write: what belongs to it in the database, written with the entry; little, and it must not fail halfway.
            **fields: of the kind.

        Raises:
            LedgerUnwritable: it could not be committed.
        """
        recording = Recording(self._site.keys, self._site.clock, kind, Why())
        recording.record(scopes=scopes, **fields)
        draft = recording.draft(self._header(kind, Why(), None))

        def write_and_append(connection: Connection) -> Sequence[Draft]:
            write(Work(connection))
            return [draft]

        return self._durable(lambda: self._site.committer.submit(write_and_append))

    def admit(self, action: str, **given: Unpack[Given]) -> None:
        """Ask the gate early, before long work whose end is an act of this kind; a denial is recorded.

        Raises:
            Denied: by the policy.
        """
        self._admit(action, Why(**given))

    def refuse(self, action: str, finding: Finding, **given: Unpack[Given]) -> Denied:
        """Record that an act is denied by what no clause of the policy says, and return what is to be raised.

        Args:
            action: what was wanted.
            finding: who says no, and why.
            **given: as `look` is given it.
        """
        return self._denied(action, Why(**given), Decision(verdict=Verdict.DENY, findings=(finding,)))

    def erase_unneeded_keys(self) -> int:
        """Erase the keys of which something was destroyed, and that nothing needs any more; return how many.

        It asks for no leave: what they sealed is gone already. The entry says how many they were.

        Raises:
            LedgerUnwritable: the entry could not be committed; whatever is erased by then is on the next one.
            StoreError: one cannot be erased; it is tried again at the next start.
        """
        with self._site.store.snapshot() as work:
            if not work.evidence(self._site.keys).is_unfinished():
                return 0
        with self._writing() as work:
            self._guard(work)
            erased = work.evidence(self._site.keys).erase_unneeded()
            if erased:
                recording = Recording(self._site.keys, self._site.clock, "vault.erase", Why())
                recording.record(count=erased)
                draft = recording.draft(self._header("vault.erase", Why(), None))
                self._site.receipts.append(self._site.log.append(work.connection, [draft]))
        return erased

    # -- deciding ---------------------------------------------------------------------------------------------

    def _admit(self, action: str, why: Why) -> Leave:
        """Ask the gate before any work; a denial is recorded."""
        try:
            with self._site.store.snapshot() as work:
                return decide(self._site, work, action, why, self.actor)
        except Denied as denial:
            raise self._denied(action, why, denial.decision) from None
        except StoreError as error:
            raise self._unwritable(error) from error

    def _decide_now(self, work: Work, action: str, why: Why) -> Leave:
        """Ask again inside the writing transaction, with the rights of this moment; an approval is used up.

        Raises:
            Denied: not recorded yet; the caller does that after its rollback.
        """
        self._guard(work)
        people = work.people
        actor = (people.current(self.actor, self.now) or ANONYMOUS) if self.actor.session else self.actor
        leave = decide(self._site, work, action, why, actor)
        if action not in GOES_ON and work.accepted.digest() != self._site.accepted:
            raise Denied(Decision(verdict=Verdict.DENY, findings=(_OUTDATED,)))
        use(work, leave.approval, self.now)
        note_lately(work, actor, action, why.facts, self._site.gate.policy, self.now)
        if self.actor.session and (self._touched is None or self.now - self._touched >= TOUCHED_EACH):
            people.touch_session(self.actor.session, self.now)
            self._touched = self.now
        return leave

    def _header(self, kind: str, why: Why, leave: Leave | None) -> dict[str, object]:
        return header(self._site, kind, why, leave or Leave(UNASKED, self.actor, None))

    # -- writing ----------------------------------------------------------------------------------------------

    @contextmanager
    def _writing(self) -> Iterator[Work]:
        """One transaction with the head lock taken first, and the ledger's errors as ours."""
        try:
            with self._site.store.writing() as work:
                lock_head(work.connection)
                yield work
        except LedgerError as error:
            raise self._unwritable(error) from error

    def _finish(
        self, intent_entry: int, outcome: Sequence[Draft], settle: Callable[[Work], None] = lambda _: None
    ) -> Receipt:
        with self._writing() as work:
            settle(work)
            receipt = self._site.log.append(work.connection, outcome)
            work.intents.finish(intent_entry, receipt.first)
        self._site.receipts.append(receipt)
        return receipt

    @contextmanager
    def _recording_failure(self, action: str, why: Why) -> Iterator[None]:
        """Write a denial or a failure of the act after its rollback; the ledger's errors leave as ours."""
        try:
            yield
        except Denied as denial:
            if denial.entry is not None:
                raise
            raise self._denied(action, why, denial.decision) from None
        except LedgerUnwritable:
            raise
        except Exception as error:
            self.report("act.fail", action=action, error=type(error).__name__)
            if isinstance(error, VerificationError):
                raise VerificationFailed(f"the ledger is not as it was written: {error}") from error
            if isinstance(error, LedgerError):
                raise StoreError(f"the ledger cannot be read: {error}") from error
            raise

    def _denied(self, action: str, why: Why, decision: Decision) -> Denied:
        """Record a denial, and return what is to be raised."""
        recording = Recording(self._site.keys, self._site.clock, "act.deny", why)
        recording.record(action=action, origin=self._site.origin, explanation=decision.explanation)
        draft = recording.draft(self._header("act.deny", why, Leave(decision, self.actor, None)))
        entry = self._durable(lambda: self._site.committer.append([draft])).first
        self.tell("act_denied", action=action, actor=self.actor.id, clauses=decision.clauses, entry=entry)
        return Denied(decision, entry)

    def _durable(self, commit: Callable[[], Receipt]) -> Receipt:
        try:
            receipt = commit()
        except (LedgerError, StoreError) as error:
            raise self._unwritable(error) from error
        self._site.receipts.append(receipt)
        return receipt

    def _unwritable(self, error: Exception) -> LedgerUnwritable:
        """Give the alarm, and return what is to be raised."""
        self._site.delivery.alarm("ledger.unwritable")
        return LedgerUnwritable(f"the ledger cannot be written, so nothing was done: {error}")
