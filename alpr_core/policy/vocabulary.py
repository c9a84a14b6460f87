"""Acts that policies speak of and that a later version brings, so that a pack can be whole today.

A pack's clause on an act that nobody knows is a mistake in the pack. The acts of this version are the kinds of
ledger entries; these are the others. When an act is built, its name moves into the catalogue of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TO_COME: Mapping[str, str] = MappingProxyType(
    {
        "audit.close": "Sign an audit off.",
        "audit.start": "Begin an audit.",
        "evidence.attach": "Attach data to a report.",
        "evidence.book": "Book media into evidence.",
        "evidence.export": "Download data as an evidence package.",
        "image.print": "Print or save an image.",
        "read.export": "Export reads in an exchange format.",
        "report.make": "Make a report.",
        "transfer.push": "Send a vehicle's data to the server.",
        "transfer.receive": "Take a vehicle's data in.",
    }
)
"""Each act with what it does."""
