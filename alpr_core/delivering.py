"""Delivering notices: along which routes one goes, and handing it to the notifiers. Needs no database.

Whatever a notifier does, it neither fails the act that a notice is about nor holds it up for long.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from alpr_core.clock import Clock, system_clock
from alpr_core.errors import AlprError
from alpr_core.notice import KINDS, Notice, NoticeKind, Urgency

logger = logging.getLogger(__name__)

DEADLINE = 5.0
"""Seconds that all deliveries of one notice take together; what is not done by then counts as undelivered."""

ALARM_EACH = timedelta(hours=1)
"""How often one address gets the same alarm (CJIS Security Policy AU-5: within the hour)."""

ALARM_AGAIN = timedelta(minutes=1)
"""After how long a process tries again to reach an address with an alarm that it could not reach."""

LATE = f"no answer within {DEADLINE:.0f} seconds"

Send = Callable[[str, Notice], None]
"""Has the notifier of this name deliver a notice; raises what went wrong."""

NO_NUMBERS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """Which notices go to which addresses, by which notifier.

    Attributes:
        to: addresses.
        via: the notifier.
        roles: for these roles; with neither roles nor badges it takes every notice.
        badges: for the persons with these badge numbers: only what is about their accounts.
        at_least: only what is as urgent as this.
    """

    to: tuple[str, ...]
    via: str
    roles: frozenset[str] = frozenset()
    badges: frozenset[str] = frozenset()
    at_least: Urgency = Urgency.ROUTINE

    def takes(self, kind: NoticeKind, roles: Collection[str], badge: str) -> bool:
        """Whether a notice for these roles, about the account with this badge number ("" for none), goes along."""
        if kind.urgency.rank < self.at_least.rank:
            return False
        if self.badges:
            return badge in self.badges
        return not self.roles or kind.urgency is Urgency.ALARM or not self.roles.isdisjoint(roles)


class Letter(NamedTuple):
    """One notice to one address, and the notifier that delivers it."""

    via: str
    notice: Notice


def _nobody(via: str, _notice: Notice) -> None:
    raise AlprError(f"there is no notifier {via!r}")


class Delivery:
    """Sends notices along the routes of a node's settings.

    Args:
        routes: in their order.
        send: hands one to a notifier.
        node: the node's name.
        clock: what time it is.
        folder: where it is marked which address got an alarm, for all processes of the node: ``var/run``.
    """

    def __init__(
        self,
        routes: Sequence[Route] = (),
        send: Send = _nobody,
        *,
        node: str = "",
        clock: Clock = system_clock,
        folder: Path | None = None,
    ) -> None:
        self.routes = tuple(routes)
        self._send = send
        self._node = node
        self._clock = clock
        self._folder = folder
        self._alarming = threading.Lock()
        self._next: dict[str, datetime] = {}

    def addressed(
        self,
        kind: str,
        *,
        roles: Collection[str] = (),
        badge: str = "",
        numbers: Mapping[str, int] = NO_NUMBERS,
    ) -> list[Letter]:
        """Return a letter to each address that is to have this notice, one an address and notifier.

        Args:
            kind: one of `notice.KINDS`.
            roles: whom it concerns.
            badge: of the person whose account it is about, "" if it is about none.
            numbers: what is set into its text.
        """
        wanted = [route for route in self.routes if route.takes(KINDS[kind], roles, badge)]
        to = dict.fromkeys((route.via, address) for route in wanted for address in route.to)
        return [self.letter(kind, via, address, numbers) for via, address in to]

    def letter(
        self,
        kind: str,
        via: str,
        to: str,
        numbers: Mapping[str, int] = NO_NUMBERS,
        at: datetime | None = None,
    ) -> Letter:
        """Return one letter, whatever the routes say.

        Raises:
            ValueError: there is no such notice.
        """
        notice = Notice(kind=kind, node=self._node, at=at or self._clock(), to=to, numbers=numbers)
        return Letter(via, notice)

    def reaches(self, via: str, to: str) -> bool:
        """Whether an address still stands in a route by this notifier."""
        return any(route.via == via and to in route.to for route in self.routes)

    def deliver(self, letters: Sequence[Letter]) -> list[str]:
        """Hand letters to their notifiers, and return for each why it was not delivered, "" if it was.

        Raises nothing, and takes no longer than `DEADLINE`: each notifier works in a thread of its own. One that goes
        on after that may yet deliver what counts as undelivered: twice is better than not at all.
        """
        problems = [LATE] * len(letters)
        over = threading.Event()

        def work(via: str) -> None:
            for number, letter in enumerate(letters):
                if letter.via == via and not over.is_set():
                    problems[number] = self._problem(letter)

        notifiers = dict.fromkeys(letter.via for letter in letters)
        threads = [threading.Thread(target=work, args=(via,), daemon=True) for via in notifiers]
        ends = time.monotonic() + DEADLINE
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))
        over.set()
        return list(problems)

    def _problem(self, letter: Letter) -> str:
        try:
            self._send(letter.via, letter.notice)
        except AlprError as error:
            return error.message
        except (Exception, SystemExit) as error:  # noqa: BLE001  a plugin's trouble stays its own
            return f"the notifier {letter.via!r} failed: {type(error).__name__}"
        return ""

    # -- alarms -----------------------------------------------------------------------------------------------

    def alarm(self, kind: str) -> None:
        """Send an alarm to every route that takes it, each address at most once an hour. Raises nothing.

        For when the ledger or the database is what fails: it stores nothing there.
        """
        if not self.routes or not self._alarming.acquire(blocking=False):
            return
        try:
            letters = [letter for letter in self.addressed(kind) if self._claim(letter)]
            problems = self.deliver(letters)
            for letter, problem in zip(letters, problems, strict=True):
                if problem:
                    self._give_back(letter)
        finally:
            self._alarming.release()
        if failed := len([problem for problem in problems if problem]):
            logger.warning("the alarm %s did not reach %d of %d addresses", kind, failed, len(letters))

    def _claim(self, letter: Letter) -> bool:
        """Mark that an address gets an alarm now; False if it had the same one within the hour."""
        now, mark = self._clock(), _mark(letter)
        if timedelta(0) < self._next.get(mark, now) - now <= ALARM_EACH or self._is_marked(mark, now):
            return False
        self._next[mark] = now + ALARM_EACH
        if self._folder is not None:
            with suppress(OSError):  # the disk is full, and that may be the alarm: told too often is told
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                (self._folder / mark).touch(mode=0o600)
                os.utime(self._folder / mark, (now.timestamp(), now.timestamp()))
        return True

    def _is_marked(self, mark: str, now: datetime) -> bool:
        """Whether any process of this node has marked it within the hour."""
        if self._folder is None:
            return False
        try:
            told = datetime.fromtimestamp((self._folder / mark).stat().st_mtime, UTC)
        except OSError:
            return False
        return timedelta(0) <= now - told < ALARM_EACH

    def _give_back(self, letter: Letter) -> None:
        """Take the mark away, for it did not get there: this process tries again soon, any other at once."""
        mark = _mark(letter)
        self._next[mark] = self._clock() + ALARM_AGAIN
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / mark).unlink(missing_ok=True)


def _mark(letter: Letter) -> str:
    """Return the name of the file that marks this alarm to this address; it names neither."""
    words = "\0".join([letter.notice.kind, letter.via, letter.notice.to])
    return f"alarm-{hashlib.sha256(words.encode('utf-8', 'backslashreplace')).hexdigest()[:32]}"
