"""Trainings, authorities, and who acts for whom."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="training.record",
        says="A person's training was recorded, by somebody else.",
        public={"training": "int!", "person": "code!", "area": "code!", "held": "time!", "expires": "time"},
        committed={"course": ACCESS},
    ),
    EntryKind(
        name="training.list",
        says="It was looked at who is trained, and who is not.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="authority.grant",
        says="A person was authorised for the data of a system.",
        public={
            "authority": "int!",
            "person": "code!",
            "system": "code!",
            "since": "time!",
            "expires": "time",
        },
        committed={"certificate": ACCESS, "ori": ACCESS},
    ),
    EntryKind(
        name="authority.revoke",
        says="A person's authority for the data of a system was ended.",
        public={"authority": "int!", "person": "code!", "system": "code!"},
        committed=WHY,
    ),
    EntryKind(
        name="authority.list",
        says="It was looked at who is authorised for which system.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="delegation.add",
        says="An office assigned a person to act for it, in these acts (none named: all that may be assigned).",
        public={
            "delegation": "int!",
            "person": "code!",
            "office": "code!",
            "acts": "list!",
            "since": "time!",
            "until": "time",
        },
        committed=WHY,
    ),
    EntryKind(
        name="delegation.revoke",
        says="Such an assignment was ended.",
        public={"delegation": "int!", "person": "code!", "office": "code!"},
        committed=WHY,
    ),
    EntryKind(
        name="duty.set",
        says="It was said who of those who approve is on duty, from when to when.",
        public={"duty": "int!", "person": "code!", "since": "time!", "until": "time!"},
    ),
    EntryKind(
        name="duty.list",
        says="It was looked at who is on duty to approve.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="delegation.list",
        says="It was looked at who acts for whom.",
        public={"count": "int!"},
    ),
)
