"""What is looked for, and what was found."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, READ, WHY, EntryKind

KINDS = (
    EntryKind(
        name="hit.raise",
        by_itself=True,
        says="A read met a hotlist entry.",
        public={"hit": "code!", "read": "code!", "match": "code!", "rank": "int!"},
        committed={"plate": READ, "listed": READ, "hotlist": READ, "category": READ},
    ),
    EntryKind(
        name="hotlist.import",
        says="A hotlist was replaced by the lines of a file, or changed by them (then removed is there).",
        public={
            "source": "code!",
            "added": "int!",
            "removed": "int",
            "rejected": "int!",
            "refused": "int!",
            "dropped": "int",
            "stripped": "map",
            "withdrawn": "int",
        },
        committed={**WHY, "hotlist": ACCESS, "file": ACCESS, "digest": ACCESS, "categories": ACCESS},
    ),
    EntryKind(
        name="hotlist.add",
        says="One plate was put on a hotlist by hand.",
        committed={**WHY, "hotlist": ACCESS, "plate": ACCESS},
    ),
    EntryKind(
        name="hotlist.remove",
        says="One plate was taken off a hotlist by hand.",
        public={"removed": "int!", "withdrawn": "int"},
        committed={**WHY, "hotlist": ACCESS, "plate": ACCESS},
    ),
    EntryKind(name="hotlist.list", says="The hotlists were looked at.", public={"count": "int!"}),
    EntryKind(
        name="hit.list",
        says="Hits were looked at.",
        public={"count": "int!"},
        committed={**WHY, "result": ACCESS},
    ),
)
