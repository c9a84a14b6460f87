"""How a table says what a row of the requirements allows, what it denies, and who does what software cannot."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

TRAINED = {"trained": ("operate", "access")}
VERIFIED = {**TRAINED, "recipient_verified": True}
OLD = datetime(2025, 1, 1, tzinfo=UTC)
LATELY = datetime(2026, 11, 1, tzinfo=UTC)

_number = count(1)


def row(requirement: str, clause: str, allowed: dict[str, Any], denied: dict[str, Any]):
    """A requirement: one request that is allowed, and one that is denied, this clause among those that deny it."""
    return pytest.param(
        clause,
        allowed,
        denied,
        marks=pytest.mark.clause(requirement),
        id=f"{requirement} by {clause}, line {next(_number)}",
    )


def by_hand(requirement: str, clause: str, kept: str, who: str, where: str):
    """A requirement that no act can be held against: how it is kept, who does it and where that is recorded."""
    return pytest.param(
        clause, kept, who, where, marks=pytest.mark.clause(requirement), id=f"{requirement} by {clause}"
    )


def asking(action: str, *roles: str, facts: dict[str, Any] = TRAINED, **fields: Any) -> dict[str, Any]:
    """What is asked of the gate: by an officer, unless it says otherwise."""
    return {"action": action, "roles": roles or ("officer",), "facts": facts, **fields}
