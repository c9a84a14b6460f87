"""Acts that policies speak of and that a later version brings, so that a pack can be whole today.

A pack's clause on an act that nobody knows is a mistake in the pack. The acts of this version are the kinds of
ledger entries; these are the others. When an act is built, its name moves into the catalogue of entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TO_COME: Mapping[str, str] = MappingProxyType(
    {
        "act.amend": "Correct a case number by a further entry.",
        "agency.add": "Register an agency or a verified person.",
        "approval.deny": "Refuse an approval that was asked for.",
        "approval.grant": "Approve an act that somebody asked for.",
        "approval.request": "Ask for an approval.",
        "audit.close": "Sign an audit off.",
        "audit.start": "Begin an audit.",
        "authority.grant": "Record that a person may use a system's data.",
        "authority.revoke": "End that authority.",
        "breach.report": "Record a breach, and list who was exposed.",
        "canvass.start": "Canvass the plates around a scene.",
        "canvass.stop": "End a canvass.",
        "delegation.add": "Assign somebody to the day-to-day operation.",
        "delegation.revoke": "End such an assignment.",
        "device.add": "Register a reader.",
        "device.install": "Put a reader into service at its location.",
        "evidence.attach": "Attach data to a report.",
        "evidence.book": "Book media into evidence.",
        "evidence.export": "Download data as an evidence package.",
        "hit.dispose": "Say what became of a hit.",
        "hit.verify": "Have a state system verify a hit.",
        "hold.end": "End a hold.",
        "hold.place": "Keep data beyond its time, as evidence.",
        "image.print": "Print or save an image.",
        "incident.open": "Open an incident.",
        "incident.close": "Close an incident.",
        "job.pause": "Pause a job.",
        "job.run": "Run a job now.",
        "misuse.list": "Look at the files on misuse.",
        "misuse.open": "Open a file on misuse.",
        "person.leave": "End an account.",
        "read.correct": "Write a correction beside a read.",
        "read.export": "Export reads in an exchange format.",
        "read.purge": "Destroy reads whose time is up.",
        "referral.fulfil": "Answer a request from outside law enforcement.",
        "release.make": "Release data to a recipient.",
        "release.request": "Record a request for data.",
        "report.make": "Make a report.",
        "retention.sign": "Sign the retention schedule.",
        "state.query": "Ask a state system.",
        "training.record": "Record a training.",
        "transfer.push": "Send a vehicle's data to the server.",
        "transfer.receive": "Take a vehicle's data in.",
    }
)
"""Each act with what it does."""
