"""What every rule kind is made of: the base class, and the words that packs are written in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alpr_core.periods import Period

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.effective import Policy

EVERYONE = "everyone"
"""The role that whoever has logged in holds; a pack need not declare it."""

ANY_ACTION = "*"


class Strength(StrEnum):
    """How strongly a clause speaks. Only ``may`` grants: no further ``must`` or ``should`` loosens a pack."""

    MUST = "must"
    """Denies what does not meet it ("shall", "will", "not to exceed")."""
    SHOULD = "should"
    """Warns of what does not meet it, and demands a reason."""
    MAY = "may"
    """Grants what meets it, and is silent on the rest."""


class Judgement(NamedTuple):
    """A rule's answer: whether the request meets the clause, and why, for a person."""

    met: bool
    because: str


def shown(text: str) -> str:
    """Quote a word that came from outside, short and without control characters."""
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def one_line(value: object) -> object:
    """Collapse white space; refuse control characters, which could rewrite a terminal that shows them."""
    if not isinstance(value, str):
        return value
    text = " ".join(value.split())
    if not text.isprintable():
        raise ValueError("holds a control character")
    return text


def listed(value: object) -> object:
    """Take one word for a list of one."""
    return [value] if isinstance(value, str) else value


T = TypeVar("T")


def not_empty(values: tuple[T, ...]) -> tuple[T, ...]:
    """Refuse an empty list: a clause about nothing is a mistake."""
    if not values:
        raise ValueError("is empty")
    return values


Line = Annotated[str, BeforeValidator(one_line)]
"""Text for people, on one line."""


def _code(value: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9_]{0,39}", value):
        raise ValueError(f"{shown(value)} is no code: lower-case letters, digits and _, at most 40")
    return value


def _action(value: str) -> str:
    if value != ANY_ACTION and not re.fullmatch(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*", value):
        raise ValueError(
            f"{shown(value)} is no action: they read noun.verb (search.run), or {ANY_ACTION} for all"
        )
    return value


Code = Annotated[str, AfterValidator(_code)]
"""A name from a closed list of the pack: it stands on the ledger in clear."""

Action = Annotated[str, AfterValidator(_action)]
"""What is done, as the ledger calls it (``search.run``), or ``*`` for all."""

Actions = Annotated[tuple[Action, ...], BeforeValidator(listed), AfterValidator(not_empty)]
"""One action or a list of them."""

Codes = Annotated[tuple[Code, ...], BeforeValidator(listed), AfterValidator(not_empty)]
"""One code or a list of them."""


How = Literal["enforced", "recorded", "reported", "by_hand"]
"""How a paragraph is kept: the gate denies, the ledger records, a report tells, or a person sees to it."""


class Bound(NamedTuple):
    """A limit that a clause sets.

    Attributes:
        limit: on what: "retention", "transfer", "audit", "training", "access_record", "breach".
        least: not before, None for no such limit.
        most: not after, None for no such limit.
        unless_held: whether data under a hold is free of it.
    """

    limit: str
    least: Period | None = None
    most: Period | None = None
    unless_held: bool = False

    def clashes_with(self, other: Bound) -> bool:
        """Return whether nothing keeps both."""
        return _is_above(self.least, other.most) or _is_above(other.least, self.most)


def _is_above(least: Period | None, most: Period | None) -> bool:
    return least is not None and most is not None and least.usual > most.usual


class Rule(BaseModel):
    """Base of every rule kind: a subclass adds its values as fields and says ``kind`` and `judge`.

    Attributes:
        kind: what the pack's ``rule`` calls it.
        how: how a paragraph with this rule is kept, where its clause does not say otherwise.
        speaks: whether it decides acts at all; a duty does not.
        values: the fields that a document may leave open, and that somebody then has to fill in.
        always: whether each clause of this kind has them, open or not; else `problems` says which lacks one.
        action: the acts it speaks on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    how: ClassVar[How] = "enforced"
    speaks: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ()
    always: ClassVar[bool] = True
    action: Actions = Field(default=(ANY_ACTION,), description="The acts that it speaks on; all if absent.")

    def judge(self, request: Request, policy: Policy) -> Judgement | None:
        """Return whether the request meets the clause, None to stay silent; asked on its own actions only."""
        raise NotImplementedError

    def remedy(self, request: Request, policy: Policy) -> str:
        """Return what would make a request meet the clause that `judge` says does not; "" where nothing could."""
        return ""

    def problems(self, strength: Strength) -> Iterable[str]:
        """Return, a sentence each, what is wrong with these values in a clause of this strength."""
        return ()

    def may_leave_open(self, name: str) -> bool:
        """Return whether one of its `values` can be open in a clause like this one."""
        return True

    def named_roles(self) -> Iterable[str]:
        """Return the roles it names: the pack must declare them."""
        return ()

    def named_purposes(self) -> Iterable[str]:
        """Return the purposes it names: the pack must list them."""
        return ()

    def bounds(self) -> Iterable[Bound]:
        """Return the limits that it sets; of several clauses the strictest counts."""
        return ()


def holds(request: Request, roles: Iterable[str]) -> bool:
    """Return whether the actor has logged in and holds one of these roles."""
    return request.actor.is_known and any(role == EVERYONE or role in request.actor.roles for role in roles)


def given(request: Request, fact: str) -> tuple[str, ...]:
    """Return a fact that is a list of codes; () where nobody gave it, and one code is a list of one."""
    codes = request.facts.get(fact, ())
    return (codes,) if isinstance(codes, str) else tuple(codes)


def marked(request: Request, fact: str) -> bool:
    """Return whether a mark is set that counts against an act: whatever is neither absent nor false sets it."""
    return request.facts.get(fact) not in (None, False)


def speaks_on(rule: Rule, action: str) -> bool:
    """Return whether the rule speaks on this action."""
    return rule.speaks and (action in rule.action or ANY_ACTION in rule.action)
