"""One kind of entry, and the classes of what it commits to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ACCESS, READ, PERSON = "access", "read", "person"
"""Vault classes: access records, reads (die with the read), people's names."""

LOOKED_FOR = frozenset({"case", "plate", "listed"})
"""Committed fields whose exact value somebody looks for."""

FIELD_TYPES = frozenset({"int", "str", "bool", "code", "time", "digest", "list", "map"})


@dataclass(frozen=True, kw_only=True)
class EntryKind:
    """One kind of entry.

    Attributes:
        name: ``noun.verb``; also the action that the policy's clauses speak of.
        says: one sentence: what stands on the ledger when this entry does.
        public: field name to type; one of `FIELD_TYPES`, with ``!`` behind it where it must be there.
        committed: field name to vault class.
        findable: committed fields that an entry is found by, where it has them. Of others no index is kept: one of
            random hashes is what storing and destroying values cost most.
        by_itself: whether it is written without anybody asking for it, so that no clause speaks of it.
    """

    name: str
    says: str
    public: Mapping[str, str] = field(default_factory=dict)
    committed: Mapping[str, str] = field(default_factory=dict)
    findable: frozenset[str] = LOOKED_FOR
    by_itself: bool = False


WHY: Mapping[str, str] = {"case": ACCESS, "reason": ACCESS}
"""What any access may carry: case or incident number, free-text reason."""
