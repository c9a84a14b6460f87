"""Readers, and where they are."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="device.add",
        says="A reader was put on the register.",
        public={"device": "int!", "type": "code!", "cameras": "int!"},
        committed={"name": ACCESS, "place": ACCESS},
    ),
    EntryKind(
        name="device.approve",
        says="The written approval of a reader's location was put on record.",
        public={"device": "int!"},
        committed={"signer": ACCESS, "sha256": ACCESS, "place": ACCESS},
    ),
    EntryKind(
        name="device.install",
        says="A reader went into service; whether its location was approved in writing.",
        public={"device": "int!", "approved": "bool!"},
        committed={**WHY, "place": ACCESS},
    ),
    EntryKind(
        name="device.move",
        says="A reader was moved: it is out of service, and the approval of its former location has ended.",
        public={"device": "int!"},
        committed={**WHY, "place": ACCESS},
    ),
    EntryKind(
        name="device.list",
        says="The register of readers was looked at.",
        public={"count": "int!"},
    ),
)
