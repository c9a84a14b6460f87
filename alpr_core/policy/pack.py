"""A policy pack: a department's policy as data, each clause with the number of the paragraph it comes from.

A pack is a TOML file: who, which document, effective when, and a list of clauses (docs/policy-packs.md). It
is refused as a whole, with every problem named, rather than read half.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    StringConstraints,
    ValidationError,
    field_validator,
)

from alpr_core.errors import ConfigError, NotFound
from alpr_core.models import Purpose, Request
from alpr_core.policy.rules import (
    ANY_ACTION,
    EVERYONE,
    Code,
    Codes,
    Line,
    Purposes,
    Rule,
    RuleKinds,
    Strength,
    holds,
    one_line,
    shown,
)
from alpr_core.problems import Location, sentences, suggestion

MAX_PACK = 1 << 20
"""Bytes. The longest of the policies we know is 9 kB of text; a larger file is not a pack."""

ClauseId = Annotated[str, BeforeValidator(one_line), StringConstraints(min_length=1, max_length=40)]


def _pack_id(value: str) -> str:
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError(f"{shown(value)} is no name of a pack: lower-case letters, digits and -, at most 40")
    return value


class Exempt(BaseModel):
    """Whom or what a clause does not touch: a request that meets any of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    origin: Literal["server", "vehicle"] | None = Field(default=None, description="Where the data stands.")
    role: Codes = Field(default=(), description="Roles that it does not bind.")
    purpose: Codes = Field(default=(), description="Purposes that it does not bind.")

    def covers(self, request: Request) -> bool:
        """Return whether the request is exempt."""
        return request.origin == self.origin or request.purpose in self.purpose or holds(request, self.role)


