"""Backups, and coming back from one."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, PERSON, EntryKind

KINDS = (
    EntryKind(
        name="backup.make",
        says="A backup was made; the SHA-256 of its manifest, and the key that its keys are sealed to.",
        public={
            "number": "int",
            "manifest": "digest",
            "size": "int",
            "parts": "int",
            "left_out": "int",
            "images": "int",
            "missing": "int",
            "keys": "int",
            "key": "code",
        },
        committed={"target": ACCESS},
    ),
    EntryKind(
        name="backup.key",
        says="A backup passphrase was made; backups of the keys are sealed to this key of it from here on.",
        public={"key": "code!"},
    ),
    EntryKind(
        name="backup.restore",
        by_itself=True,
        says="The node was restored from the backup with this manifest: what its ledger had, what was taken over "
        "from an export, what was done again, and what the ledger tells of that is lost.",
        public={
            "manifest": "digest!",
            "size": "int!",
            "taken_over": "int!",
            "replayed": "int!",
            "purged": "int!",
            "unknown": "int!",
            "destroyed": "int!",
        },
    ),
    EntryKind(
        name="person.appoint",
        by_itself=True,
        says="Whoever holds the backup passphrase appointed somebody who can add persons; an account that was there "
        "has lost its second factor and its old passphrase.",
        public={"person": "code!", "role": "code!", "new": "bool!"},
        committed={"name": PERSON, "badge": PERSON},
    ),
)
