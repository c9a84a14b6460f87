"""Group commit: many callers, one transaction, one signed checkpoint, one fsync.

Callers lead in turn; there is no thread of its own. While one leader commits, the others queue up, and the
next leader takes all of them.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import Connection

from . import store
from .errors import GroupCommitError
from .log import Draft, Log, Receipt, claim_requests, recorded_requests

Work = Callable[[Connection], Sequence[Draft]]


class GroupCommitter:
    """Commits the work of concurrent callers together.

    Args:
        log: appends the entries.
        transaction: opens one write transaction as a context manager: takes the node's lock where the
            database needs it, yields the connection, commits at the end, rolls back on an exception.
        limit: entries in one commit, about.
        linger: seconds that a leader waits for as many callers as the group before had; one caller alone
            never waits.
    """

    def __init__(
        self,
        log: Log,
        transaction: Callable[[], AbstractContextManager[Connection]],
        *,
        limit: int = 1000,
        linger: float = 0.002,
    ) -> None:
        self._log = log
        self._transaction = transaction
        self._limit = limit
        self._linger = linger
        self._mutex = threading.Lock()
        self._arrived = threading.Condition(self._mutex)
        self._queue: deque[_Ticket] = deque()
        self._led = False  # somebody leads, or has been told to
        self._wanted = 1  # callers that the leader waits for

    def submit(self, work: Work, *, savepoint: bool = True) -> Receipt:
        """Do `work`, append what it returns, and return once that is durable.

        `work` gets the connection of the group's transaction, with the ledger's head locked, and runs in a
        SAVEPOINT of its own, maybe in another caller's thread. What it raises undoes its own writes alone,
        and is raised here.

        Args:
            work: what to do.
            savepoint: False for work that writes nothing before it could raise: there is nothing to undo, and two
                statements are saved.

        Raises:
            DuplicateRequest: a request id has its entry already; `work` was undone.
            GroupCommitError: the commit failed, for every caller in it; nothing was stored.
        """
        return self._enter(_Ticket(work, (), savepoint))

    def append(self, drafts: Sequence[Draft]) -> Receipt:
        """Append entries that come with no other write: no SAVEPOINT, the fastest way.

        Raises:
            DuplicateRequest: a request id has its entry already.
            GroupCommitError: the commit failed, for every caller in it; nothing was stored.
        """
        return self._enter(_Ticket(None, drafts, savepoint=False))

    def _enter(self, ticket: _Ticket) -> Receipt:
        with self._mutex:
            self._queue.append(ticket)
            leads = not self._led
            self._led = True
            if not leads and len(self._queue) >= self._wanted:
                self._arrived.notify()
        if not leads:
            try:
                ticket.gate.acquire()
            except BaseException:  # KeyboardInterrupt: leave, but never with the lead in hand
                self._leave(ticket)
                raise
            leads = ticket.leads
        if leads:
            self._lead(ticket)
        return ticket.result()

    def _lead(self, own: _Ticket) -> None:
        """Commit one group, the leader's own ticket first in it, and pass the lead on."""
        group: list[_Ticket] = []
        try:
            group = self._gather()
            self._commit(group)
        except BaseException as error:
            for ticket in group:
                ticket.fail(error)
            if not isinstance(error, Exception):
                self._withdraw(own)
                raise
        finally:
            self._pass_on()
            for ticket in group:
                ticket.gate.release()

    def _gather(self) -> list[_Ticket]:
        """Everything queued, up to the limit; after waiting a moment for those who were just served."""
        deadline = time.monotonic() + self._linger
        with self._mutex:
            while len(self._queue) < self._wanted:
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    break
            group, entries = [], 0
            while self._queue and entries < self._limit:
                ticket = self._queue.popleft()
                group.append(ticket)
                entries += max(1, len(ticket.drafts))
            self._wanted = len(group) + len(self._queue)
            return group

    def _commit(self, group: list[_Ticket]) -> None:
        with self._transaction() as connection:
            head = store.lock_head(connection)
            taken = recorded_requests(connection, (one for ticket in group for one in ticket.drafts))
            for ticket in group:
                ticket.perform(connection, taken)
            done = [ticket for ticket in group if ticket.error is None]
            receipt = self._log.append_locked(connection, head, [one for t in done for one in t.drafts])
        at = 0
        for ticket in done:
            count = len(ticket.drafts)
            leaves = receipt.leaves[at : at + count]
            ticket.receipt = Receipt(receipt.first + at, leaves, receipt.size, receipt.checkpoint)
            at += count

    def _pass_on(self) -> None:
        with self._mutex:
            if self._queue:
                self._queue[0].leads = True
                self._queue[0].gate.release()
            else:
                self._led = False

    def _leave(self, ticket: _Ticket) -> None:
        if self._withdraw(ticket) and ticket.leads:
            self._pass_on()

    def _withdraw(self, ticket: _Ticket) -> bool:
        with self._mutex:
            queued = ticket in self._queue
            if queued:
                self._queue.remove(ticket)
            return queued


class _Ticket:
    """One caller's work, and what became of it."""

    __slots__ = ("drafts", "error", "gate", "leads", "receipt", "savepoint", "work")

    def __init__(self, work: Work | None, drafts: Sequence[Draft], savepoint: bool) -> None:
        self.work = work
        self.drafts = drafts
        self.savepoint = savepoint
        self.leads = False
        self.receipt: Receipt | None = None
        self.error: BaseException | None = None
        self.gate = threading.Lock()  # a lock held from the start: the lightest thing to wait for
        self.gate.acquire()

    def perform(self, connection: Connection, taken: set[str]) -> None:
        """Do the work in a SAVEPOINT; keep its exception for its own caller.

        Args:
            connection: in the group's transaction.
            taken: request ids that have an entry, or a place in this group; this ticket's are added.
        """
        try:
            if self.work is None:
                claim_requests(self.drafts, taken)
                return
            with _savepoint(connection) if self.savepoint else nullcontext():
                self.drafts = tuple(self.work(connection))
                taken |= recorded_requests(connection, self.drafts)
                claim_requests(self.drafts, taken)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised in its own caller
            self.error = error

    def fail(self, error: BaseException) -> None:
        """The group's commit failed; whoever failed before that keeps the reason of his own."""
        self.receipt = None
        if self.error is None:
            self.error = GroupCommitError(f"the commit failed: {error}")
            self.error.__cause__ = error

    def result(self) -> Receipt:
        """The receipt, or the caller's exception."""
        if self.error is not None:
            raise self.error
        if self.receipt is None:
            raise GroupCommitError("the group's leader was interrupted before it committed")
        return self.receipt


@contextmanager
def _savepoint(connection: Connection) -> Iterator[None]:
    """Undo what is done in the block if it raises, at a third of the cost of SQLAlchemy's savepoints."""
    connection.exec_driver_sql("SAVEPOINT ledger_caller")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO SAVEPOINT ledger_caller")
        connection.exec_driver_sql("RELEASE SAVEPOINT ledger_caller")
        raise
    connection.exec_driver_sql("RELEASE SAVEPOINT ledger_caller")