class Clause(BaseModel):
    """One paragraph of the policy.

    Attributes:
        id: the paragraph's number, as the document has it.
        strength: what follows when it is not met.
        rule: decides whether it is met.
        says: the paragraph's words; "" where the document is blank.
        row: the requirement it covers ("M22"), "" if none.
        exempt: what it does not touch.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ClauseId = Field(description="The paragraph's number, once in a pack.")
    row: Line = Field(default="", description="The requirements row that it covers.")
    strength: Strength = Field(
        description="`must` denies, `should` warns and demands a reason, `may` grants."
    )
    rule: SerializeAsAny[Rule] = Field(description="The rule kind; its values stand beside it.")
    exempt: Exempt | None = Field(default=None, description="What the clause does not touch.")
    says: Line = Field(description="The paragraph in words; empty where the document is blank.")

    def exempts(self, request: Request) -> bool:
        """Return whether the clause leaves this request alone."""
        return self.exempt is not None and self.exempt.covers(request)

    def as_json(self) -> dict[str, Any]:
        """Return the clause as the pack's file has it: the rule's values beside its kind."""
        own = self.model_dump(mode="json", exclude={"rule"}, exclude_unset=True)
        return own | {"rule": self.rule.kind} | self.rule.model_dump(mode="json", exclude_unset=True)


class Pack(BaseModel):
    """A department's policy.

    Attributes:
        effective: the day it came into force, in the department's own zone.
        disclaimer: shown wherever the pack is.
        roles: code and title of each role.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, AfterValidator(_pack_id)] = Field(
        description="The pack's name in `alpr.toml`: lower-case letters, digits and `-`, at most 40."
    )
    title: Line = Field(min_length=1, description="What it is, for people.")
    version: Line = Field(
        min_length=1, max_length=40, description="Grows with every change; stands on the ledger."
    )
    department: Line = Field(min_length=1, description="Whose policy it is.")
    document: Line = Field(min_length=1, description="The document that the clauses come from.")
    source: Line = Field(min_length=1, description="Where that document was found, and when.")
    effective: date = Field(description="The day it came into force.")
    disclaimer: Line = Field(min_length=1, description="Shown wherever the pack is.")
    roles: Mapping[Code, Line] = Field(description="Code and title of each role.")
    clauses: tuple[Clause, ...] = Field(description="The clauses, in the document's order.")

    @field_validator("roles")
    @classmethod
    def _check_roles(cls, roles: Mapping[str, str]) -> Mapping[str, str]:
        if not roles:
            raise ValueError("is empty: nobody could do anything")
        if EVERYONE in roles:
            raise ValueError(f"{EVERYONE!r} is whoever has logged in; choose another code")
        return roles

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
        """The rules that put codes on the list."""
        return tuple(
            clause.rule
            for clause in self.clauses
            if clause.strength is Strength.MAY
            and type(clause.rule) is Purposes  # a plugin's kind never grants
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

    def clause(self, clause_id: str) -> Clause:
        """Return a clause by its id.

        Raises:
            NotFound: if the pack has none of that id.
        """
        for clause in self.clauses:
            if clause.id == clause_id:
                return clause
        raise NotFound(f"pack {self.id} has no clause {shown(clause_id)} (alpr-core policy show {self.id})")

    def as_json(self) -> dict[str, Any]:
        """Return the pack's content, shaped as its file: what that leaves out is left out."""
        head = self.model_dump(mode="json", exclude={"clauses"}, exclude_unset=True)
        return head | {"clause": [clause.as_json() for clause in self.clauses]}

    @cached_property
    def digest(self) -> str:
        """Base64 of the SHA-256 of the content in canonical JSON.

        It changes with any word of the pack, and neither with the layout of its file nor with keys that a later
        version of the program knows.
        """
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ---------------------------------------------------------------------------
# Reading
# ---------------------------------------------------------------------------


def pack_names() -> tuple[str, ...]:
    """Return the names of the packs that come with the program."""
    return tuple(
        sorted(f.name.removesuffix(".toml") for f in _shipped().iterdir() if f.name.endswith(".toml"))
    )


def _shipped() -> Traversable:
    return resources.files("alpr_core.policy") / "packs"


def load_pack(
    name: str | Path,
    *,
    folder: Path | None = None,
    kinds: RuleKinds | None = None,
    actions: Collection[str] = (),
) -> Pack:
    """Read a pack.

    Args:
        name: of a pack that comes with the program, or the path of a file (with a ``/``, or ending in ``.toml``).
        folder: what a relative path starts from; the working directory if None.
        kinds: the rule kinds it may use, ours if None.
        actions: the acts there are: a clause on any other is an error. () leaves that unchecked.

    Raises:
        ConfigError: with every problem of the file.
    """
    path: Path | Traversable
    if isinstance(name, Path) or "/" in name or name.endswith(".toml"):
        path, where = (folder or Path()) / name, str(name)
    elif name in pack_names():
        path, where = _shipped() / f"{name}.toml", f"pack {name}"
    else:
        names = pack_names()
        problem = f"there is no such pack; known: {', '.join(names)}; or give a file's path.{suggestion(name, names)}"
        raise ConfigError([problem], where=f"pack {shown(name)}")
    return parse_pack(_text(path, where), where, kinds=kinds, actions=actions)


def _text(path: Path | Traversable, where: str) -> str:
    try:
        with path.open("rb") as file:
            data: bytes = file.read(MAX_PACK + 1)
        if len(data) > MAX_PACK:
            raise ConfigError([f"is larger than {MAX_PACK} bytes: this is not a policy pack."], where=where)
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([f"is not UTF-8 text (byte {error.start})."], where=where) from error
    except OSError as error:
        raise ConfigError([f"cannot be read: {error.strerror or error}."], where=where) from error
    except ValueError as error:  # a path with a NUL in it
        raise ConfigError([f"cannot be read: {error}."], where=where) from error


def parse_pack(
    text: str, where: str, *, kinds: RuleKinds | None = None, actions: Collection[str] = ()
) -> Pack:
    """Read a pack from the text of its file, named ``where`` in messages; otherwise as `load_pack`."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"is not TOML: {error}."], where=where) from error
    problems = _unknown_keys(data, {*Pack.model_fields, "clause"} - {"clauses"})
    roles = data.get("roles")
    reader = _ClauseReader(kinds or RuleKinds(), set(roles) if isinstance(roles, dict) else set(), actions)
    data["clauses"] = reader.read(data.pop("clause", []))
    try:
        pack = Pack.model_validate(data)
    except ValidationError as error:
        problems.extend(sentences(error, Pack, _dotted))
    problems.extend(reader.problems)
    if problems:
        raise ConfigError(problems, where=where)
    return pack


class _ClauseReader:
    """Reads every clause that it can, and gathers what is wrong with them and between them."""

    def __init__(self, kinds: RuleKinds, roles: Collection[str], actions: Collection[str]) -> None:
        self._kinds = kinds
        self._roles = roles
        self._actions = actions
        self.problems: list[str] = []

    def read(self, tables: object) -> tuple[Clause, ...]:
        """Return the clauses that are right."""
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self.problems.append("clause: each clause is a table of its own, under [[clause]].")
            return ()
        if not tables:
            self.problems.append("clause: is missing; a pack without clauses denies everything.")
        clauses = []
        seen: set[str] = set()
        for number, table in enumerate(tables, start=1):
            name = str(table.get("id", "")).strip()
            place = f"clause {name}" if name and name.isprintable() else f"clause number {number}"
            if name and name in seen:
                self.problems.append(f"{place}: the id is used twice; an id names one clause.")
            seen.add(name)
            clause, found = self._clause(dict(table))
            self.problems.extend(f"{place}: {problem}" for problem in found)
            if clause is not None:
                clauses.append(clause)
        self._check_exempt_purposes(clauses)
        return tuple(clauses)

    def _clause(self, table: dict[str, Any]) -> tuple[Clause | None, list[str]]:
        own = {key: table.pop(key) for key in Clause.model_fields if key in table}
        rule, found = self._rule(own.get("rule"), table)
        try:
            clause = Clause.model_validate({**own, "rule": rule or Rule()})
        except ValidationError as error:
            return None, [*found, *sentences(error, Clause, _dotted)]
        if clause.exempt is not None:
            found.extend(self._undeclared(clause.exempt.role))
            if clause.strength is Strength.MAY:
                found.append("exempt: a `may` clause binds nobody, so nothing can be exempt from it.")
        if rule is None:
            return None, found
        found.extend(rule.problems(clause.strength))
        return clause, found

    def _rule(self, kind: object, values: dict[str, Any]) -> tuple[Rule | None, list[str]]:
        if not isinstance(kind, str) or kind not in self._kinds:
            return None, [self._kinds.unknown(kind)]
        rule_class = self._kinds[kind]
        found = _unknown_keys(values, {*Clause.model_fields, *rule_class.model_fields})
        try:
            rule = rule_class.model_validate(values)
        except ValidationError as error:
            return None, [*found, *sentences(error, rule_class, _dotted)]
        return rule, [*found, *self._undeclared(rule.named_roles()), *self._no_actions(rule.action)]

    def _undeclared(self, roles: Iterable[str]) -> Iterator[str]:
        for role in roles:
            if role != EVERYONE and role not in self._roles:
                yield f"role: {role!r} is not declared under [roles].{suggestion(role, self._roles)}"

    def _no_actions(self, actions: Iterable[str]) -> Iterator[str]:
        for action in actions if self._actions else ():
            if action != ANY_ACTION and action not in self._actions:
                yield f"action: there is no {action!r}.{suggestion(action, self._actions)}"

    def _check_exempt_purposes(self, clauses: Sequence[Clause]) -> None:
        codes = {code for c in clauses if isinstance(c.rule, Purposes) for code in c.rule.codes}
        for clause in clauses:
            for code in clause.exempt.purpose if clause.exempt else ():
                if code not in codes:
                    what = f"exempt.purpose: no clause lists {code!r}.{suggestion(code, codes)}"
                    self.problems.append(f"clause {clause.id}: {what}")


def _unknown_keys(table: dict[str, Any], known: Collection[str]) -> list[str]:
    """Take the keys that nobody knows out of the table, and say so."""
    unknown = [key for key in table if key not in known]
    for key in unknown:
        del table[key]
    return [f"{key}: unknown key.{suggestion(key, known)}" for key in unknown]


def _dotted(place: Location) -> str:
    return ".".join(str(part) for part in place if part != "[key]")
