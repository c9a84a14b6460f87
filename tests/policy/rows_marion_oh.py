"""Marion's Policy 427, row by row."""

from __future__ import annotations

from rowtable import LATELY, OLD, TRAINED, VERIFIED, asking, by_hand, row

from alpr_core.models import ANONYMOUS

PACK, LETTER, LAST = "marion-oh", "R", 25
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
NOBODYS: frozenset[str] = frozenset({"delegation.add", "delegation.revoke", "duty.set"})
"""The paper has nobody assigned to the day-to-day operation."""
VALUES = {
    "427.4 retention": {"period": "P60D", "source": "The city's schedule, item 12"},
    "427.5(f)": {"every": "P1M", "source": "Audit plan"},
    "427.5(g)": {"due": "02-28", "source": "The city's calendar of reports"},
}

DECIDED = [
    row(
        "R1", "427.3", asking("search.run", **WHY), asking("search.run", purpose="curiosity", case="26-1041")
    ),
    row("R2", "427.2 only", asking("device.add", "program_manager"), asking("device.add")),
    row("R4", "427.3", asking("image.open", **WHY), asking("image.open", purpose="audit", case="1")),
    row("R5", "427.3(a)", asking("search.run", **WHY), asking("search.run", purpose="stolen_vehicle")),
    row("R6", "427.3(b)", asking("search.run", **WHY), asking("search.run", "evidence", **WHY)),
    row("R7", "427.3(c)", asking("canvass.start", **WHY), asking("canvass.start", "dispatcher", **WHY)),
    row(
        "R7",
        "427.3(c) entry",
        asking("hotlist.add", "dispatcher", facts={**TRAINED, "fields": ()}, **WHY),
        asking("hotlist.add", "evidence", facts={**TRAINED, "fields": ()}, **WHY),
    ),
    row(
        "R8",
        "427.3(d)",
        asking("read.record", facts={**TRAINED, "fields": ()}),
        asking("read.record", facts={"trained": ("access",), "fields": ()}),
    ),
    row("R8", "427.3(d) access", asking("search.run", **WHY), asking("search.run", facts={}, **WHY)),
    row(
        "R9",
        "427.3(e)",
        asking("hit.dispose", facts={**TRAINED, "enforcement": True, "verified": "leads"}),
        asking("hit.dispose", facts={**TRAINED, "enforcement": True}),
    ),
    row(
        "R10",
        "427.3(f)",
        asking("state.query", facts={**TRAINED, "system": "leads", "authority": ("leads",)}, **WHY),
        asking("state.query", facts={**TRAINED, "system": "leads"}, **WHY),
    ),
    row(
        "R14",
        "427.4 sharing",
        asking(
            "release.make", facts={**VERIFIED, "recipient": "prosecutor", "legal_basis": "subpoena 12"}, **WHY
        ),
        asking("release.make", facts={**VERIFIED, "recipient": "prosecutor"}, **WHY),
    ),
    row(
        "R16",
        "427.4 retention",
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": OLD}),
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": LATELY}),
    ),
    row(
        "R17",
        "427.4 hold",
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": OLD}),
        asking("read.purge", "program_manager", facts={"held": True, "captured_at": OLD}),
    ),
    row(
        "R17",
        "427.4 evidence",
        asking("hold.end", "supervisor", facts={"kept_as_evidence": "attach_to_report"}),
        asking("hold.end", "supervisor", facts={"kept_as_evidence": "book_portable_media"}),
    ),
    row("R18", "427.5 technological", asking("key.rotate", "admin"), asking("key.rotate")),
    row("R19", "427.5(a)", asking("referral.fulfil", "records_manager"), asking("referral.fulfil")),
    row("R20", "427.5(b)", asking("search.run", **WHY), asking("search.run", actor=ANONYMOUS, **WHY)),
    row(
        "R20",
        "427.5(b)",
        asking("search.run", origin="vehicle", **WHY),
        asking("search.run", actor=ANONYMOUS, origin="vehicle", **WHY),
    ),
    row("R21", "427.5(c)", asking("read.show", **WHY), asking("read.show", purpose="wanted")),
    row(
        "R22",
        "427.5(d)",
        asking("release.make", facts={**VERIFIED, "recipient": "law_enforcement"}, **WHY),
        asking("release.make", facts={**TRAINED, "recipient": "law_enforcement"}, **WHY),
    ),
    row("R24", "427.5(f) only", asking("ledger.read", "auditor"), asking("ledger.read", "admin")),
    row(
        "R1",
        "427.3",
        asking("search.run", purpose="active_case", case="26-1041"),
        asking("search.run", purpose="electronic_surveillance", case="26-1041"),
    ),
    row(
        "R3",
        "427.2 location",
        asking("device.install", "program_manager", facts={"location_approved": True}),
        asking("device.install", "program_manager", facts={}),
    ),
    row(
        "R11",
        "427.3.1",
        asking("hotlist.add", facts={"fields": ()}, **WHY),
        asking("hotlist.add", facts={"fields": ("date_of_birth",)}, **WHY),
    ),
    row(
        "R12",
        "427.3.1 (2)",
        asking("hotlist.add", facts={"fields": (), "category": "stolen vehicle"}, **WHY),
        asking("hotlist.add", facts={"fields": (), "category": "Expired Tag"}, **WHY),
    ),
    row(
        "R12",
        "427.3.1 (2)",
        asking("hit.dispose"),
        asking("hit.dispose", facts={**TRAINED, "offence": "minor_misdemeanor_traffic"}),
    ),
]

BY_HAND = [
    by_hand("R7", "427.3(c) consideration", "by_hand", "Supervisor", "incident's report"),
    by_hand("R7", "427.3(c) partial", "reported", "Dispatcher", "incidents gaps"),
    by_hand("R3", "427.2 location", "enforced", "Safety Director or Mayor", "signed approval"),
    by_hand("R13", "427.3.2", "recorded", "Command", "acknowledgement on the ledger"),
    by_hand("R15", "427.4 (2)", "reported", "Administration Staff Commander", "status"),
    by_hand("R18", "427.5", "reported", "Commander", "safeguards"),
    by_hand("R25", "427.5(g) details", "reported", "Administration Staff Commander", "annual report"),
]
