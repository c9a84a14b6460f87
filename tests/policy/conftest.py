"""Small packs, made from clauses as a test writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from alpr_core.models import Actor, Request
from alpr_core.policy import Pack, RuleKinds, parse_pack

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


def toml(value: object) -> str:
    """Return a value as TOML: strings and lists are written as JSON writes them."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)


def pack_text(clauses: list[dict[str, Any]], roles: Mapping[str, str]) -> str:
    parts = [HEAD, f"roles = {toml(roles)}"]
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
