"""What a node keeps watch over: what is installed, the clock, its cameras."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="node.upgrade",
        says="The database was brought to this version of the program; each part that changed with distribution, "
        "version and the SHA-256 of its files.",
        public={
            "previous": "str",
            "version": "str!",
            "schema_before": "code!",
            "schema": "code!",
            "changed": "list!",
            "parts": "map!",
            "digest": "digest!",
        },
        by_itself=True,
    ),
    EntryKind(
        name="node.changed",
        says="When the node started, alpr-core or a plugin was not what the last such entry says, or there was none; "
        "each part that changed with distribution, version and the SHA-256 of its files.",
        public={"first": "bool!", "changed": "list!", "parts": "map!", "digest": "digest!"},
        by_itself=True,
    ),
    EntryKind(
        name="clock.set_back",
        says="The clock reads so many seconds before what the ledger's entries prove to have passed.",
        public={"seconds": "int!", "newest": "time!"},
        by_itself=True,
    ),
    EntryKind(
        name="clock.leap",
        says="The clock reads so many seconds beyond the newest entry, further than is believed: until somebody "
        "confirms it, nothing is due by it.",
        public={"seconds": "int!", "newest": "time!"},
        by_itself=True,
    ),
    EntryKind(
        name="clock.confirm",
        says="A person confirmed that the clock is right; until then, this was the newest time that was proven.",
        public={"newest": "time!"},
        committed=WHY,
    ),
    EntryKind(
        name="capture.start",
        says="The capture of a camera began; how many heartbeats it had before.",
        public={"counter": "int!"},
        committed={"camera": ACCESS},
        by_itself=True,
    ),
    EntryKind(
        name="capture.end",
        says="The capture of a camera ended, or was found to have ended; why, and how many heartbeats it has.",
        public={"counter": "int!", "why": "code!", "last": "time!"},
        committed={"camera": ACCESS},
        by_itself=True,
    ),
    EntryKind(
        name="capture.gap",
        says="A camera captured nothing for so many seconds, or its clock or its counter went another way; why.",
        public={"seconds": "int!", "why": "code!", "since": "time!", "until": "time!"},
        committed={"camera": ACCESS},
        by_itself=True,
    ),
    EntryKind(
        name="capture.gaps",
        says="It was looked at when cameras captured nothing.",
        public={"count": "int!"},
    ),
)
