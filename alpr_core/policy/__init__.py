"""What the paper says, as clauses that decide."""

from __future__ import annotations

from alpr_core.policy.gate import DEFAULT_CLAUSE, Gate, Review
from alpr_core.policy.pack import Clause, Pack, load_pack, pack_names, parse_pack
from alpr_core.policy.rules import EVERYONE, Judgement, Rule, RuleKinds, Strength

__all__ = [
    "DEFAULT_CLAUSE",
    "EVERYONE",
    "Clause",
    "Gate",
    "Judgement",
    "Pack",
    "Review",
    "Rule",
    "RuleKinds",
    "Strength",
    "load_pack",
    "pack_names",
    "parse_pack",
]
