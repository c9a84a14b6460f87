"""Breaches of data, and files on misuse."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, EntryKind

KINDS = (
    EntryKind(
        name="breach.report",
        says="A breach was put on record, or to whom it was reported.",
        public={
            "breach": "int!",
            "found": "time!",
            "report_by": "time!",
            "referred": "bool!",
            "in_time": "bool",
        },
        committed={"summary": ACCESS, "to": ACCESS, "person": ACCESS},
    ),
    EntryKind(
        name="breach.scope",
        says="It was looked up who saw what through a breach.",
        public={"breach": "int!", "accesses": "int!", "reads": "int!"},
    ),
    EntryKind(
        name="breach.list",
        says="The breaches were looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="misuse.open",
        says="A file on use that was not authorised was opened.",
        public={"number": "int!", "source": "code!"},
        committed={"person": ACCESS, "entry": ACCESS, "summary": ACCESS},
    ),
    EntryKind(
        name="misuse.list",
        says="The files on misuse were looked at.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="misuse.close",
        says="A file on misuse was closed.",
        public={"number": "int!"},
        committed={"outcome": ACCESS},
    ),
)
