"""Holds, purges, and the schedule that they keep to."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="hold.place",
        says="Reads were put under a hold, for one of the pack's reasons; more are named by the entries behind it.",
        public={
            "hold": "int!",
            "scope": "code!",
            "hold_reason": "code!",
            "review": "str!",
            "count": "int!",
            "reads": "list!",
        },
        committed={**WHY, "wanted": ACCESS},
    ),
    EntryKind(
        name="hold.cover",
        says="Further reads are under a hold, and their keys have become the hold's own.",
        public={"hold": "int!", "count": "int!", "reads": "list!"},
        by_itself=True,
    ),
    EntryKind(
        name="hold.end",
        says="A hold ended: what it kept is due as if it had never been.",
        public={"hold": "int!", "count": "int!", "kept": "code"},
        committed=WHY,
    ),
    EntryKind(
        name="hold.list",
        says="The holds were looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="read.purge",
        says="Reads were destroyed with everything behind them: those of these classes that were due by a time, and "
        "under no hold. The root is over their keys, in the order of their capture.",
        public={
            "purge": "int!",
            "asof": "time!",
            "zone": "str!",
            "strategy": "str!",
            "terms": "map!",
            "count": "int!",
            "first": "time!",
            "last": "time!",
            "root": "digest!",
            "images": "int!",
            "hits": "int!",
            "plates": "int!",
        },
        committed=WHY,
    ),
    EntryKind(
        name="purge.certify",
        says="A purge is over: what was destroyed in all; the room was given back, and the keys that nothing needs "
        "any more were erased.",
        public={
            "purge": "int!",
            "strategy": "str!",
            "paragraphs": "list!",
            "terms": "map!",
            "count": "int!",
            "images": "int!",
            "hits": "int!",
            "plates": "int!",
            "first": "time!",
            "last": "time!",
            "root": "digest!",
            "entries": "list!",
            "held": "int!",
            "keys": "int!",
            "delay": "int!",
            "outside": "list!",
        },
        by_itself=True,
    ),
    EntryKind(
        name="vault.erase",
        says="Keys were erased: what they sealed is destroyed, or lies under other keys.",
        public={"count": "int!"},
        by_itself=True,
    ),
    EntryKind(
        name="retention.show",
        says="It was looked at what is due, and when.",
        public={"due": "int"},
    ),
    EntryKind(
        name="retention.sign",
        says="The retention schedule, or the certificate of a purge, was signed.",
        public={"digest": "str!", "purge": "int"},
        committed=WHY,
    ),
    EntryKind(
        name="image.sweep",
        says="The files of images whose keys are destroyed were removed, and such as no read ever had.",
        public={"count": "int!", "strays": "int!"},
        by_itself=True,
    ),
    EntryKind(
        name="access.purge",
        says="The records of a month's accesses were destroyed: what was searched for, why, and for which case.",
        public={"month": "str!", "count": "int!", "period": "str!"},
    ),
)
