"""Notices to persons. That one was sent is no entry: what it is about is."""

from __future__ import annotations

from alpr_core.entries.kind import EntryKind

KINDS = (
    EntryKind(
        name="notice.test",
        says="A test notice was sent along so many routes; it was delivered to so many addresses, and not to others.",
        public={"routes": "int!", "delivered": "int!", "failed": "int!"},
    ),
)
