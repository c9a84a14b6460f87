"""Settings, policy, and the programme file."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="document.add",
        says="A document was added to the programme file; of a file, its hash can be shown.",
        public={"document": "int!", "kind": "code!"},
        committed={"title": ACCESS, "owner": ACCESS, "file": ACCESS, "sha256": ACCESS},
    ),
    EntryKind(
        name="document.withdraw",
        says="A document of the programme file counts no longer; it stays on file.",
        public={"document": "int!", "kind": "code!"},
        committed=WHY,
    ),
    EntryKind(name="document.list", says="The programme file was looked at.", public={"count": "int!"}),
    EntryKind(
        name="policy.explain",
        says="It was asked what the policy would say of an act by a person; nothing of it was done.",
        public={"action": "code!", "person": "code!", "verdict": "code!"},
        committed={"query": ACCESS},
    ),
    EntryKind(
        name="policy.publish",
        says="The policy was written as a page for the public; the page's SHA-256 is named.",
        public={"digest": "digest!"},
        committed={"target": ACCESS},
    ),
    EntryKind(
        name="policy.adopt",
        says="The policy of this digest was adopted for the department, after counsel's review.",
        public={"digest": "digest!"},
        committed={"adopted_by": ACCESS, "counsel": ACCESS},
    ),
    EntryKind(name="config.show", says="The settings were looked at."),
    EntryKind(
        name="config.apply",
        says="These settings were accepted, in so many changed lines; a second person agreed where they loosen, or "
        "there was only one account.",
        public={
            "digest": "digest!",
            "previous": "digest",
            "changes": "int!",
            "second": "code",
            "alone": "bool",
        },
        committed={**WHY, "lines": ACCESS},
    ),
    EntryKind(
        name="config.history",
        says="It was looked at who accepted which settings.",
        public={"count": "int!"},
    ),
    EntryKind(name="status.show", says="The node's state was looked at."),
)
