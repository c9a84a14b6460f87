"""Who may receive data, what was asked for, and what was released."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="agency.add",
        says="An agency, or a person of one, was put on the register, verified.",
        public={
            "agency": "int!",
            "person": "int",
            "recipient_class": "code!",
            "state": "code!",
            "verified": "time!",
        },
        committed={"name": ACCESS, "method": ACCESS, "ori": ACCESS},
    ),
    EntryKind(
        name="agency.end",
        says="An agency, or a person of one, was taken off the register.",
        public={"agency": "int!", "person": "int"},
        committed=WHY,
    ),
    EntryKind(
        name="agency.list",
        says="The register of agencies was looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="release.request",
        says="A request for data was recorded; one from outside law enforcement was referred to these offices.",
        public={"request": "int!", "recipient_class": "code!", "referred": "list!", "registered": "bool!"},
        committed={**WHY, "requester": ACCESS, "wanted": ACCESS, "legal_basis": ACCESS},
    ),
    EntryKind(
        name="release.list",
        says="The requests for data, and what became of them, were looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="referral.list",
        says="The requests from outside law enforcement were looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="referral.fulfil",
        says="A request from outside law enforcement was answered.",
        public={"request": "int!", "released": "bool!"},
        committed=WHY,
    ),
    EntryKind(
        name="release.make",
        says="Data was released. Fields of the origins under `dropped` are closed to recipients and did not leave.",
        public={
            "request": "int!",
            "recipient_class": "code!",
            "state": "code",
            "reads": "int!",
            "images": "int!",
            "bytes": "int!",
            "dppa": "code",
            "dropped": "list!",
        },
        committed={
            **WHY,
            "to": ACCESS,
            "legal_basis": ACCESS,
            "result": ACCESS,
            "digest": ACCESS,
        },
    ),
)
