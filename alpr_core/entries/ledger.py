"""What happens to the ledger itself, and looking at it."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="ledger.open",
        by_itself=True,
        says="The ledger was opened: entry 0.",
        public={"origin": "str!", "vkey": "str!", "policy": "digest"},
    ),
    EntryKind(
        name="act.deny",
        by_itself=True,
        says="An act was refused; the clauses behind it are in the entry's head.",
        public={"action": "code!", "origin": "code"},
        committed={**WHY, "explanation": ACCESS},
    ),
    EntryKind(
        name="act.fail",
        by_itself=True,
        says="An act was begun and failed: nothing of it was stored, nothing left.",
        public={"action": "code!", "error": "code!"},
    ),
    EntryKind(
        name="ledger.read",
        says="Entries of the ledger were looked at.",
        public={"count": "int!", "first": "int", "last": "int"},
        committed={**WHY, "query": ACCESS},
    ),
    EntryKind(
        name="ledger.search",
        says="The ledger was searched, through the vault, for a plate or a case number.",
        public={"count": "int!"},
        committed={**WHY, "query": ACCESS, "plate": ACCESS, "result": ACCESS},
    ),
    EntryKind(
        name="ledger.disclose",
        says="One commitment of one entry was opened for somebody: its value and salt left.",
        public={"entry": "int!", "field": "code!", "item": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="ledger.verify",
        says="The ledger was verified from inside the node: all of it, what came since `first`, or random `bundles`.",
        public={"size": "int", "content": "bool!", "passed": "bool!", "first": "int", "bundles": "int"},
    ),
    EntryKind(
        name="ledger.recover",
        says="Two persons had the ledger go on after its newest entries were lost; the last checkpoint is kept, and "
        "what witnesses had confirmed beyond it.",
        public={"lost": "str!", "second": "code!", "witnesses": "list"},
        committed=WHY,
    ),
    EntryKind(
        name="key.rotate",
        says="The ledger was handed over to a new signing key, in a note that both keys signed.",
        public={"note": "str!"},
        committed=WHY,
    ),
    EntryKind(
        name="key.revoke",
        says="A former signing key was revoked: its signature counts up to this size.",
        public={"vkey": "str!", "last": "int!"},
        committed=WHY,
    ),
    EntryKind(name="key.list", says="The ledger's signing keys were looked at.", public={"count": "int!"}),
    EntryKind(
        name="ledger.checkpoint",
        says="The checkpoint of this size was handed out, to be kept or confirmed outside.",
        public={"size": "int!"},
    ),
    EntryKind(
        name="ledger.witness",
        says="Witnesses were asked to confirm that checkpoint; key IDs of those who did, and of those who did not.",
        public={"size": "int!", "confirmed": "list!", "refused": "list!"},
    ),
    EntryKind(
        name="ledger.stamp",
        says="Authorities were asked to stamp that checkpoint with the time; who did, and who did not.",
        public={"size": "int!", "stamped": "list!", "refused": "list!"},
    ),
    EntryKind(
        name="ledger.export",
        says="The ledger was exported for outsiders, up to this size; an export of the size before was there.",
        public={"size": "int", "before": "int"},
        committed={**WHY, "target": ACCESS},
    ),
)
