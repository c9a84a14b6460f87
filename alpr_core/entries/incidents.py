"""Incidents, and the canvasses around them."""

from __future__ import annotations

from alpr_core.entries.kind import ACCESS, WHY, EntryKind

KINDS = (
    EntryKind(
        name="incident.open",
        says="An incident was opened; of a major one, so many partial plates were not yet looked for.",
        public={"incident": "int!", "type": "code!", "major": "bool!", "unlisted": "int!"},
        committed={**WHY, "plate": ACCESS},
    ),
    EntryKind(
        name="incident.close",
        says="An incident was closed.",
        public={"incident": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="incident.list",
        says="The incidents were looked at, or those that lack a hotlist entry.",
        public={"count": "int!"},
    ),
    EntryKind(
        name="canvass.start",
        says="The plates around a scene are canvassed, from now on.",
        public={"canvass": "int!", "incident": "int!", "cameras": "int!"},
        committed={**WHY, "area": ACCESS, "camera": ACCESS},
    ),
    EntryKind(
        name="canvass.stop",
        says="A canvass ended, with so many reads.",
        public={"canvass": "int!", "reads": "int!"},
        committed=WHY,
    ),
    EntryKind(
        name="canvass.list",
        says="The canvasses were looked at.",
        public={"count": "int!"},
    ),
)
