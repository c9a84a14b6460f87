"""What was seen, and looking at it."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, READ, WHY, EntryKind

KINDS = (
    EntryKind(
        name="read.record",
        says="Plates were seen and stored, in this order.",
        public={"count": "int!", "first": "time!", "last": "time!", "reads": "list!", "source": "code"},
        committed={"plate": READ, "record": READ, "camera": READ},
        findable=frozenset(),  # by the plates of its reads
    ),
    EntryKind(
        name="search.run",
        says="Stored reads were searched.",
        public={"count": "int!", "capped": "bool!"},
        committed={**WHY, "query": ACCESS, "plate": ACCESS, "result": ACCESS},
    ),
    EntryKind(
        name="read.show",
        says="One read was looked at.",
        public={"read": "code!"},
        committed={**WHY, "plate": ACCESS},
    ),
    EntryKind(
        name="act.amend",
        says="The case number of an earlier act was put right by whoever did it; the entry of that act stays.",
        public={"amends": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="act.due",
        says="It was looked at which acts still lack the case number that was to follow.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="read.correct",
        says="A correction was written beside what was read, or taken back; what was read stays.",
        public={"read": "code!", "withdrawn": "bool!"},
        committed={**WHY, "plate": READ},
    ),
    EntryKind(
        name="image.open",
        says="One image was decrypted and handed out.",
        public={"read": "code!", "image": "code!", "sha256": "digest!"},
        committed=WHY,
    ),
)
