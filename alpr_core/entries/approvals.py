"""Approvals: asked for, given, refused, confirmed."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="approval.request",
        says="An approval was asked for, for exactly this act; the clauses that ask for it are named.",
        public={"approval": "int!", "action": "code!", "wanted": "code", "asked_by": "list!"},
        committed={**WHY, "query": ACCESS, "plate": ACCESS},
    ),
    EntryKind(
        name="approval.grant",
        says="An approval was given, for one use or up to a time, by somebody in these offices.",
        public={"approval": "int!", "person": "code!", "offices": "list!", "until": "time"},
        committed=WHY,
    ),
    EntryKind(
        name="approval.deny",
        says="An approval was refused, or taken back before it was used.",
        public={"approval": "int!", "person": "code!"},
        committed=WHY,
    ),
    EntryKind(
        name="approval.record",
        says="An approval that was given orally, or signed on paper, was recorded by somebody else than who asked.",
        public={
            "approval": "int!",
            "person": "code!",
            "offices": "list!",
            "how": "code!",
            "approver": "code",
            "countersign": "time",
        },
        committed={**WHY, "signer": ACCESS, "sha256": ACCESS},
    ),
    EntryKind(
        name="approval.countersign",
        says="Who gave an approval orally confirmed it; whether in its time.",
        public={"approval": "int!", "in_time": "bool!"},
        committed=WHY,
    ),
    EntryKind(
        name="approval.list",
        says="Approvals were looked at; one of them with what its approver should know.",
        public={"count": "int!", "approval": "int"},
    ),
)
