"""The kinds of rules a clause may have: one small class each, whose fields are the clause's values.

A rule is asked about one request and answers whether the clause is met, and why. What follows from that, a
grant, a warning or a denial, is the affair of the clause's strength.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, NamedTuple, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from alpr_core.errors import PluginError
from alpr_core.problems import suggestion

if TYPE_CHECKING:
    from alpr_core.models import Request
    from alpr_core.policy.pack import Pack

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


def _listed(value: object) -> object:
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

Actions = Annotated[tuple[Action, ...], BeforeValidator(_listed), AfterValidator(not_empty)]
"""One action or a list of them."""

Codes = Annotated[tuple[Code, ...], BeforeValidator(_listed), AfterValidator(not_empty)]
"""One code or a list of them."""


class Rule(BaseModel):
    """Base of every rule kind: a subclass adds its values as fields and says ``kind`` and `judge`.

    Attributes:
        kind: what the pack's ``rule`` calls it.
        action: the acts it speaks on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ClassVar[str]
    action: Actions = Field(default=(ANY_ACTION,), description="The acts that it speaks on; all if absent.")

    def judge(self, request: Request, pack: Pack) -> Judgement | None:
        """Return whether the request meets the clause, None to stay silent; asked on its own actions only."""
        raise NotImplementedError

    def problems(self, strength: Strength) -> Iterable[str]:  # noqa: ARG002 - subclasses look at it
        """Return, a sentence each, what is wrong with these values in a clause of this strength."""
        return ()

    def named_roles(self) -> Iterable[str]:
        """Return the roles it names: the pack must declare them."""
        return ()


def holds(request: Request, roles: Iterable[str]) -> bool:
    """Return whether the actor has logged in and holds one of these roles."""
    return request.actor.is_known and any(role == EVERYONE or role in request.actor.roles for role in roles)


class Role(Rule):
    """Which role does what. ``may`` grants the actions to it; ``must`` keeps everybody else from them."""

    kind = "role"
    role: Codes = Field(description="Roles of the pack, or `everyone` who has logged in.")
    action: Actions = Field(description="What they do.")

    def judge(self, request: Request, pack: Pack) -> Judgement:
        """Met by an actor who holds one of the roles."""
        titles = pack.titles(self.role)
        if holds(request, self.role):
            return Judgement(True, f"{request.action} is for {titles}")
        actor = pack.titles(sorted(request.actor.roles)) or "without a role"
        who = f"this person is {actor}" if request.actor.is_known else "nobody is logged in"
        return Judgement(False, f"{request.action} is for {titles}; {who}")

    def named_roles(self) -> Iterable[str]:
        """Return its roles."""
        return self.role


class Purposes(Rule):
    """The closed list of purposes: ``may`` puts codes on it, ``must`` demands one of them for an action."""

    kind = "purposes"
    codes: Mapping[Code, Line] = Field(default={}, description="With `may`: each code and what it means.")
    role: Codes = Field(default=(), description="With `may`: who may use these codes; everybody if absent.")

    def judge(self, request: Request, pack: Pack) -> Judgement | None:
        """Met when the purpose is on the list; a clause with codes is silent on any other purpose."""
        if self.codes:
            if not self.lists(request):
                return None
            return Judgement(True, f"the purpose is {request.purpose}: {self.codes[request.purpose]}")
        if not request.purpose:
            return Judgement(False, f"{request.action} needs a purpose{_one_of(pack.purposes_for(request))}")
        if not pack.lists(request):
            return Judgement(False, unlisted_purpose(request, pack))
        return Judgement(True, "the purpose is on the list")

    def lists(self, request: Request) -> bool:
        """Return whether this clause puts the request's purpose on the list, for this actor."""
        return request.purpose in self.codes and self.opens_to(request)

    def opens_to(self, request: Request) -> bool:
        """Return whether this actor may use these codes for this action."""
        return speaks_on(self, request.action) and (not self.role or holds(request, self.role))

    def problems(self, strength: Strength) -> Iterator[str]:
        """Codes loosen, demands tighten: a clause does one of them."""
        if strength is Strength.MAY and not self.codes:
            yield "codes: are missing; with `may` a purposes clause puts codes on the list."
        if strength is not Strength.MAY and self.codes:
            yield f"codes: belong in a `may` clause; with `{strength}` a purposes clause demands a purpose."
        if strength is not Strength.MAY and "action" not in self.model_fields_set:
            yield "action: is missing; say for which acts a purpose is demanded."

    def named_roles(self) -> Iterable[str]:
        """Return the roles its codes are kept for."""
        return self.role


def unlisted_purpose(request: Request, pack: Pack) -> str:
    """Say that the purpose given is not on the list for this actor and action, and which are."""
    listed = _one_of(pack.purposes_for(request))
    return f"{shown(request.purpose)} is not a purpose that allows this person {request.action}{listed}"


