"""A policy pack: a department's policy as data, each clause with the number of the paragraph it comes from.

A pack is a TOML file: who, which document, effective when, and a list of clauses (docs/policy-packs.md). An
*overlay* is one of a law or a regulator, laid over a department's pack. `reading` reads both.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializeAsAny,
    StringConstraints,
    field_validator,
)

from alpr_core.errors import NotFound
from alpr_core.models import Request
from alpr_core.policy.rules import (
    EVERYONE,
    Code,
    Codes,
    How,
    Line,
    Rule,
    Strength,
    holds,
    one_line,
    shown,
)

ClauseId = Annotated[str, BeforeValidator(one_line), StringConstraints(min_length=1, max_length=40)]


def _pack_id(value: str) -> str:
    if not re.fullmatch("[a-z0-9][a-z0-9-]{0,39}", value):
        raise ValueError(f"{shown(value)} is no name of a pack: lower-case letters, digits and -, at most 40")
    return value


def _state(value: str) -> str:
    if not re.fullmatch("[A-Z]{2}", value):
        raise ValueError(f"{shown(value)} is no state: two capital letters, as OR")
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


class OpenValue(BaseModel):
    """A value that the document leaves open: somebody has to fill it in, and say where it comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    open: Line = Field(min_length=1, description="What is left open.")
    found: Line = Field(min_length=1, description="Where it is usually found.")


class Clause(BaseModel):
    """One paragraph of the policy, or a part of one.

    Attributes:
        id: the paragraph's number, as the document has it.
        strength: what follows when it is not met.
        rule: decides whether it is met.
        says: the paragraph's words; "" where the document is blank.
        row: the requirement it covers ("M22"), "" if none.
        exempt: what it does not touch.
        open: the rule's values that the document leaves open, and nobody has filled in yet.
        source: where a value comes from that the document leaves open, and that was filled in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: ClauseId = Field(
        description="The paragraph's number, once in a pack; a word behind it where it makes several clauses."
    )
    row: Line = Field(default="", description="The requirements row that it covers.")
    strength: Strength = Field(
        description="`must` denies, `should` warns and demands a reason, `may` grants."
    )
    rule: SerializeAsAny[Rule] = Field(description="The rule kind; its values stand beside it.")
    exempt: Exempt | None = Field(default=None, description="What the clause does not touch.")
    says: Line = Field(description="The paragraph in words; empty where the document is blank.")
    how: How | None = Field(
        default=None,
        description="How it is kept: `enforced`, `recorded`, `reported` or `by_hand`; as its rule kind is if absent.",
    )
    who: Line = Field(default="", description="Who sees to it.")
    where: Line = Field(default="", description="Where it is recorded, if that is outside this software.")
    open: Mapping[str, OpenValue] = {}
    source: Line = Field(
        default="", description="Where a value comes from that the document itself leaves open."
    )

    @property
    def kept(self) -> How:
        """How it is kept."""
        return self.how or self.rule.how

    def exempts(self, request: Request) -> bool:
        """Return whether the clause leaves this request alone."""
        return self.exempt is not None and self.exempt.covers(request)

    def as_json(self) -> dict[str, Any]:
        """Return the clause as the pack's file has it: the rule's values beside its kind."""
        own = self.model_dump(mode="json", exclude={"rule", "open"}, exclude_unset=True)
        left_open = {name: value.model_dump() for name, value in self.open.items()}
        rule = self.rule.model_dump(mode="json", exclude_unset=True)
        return own | {"rule": self.rule.kind} | rule | left_open


def paragraph_of(clause_id: str, paragraphs: Iterable[str]) -> str:
    """Return the paragraph that a clause belongs to, "" if none: the longest that its id is, or begins with."""
    found = (each for each in paragraphs if clause_id == each or clause_id.startswith(f"{each} "))
    return max(found, key=len, default="")


class Pack(BaseModel):
    """A department's policy, or an overlay.

    Attributes:
        effective: the day it came into force, in the department's own zone; an overlay is silent before.
        disclaimer: shown wherever the pack is, until somebody adopts it.
        roles: code and title of each role; an overlay may have none.
        paragraphs: every paragraph of the document, so that none is forgotten.
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
    kind: Literal["department", "overlay"] = Field(
        default="department", description="`overlay` for a law or regulator: it tightens, and grants nothing."
    )
    status: Literal["permanent", "temporary", "template"] = Field(
        default="permanent",
        description="`temporary` until a better one comes; `template` to be filled in.",
    )
    review: date | None = Field(default=None, description="The day by which it is looked at again.")
    state: Annotated[str, AfterValidator(_state)] | None = Field(
        default=None, description="The state it is for, as `OR`."
    )
    roles: Mapping[Code, Line] = Field(description="Code and title of each role.")
    paragraphs: Mapping[ClauseId, Line] = Field(
        default={}, description="Every paragraph of the document with its heading; each needs a clause."
    )
    clauses: tuple[Clause, ...] = Field(description="The clauses, in the document's order.")

    @field_validator("roles")
    @classmethod
    def _check_roles(cls, roles: Mapping[str, str]) -> Mapping[str, str]:
        if EVERYONE in roles:
            raise ValueError(f"{EVERYONE!r} is whoever has logged in; choose another code")
        return roles

    @property
    def open_values(self) -> Iterator[tuple[Clause, str, OpenValue]]:
        """Each value that is still open, with its clause and its name."""
        for clause in self.clauses:
            for name, value in clause.open.items():
                yield clause, name, value

    def clauses_of(self, paragraph: str) -> tuple[Clause, ...]:
        """Return the clauses that a paragraph makes."""
        return tuple(each for each in self.clauses if paragraph_of(each.id, self.paragraphs) == paragraph)

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
