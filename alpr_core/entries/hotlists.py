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
    EntryKind(
        name="hit.show",
        says="One hit was looked at, with its read, how it was verified and what became of it.",
        public={"hit": "code!", "read": "code!", "state": "code!", "count": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="hit.verify",
        says="A person looked whether the plate on the picture is the one listed; or reported what a state's system "
        "had answered elsewhere, with who asked it.",
        public={
            "hit": "code!",
            "by": "code!",
            "result": "code!",
            "characters": "code",
            "state": "code",
            "system": "code",
            "how": "code",
            "at": "time",
        },
        committed={**WHY, "plate": READ, "ran_by": ACCESS, "certificate": ACCESS},
    ),
    EntryKind(
        name="state.query",
        says="A state's system was asked about the plate of a hit. Of each answer stand its kind, its message key "
        "and a commitment to the hash of its text, which is stored nowhere.",
        public={
            "hit": "code!",
            "system": "code!",
            "asked": "code!",
            "control": "code!",
            "dppa": "code",
            "reason_code": "code",
            "priority": "code",
            "number": "int",
            "result": "code!",
            "why": "code",
            "parts": "list!",
            "kinds": "list!",
            "keys": "list!",
            "count": "int!",
            "strays": "int",
            "simulated": "bool!",
        },
        committed={
            **WHY,
            "plate": ACCESS,
            "operator": ACCESS,
            "ori": ACCESS,
            "agency": ACCESS,
            "nic": ACCESS,
            "replies": ACCESS,
        },
    ),
    EntryKind(
        name="hit.dispose",
        says="Somebody said what became of a hit, and whether enforcement was based on the alert alone.",
        public={
            "hit": "code!",
            "disposition": "code!",
            "enforced": "bool!",
            "verified": "code",
            "not_practicable": "bool!",
            "other_grounds": "bool!",
            "state": "code!",
            "again": "bool!",
        },
        committed=WHY,
    ),
)
