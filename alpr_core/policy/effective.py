"""The policy in force: a department's pack, the overlays of laws and regulators over it, and what was filled in.

Overlays intersect with the pack, strictest wins: their clauses deny and warn beside the pack's and grant nothing,
and of the limits that several clauses set on one thing the narrowest counts. Where nothing is left between a minimum
and a maximum, somebody has to choose, and the choice is named.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from functools import cached_property

from alpr_core.models import Purpose, Request
from alpr_core.periods import Period
from alpr_core.policy.pack import Clause, OpenValue, Pack
from alpr_core.policy.rules import (
    EVERYONE,
    AccessRecord,
    AnswerLimit,
    Bound,
    Closed,
    MajorCrimes,
    ProhibitedFields,
    ProhibitedUses,
    Purposes,
    Referral,
    SearchLimit,
    Strength,
    speaks_on,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which clause is followed where two leave nothing between them.

    Attributes:
        follow: the clause's id.
        source: who decided, and where that is written.
    """

    follow: str
    source: str


@dataclass(frozen=True, slots=True)
class Limit:
    """What is left of a limit once every clause on it was heard.

    Attributes:
        name: on what, such as "retention".
        least: the longest minimum, with the clause that sets it.
        most: the shortest maximum, with the clause that sets it.
    """

    name: str
    least: tuple[Period, Clause] | None = None
    most: tuple[Period, Clause] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the minimum is above the maximum, so that nothing keeps both clauses."""
        return bool(self.least and self.most and self.least[0].usual > self.most[0].usual)

    @property
    def conflict(self) -> str:
        """Both paragraphs, for the person who has to choose."""
        if not (self.least and self.most):
            return ""
        (least, low), (most, high) = self.least, self.most
        return (
            f"{self.name}: {low.id} asks for at least {least.words} ({low.says}), and {high.id} for at most "
            f"{most.words} ({high.says})"
        )


@dataclass(frozen=True)
class Policy:
    """What acts are decided by.

    Attributes:
        pack: the department's, with the values that were filled in.
        overlays: laid over it.
        choices: by the name of a limit, what is followed where clauses leave nothing.
        zone: in which days and years are counted.
    """

    pack: Pack
    overlays: tuple[Pack, ...] = ()
    choices: Mapping[str, Choice] = field(default_factory=dict)
    zone: tzinfo = UTC

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The pack, then its overlays."""
        return (self.pack, *self.overlays)

    @property
    def id(self) -> str:
        """The names of pack and overlays, as ``medford-or+or-sb1516``."""
        return "+".join(pack.id for pack in self.packs)

    @property
    def version(self) -> str:
        """Their versions, as ``1+2``."""
        return "+".join(pack.version for pack in self.packs)

    @property
    def roles(self) -> Mapping[str, str]:
        """Code and title of each role."""
        return self.pack.roles

    @cached_property
    def digest(self) -> str:
        """Base64 of the SHA-256 of all that decides; of a pack alone it is the pack's."""
        if not self.overlays and not self.choices:
            return self.pack.digest
        content = {
            "packs": [pack.digest for pack in self.packs],
            "choices": {name: [choice.follow, choice.source] for name, choice in self.choices.items()},
        }
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    @property
    def clauses(self) -> Iterator[Clause]:
        """Every clause: the pack's, then the overlays'."""
        return (clause for pack in self.packs for clause in pack.clauses)

    @cached_property
    def purposes(self) -> Mapping[str, Purpose]:
        """The closed list of purposes, by code."""
        return {
            code: Purpose(code=code, title=title)
            for rule in self.purpose_lists
            for code, title in rule.codes.items()
        }

    @cached_property
    def purpose_lists(self) -> tuple[Purposes, ...]:
        """The rules that put codes on the list; an overlay puts none there, and neither does a plugin's kind."""
        return tuple(
            clause.rule
            for clause in self.pack.clauses
            if clause.strength is Strength.MAY and type(clause.rule) is Purposes
        )

    def lists(self, request: Request) -> bool:
        """Return whether the request's purpose is on the list, for this actor and action."""
        return any(rule.lists(request) for rule in self.purpose_lists)

    def purposes_for(self, request: Request) -> tuple[str, ...]:
        """Return the codes that this actor may give for this action."""
        return tuple(
            dict.fromkeys(
                code for rule in self.purpose_lists if rule.opens_to(request) for code in rule.codes
            )
        )

    def titles(self, roles: Iterable[str]) -> str:
        """Return the roles' titles for a sentence."""
        return " or ".join(
            "everyone who has logged in" if r == EVERYONE else self.roles.get(r, r) for r in roles
        )

    def in_force(self, on: date) -> Iterator[Clause]:
        """Return the clauses that speak on a day: an overlay is silent before it takes effect."""
        return (
            clause
            for pack in self.packs
            if pack.kind != "overlay" or on >= pack.effective
            for clause in pack.clauses
        )

    def closed(self, origin: str, to: str, on: date) -> Clause | None:
        """Return the clause, if any, that closes values of an origin to "public", "export" or "release"."""
        for clause in self.in_force(on):
            if isinstance(clause.rule, Closed) and origin in clause.rule.origin and to in clause.rule.to:
                return clause
        return None

    def referred_to(self, on: date) -> tuple[tuple[str, ...], str]:
        """Return whose office answers requests from outside law enforcement, and the clause; nothing if none says."""
        for clause in self.in_force(on):
            if isinstance(clause.rule, Referral):
                return clause.rule.to, clause.id
        return (), ""

    def most_rows(self, on: date, built_in: int) -> int:
        """Return how many rows one answer has: the fewest that a clause in force says, never above the built-in."""
        rules = [clause.rule for clause in self.in_force(on)]
        return min([built_in, *(rule.at_most for rule in rules if isinstance(rule, AnswerLimit))])

    def counted(self, on: date) -> Mapping[str, Period]:
        """Return the acts whose repetitions are counted, each with the longest time in which they are."""
        found: dict[str, Period] = {}
        for clause in self.in_force(on):
            if isinstance(clause.rule, SearchLimit):
                for action in clause.rule.action:
                    found[action] = max(
                        found.get(action, clause.rule.within), clause.rule.within, key=lambda one: one.usual
                    )
        return found

    def to_follow(self, on: date) -> Period | None:
        """Return how soon a case number has to follow, the soonest that a clause in force says; None if none may."""
        periods = [
            clause.rule.to_follow
            for clause in self.in_force(on)
            if isinstance(clause.rule, AccessRecord) and clause.rule.to_follow is not None
        ]
        return min(periods, key=lambda one: one.usual, default=None)

    def major_crimes(self, on: date) -> Mapping[str, tuple[str, str]]:
        """Return the types of incident whose partial plates are to be looked for: meaning and clause of each."""
        return {
            code: (meaning, clause.id)
            for clause in self.in_force(on)
            if isinstance(clause.rule, MajorCrimes)
            for code, meaning in clause.rule.codes.items()
        }

    def not_collected(self, action: str, on: date) -> Mapping[str, Clause]:
        """Return the personal fields that must not be stored by an action, each with its clause."""
        return {
            name: clause
            for clause in self.in_force(on)
            if isinstance(clause.rule, ProhibitedFields)
            and clause.strength is Strength.MUST
            and speaks_on(clause.rule, action)
            for name in clause.rule.fields
        }

    def prohibits(self, use: str, action: str) -> bool:
        """Return whether a clause prohibits a use on an action, so that somebody has to look whether it is one."""
        return any(
            isinstance(clause.rule, ProhibitedUses)
            and clause.rule.use == use
            and speaks_on(clause.rule, action)
            for clause in self.clauses
        )

    def day(self, moment: datetime) -> date:
        """Return the day that it is, where the node is."""
        return moment.astimezone(self.zone).date()

    def limit(self, name: str, on: date, *, held: bool = False) -> Limit:
        """Return what the clauses in force on a day leave of a limit; what clashes with a recorded choice is out.

        Args:
            name: on what, such as "retention".
            on: the day, where the node is.
            held: whether it is asked for data under a hold, which some limits leave free.
        """
        least = most = None
        for clause, bound in self._heard(name, on, held=held):
            if bound.least and (least is None or bound.least.usual > least[0].usual):
                least = (bound.least, clause)
            if bound.most and (most is None or bound.most.usual < most[0].usual):
                most = (bound.most, clause)
        return Limit(name, least, most)

    def conflicts(self, on: date) -> list[Limit]:
        """Return the limits of which nothing is left on a day, and nobody has chosen."""
        names = dict.fromkeys(bound.limit for clause in self.clauses for bound in clause.rule.bounds())
        return [limit for limit in (self.limit(name, on) for name in names) if limit.is_empty]

    @property
    def open_values(self) -> Iterator[tuple[Clause, str, OpenValue]]:
        """Each value that is still open, with its clause and its name."""
        return (each for pack in self.packs for each in pack.open_values)

    def missing(self, on: date) -> list[str]:
        """Return, a sentence each, what keeps a node under this policy from going live on a day."""
        values = [
            f"{clause.id}: {value.open} is open. {value.found}" for clause, _, value in self.open_values
        ]
        return values + [f"choose between two paragraphs. {limit.conflict}" for limit in self.conflicts(on)]

    def _heard(self, name: str, on: date, *, held: bool) -> Iterator[tuple[Clause, Bound]]:
        """Yield what is left of a limit's bounds once the recorded choice is followed."""
        bounds = list(self._bounds(name, on, held=held))
        choice = self.choices.get(name)
        followed = [bound for clause, bound in bounds if choice and clause.id == choice.follow]
        return (each for each in bounds if not any(each[1].clashes_with(other) for other in followed))

    def _bounds(self, name: str, on: date, *, held: bool) -> Iterator[tuple[Clause, Bound]]:
        for clause in self.in_force(on):
            for bound in clause.rule.bounds():
                if bound.limit == name and not (held and bound.unless_held):
                    yield clause, bound
