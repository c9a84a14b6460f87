"""Acts that policies speak of and that a later version brings, so that a pack can be whole today.

A pack's clause on an act that nobody knows is a mistake in the pack. The acts of this version are the kinds of
ledger entries; these are the others. When an act is built, its name moves into the catalogue of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TO_COME: Mapping[str, str] = MappingProxyType(
    {
        "agency.add": "Register an agency or a verified person.",
        "agency.list": "Look at the register of agencies.",
        "audit.close": "Sign an audit off.",
        "audit.start": "Begin an audit.",
        "breach.list": "Look at breaches.",
        "breach.report": "Record a breach, and list who was exposed.",
        "canvass.list": "Look at canvasses.",
        "canvass.start": "Canvass the plates around a scene.",
        "canvass.stop": "End a canvass.",
        "device.add": "Register a reader.",
        "device.approve": "Record the approval of a reader's location.",
        "device.install": "Put a reader into service at its location.",
        "device.list": "Look at the register of readers.",
        "duty.list": "Look at which designee is on duty.",
        "duty.set": "Say which designee is on duty.",
        "evidence.attach": "Attach data to a report.",
        "evidence.book": "Book media into evidence.",
        "evidence.export": "Download data as an evidence package.",
        "hit.dispose": "Say what became of a hit.",
        "hit.verify": "Have a state system verify a hit.",
        "hold.end": "End a hold.",
        "hold.place": "Keep data beyond its time, as evidence.",
        "image.print": "Print or save an image.",
        "incident.close": "Close an incident.",
        "incident.list": "Look at incidents.",
        "incident.open": "Open an incident.",
        "job.pause": "Pause a job.",
        "job.run": "Run a job now.",
        "misuse.close": "Close a file on misuse.",
        "misuse.list": "Look at the files on misuse.",
        "misuse.open": "Open a file on misuse.",
        "read.export": "Export reads in an exchange format.",
        "read.purge": "Destroy reads whose time is up.",
        "referral.fulfil": "Answer a request from outside law enforcement.",
        "referral.list": "Look at requests from outside law enforcement.",
        "release.list": "Look at releases.",
        "release.make": "Release data to a recipient.",
        "release.request": "Record a request for data.",
        "report.make": "Make a report.",
        "retention.sign": "Sign the retention schedule.",
        "state.query": "Ask a state system.",
        "transfer.push": "Send a vehicle's data to the server.",
        "transfer.receive": "Take a vehicle's data in.",
    }
)
"""Each act with what it does."""
