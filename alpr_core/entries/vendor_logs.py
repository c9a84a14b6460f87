"""What was done in a vendor's own system, by the vendor's log of it."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="vendor_log.import",
        says="Accesses of a vendor's log were put on record, in the entries behind this one; how many of the file "
        "were on record before, were left out, are told otherwise by the vendor now, or were matched with a person "
        "since.",
        public={
            "source": "code!",
            "count": "int!",
            "doubles": "int!",
            "rejected": "int!",
            "altered": "int!",
            "matched": "int!",
        },
        committed={**WHY, "file": ACCESS, "digest": ACCESS},
    ),
    EntryKind(
        name="vendor_log.access",
        says="By the log of a vendor, somebody had access in the vendor's system, at that time; the person where "
        "whoever it was is known here. The entry's own actor is who imported the log.",
        public={"source": "code!", "at": "time!", "what": "code!", "person": "code"},
        committed={**WHY, "who": ACCESS, "plate": ACCESS, "query": ACCESS},
        by_itself=True,
    ),
    EntryKind(
        name="vendor_log.list",
        says="It was looked at what was done in a vendor's system.",
        public={"count": "int!"},
        committed={"query": ACCESS, "result": ACCESS},
    ),
)
