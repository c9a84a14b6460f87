"""What somebody asked leave for, and what was said: the record that store, services and front ends hand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

GRANTED, DENIED, OPEN = "granted", "denied", ""
"""What was said; nothing yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Approval:
    """What somebody asked leave for, and what was said.

    Attributes:
        id: number within the node, 0 before it is stored.
        action: the act that it is for.
        requester: pseudonym of who asked, who alone can use it.
        purpose: as it was asked for.
        case_number: likewise.
        reason: likewise.
        query: the exact selection, as text.
        plate: the plate in it, "" where it names none.
        facts: what the rules may know of the selection.
        clauses: ids of the clauses that ask for an approval.
        requested_at: UTC.
        verdict: "granted", "denied", or "" while nobody has decided.
        decided_at: UTC.
        decided_by: pseudonym; "" for somebody without an account.
        decided_entry: index of the entry that says so.
        offices: as what it was granted: roles of the pack, and ``designee``.
        note: what the approver added.
        until: from when it counts no longer, UTC; None for one use.
        used_at: when it was used first, UTC.
        recorded_by: pseudonym of who recorded an approval that was given orally, or on paper.
        countersign_by: by when an oral one has to be confirmed, UTC.
        countersigned_at: when it was, UTC.
        signer: name and office of who signed on paper.
        sha256: hash of that paper.
    """

    action: str
    requester: str
    purpose: str
    case_number: str
    reason: str
    query: str
    plate: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()
    requested_at: datetime
    verdict: str = OPEN
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_entry: int | None = None
    offices: tuple[str, ...] = ()
    note: str = ""
    until: datetime | None = None
    used_at: datetime | None = None
    recorded_by: str = ""
    countersign_by: datetime | None = None
    countersigned_at: datetime | None = None
    signer: str = ""
    sha256: str = ""
    id: int = 0

    def is_overdue(self, at: datetime) -> bool:
        """Whether an oral approval was not confirmed in its time: a finding."""
        if self.countersign_by is None:
            return False
        return (self.countersigned_at or at) > self.countersign_by
