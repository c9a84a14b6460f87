"""What the paper says, as clauses that decide."""

from __future__ import annotations

from alpr_core.policy.effective import Choice, Limit, Policy
from alpr_core.policy.facts import FACTS, Fact
from alpr_core.policy.gate import DEFAULT_CLAUSE, Gate, Review
from alpr_core.policy.overlaying import lay_over, load_packs, load_policy
from alpr_core.policy.pack import Clause, OpenValue, Pack
from alpr_core.policy.reading import (
    load_pack,
    overlays_for,
    pack_names,
    parse_pack,
    read_pack,
)
from alpr_core.policy.rules import EVERYONE, Bound, Judgement, Rule, RuleKinds, Strength

__all__ = [
    "DEFAULT_CLAUSE",
    "EVERYONE",
    "FACTS",
    "Bound",
    "Choice",
    "Clause",
    "Fact",
    "Gate",
    "Judgement",
    "Limit",
    "OpenValue",
    "Pack",
    "Policy",
    "Review",
    "Rule",
    "RuleKinds",
    "Strength",
    "lay_over",
    "load_pack",
    "load_packs",
    "load_policy",
    "overlays_for",
    "pack_names",
    "parse_pack",
    "read_pack",
]
