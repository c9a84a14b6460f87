"""What was done in a vendor's system by its log, and what an auditor finds in that: looked up anew each time.

Held against the clauses that were in force on the day, as far as a log can tell: what the record of such an act must
hold, training, authority. Nothing of it is stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime

from alpr_core.access_log import ACTIONS
from alpr_core.act import Act
from alpr_core.errors import NotFound
from alpr_core.models import Actor, Request
from alpr_core.personal import training_ends
from alpr_core.policy import Policy
from alpr_core.policy.pack import Clause
from alpr_core.policy.rules import AccessRecord, Authority, Strength, Training, speaks_on
from alpr_core.recording import Look
from alpr_core.store.people import Person
from alpr_core.store.rights import Rights
from alpr_core.store.vendor_logs import Logged
from alpr_ledger.entry import format_time

LIST = "vendor_log.list"

TEXTS = ("who", "case", "reason", "plate", "query")
"""What the entry of an access commits to."""

_WORDS = {"case": "a case or incident number", "reason": "a reason", "purpose": "a purpose"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One thing to look into.

    Attributes:
        code: ``unknown``, ``not_yet``, ``left``, ``record``, ``training``, ``authority``.
        because: in words.
        clause: the paragraph that asks for it, "" where none does.
    """

    code: str
    because: str
    clause: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Accessed:
    """One access by a vendor's log.

    Attributes:
        logged: that it is on record.
        what: one of `ACTIONS`.
        badge: of whose it was, "" for nobody known here.
        name: that person's name here.
        said: what the log says, of `TEXTS` those that it has; None where that is not kept any more.
        found: what there is to look into.
    """

    logged: Logged
    what: str
    badge: str
    name: str
    said: dict[str, str | None]
    found: tuple[Found, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LogWanted:
    """Which accesses are wanted; what is empty does not matter.

    Attributes:
        source: name of the data source.
        since: at or after, UTC.
        until: before, UTC.
        badge: of whose they were.
        found: only those that there is something to look into.
    """

    source: str = ""
    since: datetime | None = None
    until: datetime | None = None
    badge: str = ""
    found: bool = False

    def as_text(self) -> str:
        """What is put on record of it."""
        given = {name: value for name, value in asdict(self).items() if value}
        times = {name: format_time(value) for name, value in given.items() if isinstance(value, datetime)}
        return json.dumps({**given, **times}, sort_keys=True)


def list_log(act: Act, wanted: LogWanted, *, limit: int = 100) -> list[Accessed]:
    """Return what was done in the vendor's system, newest first, with what there is to look into.

    Args:
        act: who looks.
        wanted: which.
        limit: at most so many.

    Raises:
        Denied: by the policy.
        NotFound: nobody has that badge number.
    """
    with act.look(LIST) as look:
        book = _Book(look, act.gate.policy, {one.id: one for one in look.work.people.all()})
        person = None if not wanted.badge else book.person_of(wanted.badge)
        rows = look.work.vendor_logs.newest(
            source=wanted.source, since=wanted.since, until=wanted.until, person_id=person
        )
        shown: list[Accessed] = []
        for logged in rows:
            if len(shown) == limit:
                break
            one = book.read(logged, only_found=wanted.found)
            if one is not None:
                shown.append(one)
        look.record(
            count=len(shown),
            query=wanted.as_text(),
            result=json.dumps([one.logged.entry for one in shown]),
        )
    return shown


@dataclass
class _Book:
    """Reads accesses in one look, and judges them; what is asked of a person again and again is kept."""

    look: Look
    policy: Policy
    people: dict[str, Person]
    _rights: dict[str, _Held] = field(default_factory=dict)

    def person_of(self, badge: str) -> str:
        for one in self.people.values():
            if one.badge == badge:
                return one.id
        raise NotFound(f"nobody has the badge number {badge!r}; alpr-core people list shows them")

    def read(self, logged: Logged, *, only_found: bool) -> Accessed | None:
        """Return one access; None where there is nothing to look into, if only such are wanted.

        The vault is opened for what is shown alone: that is most of the work.
        """
        body = self.look.work.ledger.entry(logged.entry).body
        public, committed = body["public"], body["committed"]
        assert isinstance(public, dict)  # noqa: S101  the catalogue says so, and the entry was checked against it
        assert isinstance(committed, dict)  # noqa: S101
        person, what = self.people.get(logged.person_id), str(public["what"])
        found = tuple(self._found(logged, person, ACTIONS.get(what, ""), frozenset(committed)))
        if only_found and not found:
            return None
        return Accessed(
            logged=logged,
            what=what,
            badge=person.badge if person else "",
            name=person.name if person else "",
            said={name: self._opened(logged.entry, name) for name in TEXTS if name in committed},
            found=found,
        )

    def _opened(self, entry: int, name: str) -> str | None:
        try:
            return self.look.vault.open(entry, name, 0).value
        except NotFound:
            return None

    def _found(
        self, logged: Logged, person: Person | None, action: str, given: frozenset[str]
    ) -> Iterator[Found]:
        at = logged.at
        if person is None:
            yield Found(code="unknown", because="nobody is known here under what the log calls them")
        elif at < person.added_at:
            yield Found(code="not_yet", because="this person was not on the register yet")
        elif not person.is_active(at):
            yield Found(code="left", because="this person had left")
        request = Request(action=action, actor=Actor(id=person.id if person else "vendor"), at=at)
        for clause in self.policy.in_force(self.policy.day(at)):
            asks = clause.strength is not Strength.MAY and action and speaks_on(clause.rule, action)
            if asks and not clause.exempts(request):
                yield from self._by(clause, person, at, given)

    def _by(
        self, clause: Clause, person: Person | None, at: datetime, given: frozenset[str]
    ) -> Iterator[Found]:
        """Yield what one clause has against an access."""
        rule, code, because = clause.rule, "", ""
        if isinstance(rule, AccessRecord):
            # A vendor's log has one text for why: it stands for the purpose as well.
            has = given | ({"purpose"} if "reason" in given else set())
            lacking = [words for name, words in _WORDS.items() if name in rule.fields and name not in has]
            code, because = "record", f"the record of it must hold {' and '.join(lacking)}" if lacking else ""
        elif person is None:
            return
        elif isinstance(rule, Training) and rule.area not in self._held(person).trained(self.policy, at):
            code, because = "training", f"no training to {rule.area} counted for this person then"
        elif isinstance(rule, Authority) and rule.system not in self._held(person).authorised(at):
            code, because = "authority", f"this person held no authority for data of {rule.system} then"
        if because:
            yield Found(code=code, because=because, clause=clause.id)

    def _held(self, person: Person) -> _Held:
        if person.id not in self._rights:
            self._rights[person.id] = _Held(self.look.work.rights, person.id)
        return self._rights[person.id]


class _Held:
    """What one person was trained and authorised for, at any moment: a right that ended since counted until then."""

    def __init__(self, rights: Rights, person: str) -> None:
        self._trainings = rights.trainings(person)
        self._authorities = rights.authorities(person)

    def trained(self, policy: Policy, at: datetime) -> set[str]:
        held = [one for one in self._trainings if one.held_at <= at]
        ends = [(one.area, training_ends(policy, one.area, one.held_at, one.expires_at, at)) for one in held]
        return {area for area, end in ends if end is None or at < end}

    def authorised(self, at: datetime) -> set[str]:
        return {
            one.system
            for one in self._authorities
            if one.since <= at
            and (one.expires_at is None or at < one.expires_at)
            and (one.revoked_at is None or at < one.revoked_at)
        }