def _one_of(codes: Iterable[str]) -> str:
    listed = ", ".join(codes)
    return f"; one of: {listed}" if listed else "; the pack lists none for this person"


class AccessRecord(Rule):
    """What the record of an access must hold. Without it the access does not happen."""

    kind = "access_record"
    action: Actions = Field(description="The accesses.")
    fields: Annotated[
        tuple[Literal["name", "date", "time", "purpose", "case", "reason"], ...], AfterValidator(not_empty)
    ] = Field(description="What each record of them holds.")

    def judge(self, request: Request, pack: Pack) -> Judgement:  # noqa: ARG002 - every rule gets the pack
        """Met when the request carries all of them; a job carries the name of whoever ordered it."""
        missing = [_MISSING[field] for field in self.fields if not _carries(request, field)]
        if missing:
            return Judgement(False, f"the record of {request.action} must hold {' and '.join(missing)}")
        return Judgement(True, f"the record holds {', '.join(self.fields)}")


_MISSING = {
    "name": "the name of who acts: nobody is logged in (alpr-core login)",
    "date": "the date",
    "time": "the time",
    "purpose": "a purpose (--purpose)",
    "case": "a case or incident number (--case)",
    "reason": "a reason (--reason)",
}


def _carries(request: Request, field: str) -> bool:
    match field:
        case "name":
            actor = request.actor
            return actor.is_known and (not actor.id.startswith("system:") or bool(actor.delegated_by))
        case "purpose":
            return bool(request.purpose.strip())
        case "case":
            return bool(request.case.strip())
        case "reason":
            return bool(request.reason.strip())
    return True  # every request has its date and time


class Statement(Rule):
    """A paragraph that software cannot decide: it is in the pack so that every paragraph is accounted for."""

    kind = "statement"
    who: Line = Field(default="", description="Who sees to it.")
    where: Line = Field(default="", description="Where it is recorded.")

    def judge(self, request: Request, pack: Pack) -> None:
        """Stay silent."""


def speaks_on(rule: Rule, action: str) -> bool:
    """Return whether the rule speaks on this action."""
    return not isinstance(rule, Statement) and (action in rule.action or ANY_ACTION in rule.action)


BUILT_IN: Mapping[str, type[Rule]] = MappingProxyType(
    {rule.kind: rule for rule in (Role, Purposes, AccessRecord, Statement)}
)


class RuleKinds:
    """The rule kinds that packs may use: ours, and those that plugins register.

    Args:
        of_plugins: classes by kind. One that cannot be used is left out, and whoever names it is told why: a broken
            plugin must not keep a node from opening under a pack that does not use it.
    """

    def __init__(self, of_plugins: Mapping[str, type] = MappingProxyType({})) -> None:
        self._kinds: dict[str, type[Rule]] = dict(BUILT_IN)
        self._owners: dict[str, str] = dict.fromkeys(BUILT_IN, "alpr-core")
        self._left_out: dict[str, str] = {}
        for kind, rule in of_plugins.items():
            try:
                self.register(kind, rule)
            except PluginError as error:
                self._left_out[kind] = error.message

    def register(self, kind: str, rule: type, owner: str = "a plugin") -> None:
        """Add a rule kind.

        Args:
            kind: its name in packs.
            rule: a subclass of `Rule` whose ``judge`` is pure.
            owner: whose it is, for messages.

        Raises:
            PluginError: if the name is taken or not a lower-case word, or the class is not a Rule.
        """
        if not (isinstance(rule, type) and issubclass(rule, Rule)):
            raise PluginError(f"rule {kind!r} of {owner} is not a subclass of alpr_core.policy.Rule")
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind):
            raise PluginError(f"rule {kind!r} of {owner}: a rule's name is lower-case letters, digits and _")
        if kind in self._kinds:
            raise PluginError(f"rule {kind!r} is registered twice: by {self._owners[kind]} and by {owner}")
        self._kinds[kind] = rule
        self._owners[kind] = owner

    def __getitem__(self, kind: str) -> type[Rule]:
        return self._kinds[kind]

    def __contains__(self, kind: object) -> bool:
        return kind in self._kinds

    def __iter__(self) -> Iterator[str]:
        return iter(self._kinds)

    def unknown(self, kind: object) -> str:
        """Say that there is no such rule, which there are, and which was perhaps meant."""
        known = ", ".join(sorted(self._kinds))
        if not isinstance(kind, str):
            return f"rule: is missing; known: {known}."
        if kind in self._left_out:
            return f"rule {shown(kind)} is left out: {self._left_out[kind]}."
        return f"unknown rule {shown(kind)}; known: {known}.{suggestion(kind, self._kinds)}"
