"""Small packs, made from clauses as a test writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import ANONYMOUS, Actor, Decision, Request, Verdict
from alpr_core.policy import FACTS, Gate, Pack, Policy, RuleKinds, lay_over, load_pack, parse_pack

HEAD = """
id = "test"
title = "A pack for tests"
version = "1"
department = "None"
document = "None"
source = "The tests"
effective = 2026-01-01
disclaimer = "Not a policy."
"""


ROLES = {"officer": "Officer", "auditor": "Auditor", "chief": "Chief of Police", "records": "Records Clerk"}
ALL_TO_OFFICERS = {
    "id": "all",
    "strength": "may",
    "rule": "role",
    "role": ["officer", "records"],
    "action": "*",
}


def toml(value: object) -> str:
    """Return a value as TOML: strings and lists are written as JSON writes them."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def pack_text(clauses: Sequence[Mapping[str, Any]], roles: Mapping[str, str], head: str = HEAD) -> str:
    parts = [head, f"roles = {toml(roles)}"] if roles else [head]
    for clause in clauses:
        parts += ["[[clause]]", *(f"{key} = {toml(value)}" for key, value in clause.items())]
    return "\n".join(parts)


@pytest.fixture(scope="session")
def make_pack() -> Callable[..., Pack]:
    """Return what makes a pack: `make_pack(clause, clause, ...)`; ids and words may be left out."""

    def make(
        *clauses: dict[str, Any],
        roles: Mapping[str, str] = {"officer": "Officer", "auditor": "Auditor"},
        kinds: RuleKinds | None = None,
    ) -> Pack:
        full = [
            {"id": f"c{number}", "says": f"Words of clause {number}.", **clause}
            for number, clause in enumerate(clauses, start=1)
        ]
        return parse_pack(pack_text(full, roles), "test.toml", kinds=kinds)

    return make


@pytest.fixture(scope="session")
def make_overlay() -> Callable[..., Pack]:
    """Return what makes an overlay named `law` of clauses with their ids."""

    def make(*clauses: dict[str, Any], effective: str = "2026-01-01") -> Pack:
        head = HEAD.replace('"test"', '"law"').replace("2026-01-01", effective) + 'kind = "overlay"\n'
        full = [{"says": f"Words of {clause['id']}.", **clause} for clause in clauses]
        return parse_pack(pack_text(full, {}, head), "law.toml")

    return make


@pytest.fixture(scope="session")
def ask() -> Callable[..., Request]:
    """Return what makes a request: by an officer who has logged in, unless the test says otherwise."""

    def make(action: str = "search.run", *roles: str, actor: Actor | None = None, **fields: Any) -> Request:
        return Request(
            action=action,
            actor=actor or Actor(id="p1", roles=frozenset(roles or ("officer",))),
            at=datetime(2026, 11, 23, 12, tzinfo=UTC),
            **fields,
        )

    return make


@pytest.fixture(scope="session")
def word_of(make_pack: Callable[..., Pack], ask: Callable[..., Request]) -> Callable[..., str]:
    """Return what tells a clause's word on a request: "met", "not met" or "silent".

    `word_of(clause, action, role, ..., **fields)`; the actor is granted everything beside.
    """

    def tell(clause: dict[str, Any], action: str, *roles: str, **fields: Any) -> str:
        pack = make_pack(ALL_TO_OFFICERS, {"strength": "must", "id": "x", **clause}, roles=ROLES)
        said = [
            each for each in Gate(pack).decide(ask(action, *roles, **fields)).findings if each.clause == "x"
        ]
        if not said:
            return "silent"
        return {Verdict.ALLOW: "met", Verdict.DENY: "not met"}[said[0].verdict]

    return tell


@pytest.fixture(scope="session")
def as_request() -> Callable[[Mapping[str, Any]], Request]:
    """Return what makes a request of a table: act, role, purpose, case, reason and origin, else facts by their names.

    `role = ""` is nobody, who has not logged in; `ordered_by` makes it a job that this person, or "nobody", ordered;
    `captured_days_ago` is the age of the data.
    """
    at = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def make(words: Mapping[str, Any]) -> Request:
        left = dict(words)
        roles = frozenset({left.pop("role")} - {""})
        actor = Actor(id="p1", roles=roles) if roles else ANONYMOUS
        if "ordered_by" in left:
            person = left.pop("ordered_by")
            actor = Actor(id="system:job", roles=roles, delegated_by="" if person == "nobody" else person)
        if "captured_days_ago" in left:
            left["captured_at"] = at - timedelta(days=left.pop("captured_days_ago"))
        named = {key: left.pop(key) for key in ("purpose", "case", "reason", "origin") if key in left}
        action = left.pop("act")
        assert set(left) <= set(FACTS), f"no fact is called {' or '.join(sorted(set(left) - set(FACTS)))}"
        return Request(action=action, actor=actor, at=at, facts=left, **named)

    return make


@pytest.fixture(scope="module")
def pack(request: pytest.FixtureRequest) -> Pack:
    """The pack of the paper that a test module names as ``PAPER``, a module of its rows."""
    return load_pack(request.module.PAPER.PACK, actions=ACTIONS)


@pytest.fixture(scope="module")
def policy(request: pytest.FixtureRequest, pack: Pack) -> Policy:
    """That pack with what the paper leaves open filled in as its rows have it."""
    return lay_over([pack], values=request.module.PAPER.VALUES)


@pytest.fixture
def decide(policy: Policy, ask: Callable[..., Request]) -> Callable[[Mapping[str, Any]], Decision]:
    """Return what decides under that policy on what `rowtable.asking` makes."""

    def decide(asked: Mapping[str, Any]) -> Decision:
        fields = {name: value for name, value in asked.items() if name not in ("action", "roles")}
        return Gate(policy).decide(ask(asked["action"], *asked["roles"], **fields))

    return decide
