"""Belton's Policy 461, row by row."""

from __future__ import annotations

from rowtable import LATELY, OLD, TRAINED, VERIFIED, asking, by_hand, row

from alpr_core.models import ANONYMOUS

PACK, LETTER, LAST = "belton-mo", "B", 19
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
NOBODYS: frozenset[str] = frozenset()
VALUES = {
    "461.4 retention": {"period": "P60D", "source": "The city's schedule, item 12"},
    "461.5(e)": {"every": "P1M", "source": "Audit plan"},
}

DECIDED = [
    row(
        "B1", "461.3", asking("search.run", **WHY), asking("search.run", purpose="curiosity", case="26-1041")
    ),
    row("B2", "461.2 only", asking("device.add", "program_manager"), asking("device.add")),
    row("B3", "461.3", asking("image.open", **WHY), asking("image.open", purpose="audit", case="1")),
    row("B4", "461.3(a)", asking("search.run", **WHY), asking("search.run", purpose="stolen_vehicle")),
    row("B5", "461.3(b)", asking("search.run", **WHY), asking("search.run", "evidence", **WHY)),
    row("B6", "461.3(c)", asking("canvass.start", **WHY), asking("canvass.start", "dispatcher", **WHY)),
    row(
        "B6",
        "461.3(c) entry",
        asking("hotlist.add", "dispatcher", **WHY),
        asking("hotlist.add", "evidence", **WHY),
    ),
    row("B7", "461.3(d)", asking("read.record"), asking("read.record", facts={"trained": ("access",)})),
    row("B7", "461.3(d) access", asking("search.run", **WHY), asking("search.run", facts={}, **WHY)),
    row(
        "B9",
        "461.3(f)",
        asking("hit.dispose", facts={**TRAINED, "enforcement": True, "verified": "mules"}),
        asking("hit.dispose", facts={**TRAINED, "enforcement": True}),
    ),
    row(
        "B8",
        "461.3(e)",
        asking("state.query", facts={**TRAINED, "system": "mules", "authority": ("mules",)}, **WHY),
        asking("state.query", facts={**TRAINED, "system": "mules"}, **WHY),
    ),
    row(
        "B10",
        "461.4 sharing",
        asking(
            "release.make", facts={**VERIFIED, "recipient": "prosecutor", "legal_basis": "subpoena 12"}, **WHY
        ),
        asking("release.make", facts={**VERIFIED, "recipient": "prosecutor"}, **WHY),
    ),
    row(
        "B12",
        "461.4 retention",
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": OLD}),
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": LATELY}),
    ),
    row(
        "B13",
        "461.4 hold",
        asking("read.purge", "program_manager", facts={"held": False, "captured_at": OLD}),
        asking("read.purge", "program_manager", facts={"held": True, "captured_at": OLD}),
    ),
    row(
        "B13",
        "461.4 evidence",
        asking("hold.end", "supervisor", facts={"kept_as_evidence": "book_portable_media"}),
        asking("hold.end", "supervisor", facts={"kept_as_evidence": "attach_to_report"}),
    ),
    row("B14", "461.5 technological", asking("key.rotate", "admin"), asking("key.rotate")),
    row("B15", "461.5(a)", asking("referral.fulfil", "records_manager"), asking("referral.fulfil")),
    row("B16", "461.5(b)", asking("search.run", **WHY), asking("search.run", actor=ANONYMOUS, **WHY)),
    row(
        "B16",
        "461.5(b)",
        asking("search.run", origin="vehicle", **WHY),
        asking("search.run", actor=ANONYMOUS, origin="vehicle", **WHY),
    ),
    row("B17", "461.5(c)", asking("read.show", **WHY), asking("read.show", purpose="wanted")),
    row(
        "B18",
        "461.5(d)",
        asking("release.make", facts={**VERIFIED, "recipient": "law_enforcement"}, **WHY),
        asking("release.make", facts={**TRAINED, "recipient": "law_enforcement"}, **WHY),
    ),
    row("B19", "461.5(e) only", asking("ledger.read", "auditor"), asking("ledger.read", "admin")),
    row(
        "B2",
        "461.2 assigned",
        asking("hotlist.import", facts={"delegated": ("program_manager",)}, purpose="administration"),
        asking("hotlist.import", purpose="administration"),
    ),
]

BY_HAND = [
    by_hand("B6", "461.3(c) consideration", "by_hand", "Supervisor", "incident's report"),
    by_hand("B6", "461.3(c) partial", "reported", "Dispatcher", "incidents gaps"),
    by_hand("B11", "461.4 (2)", "reported", "Administration Division Commander", "status"),
    by_hand("B14", "461.5", "reported", "Commander", "safeguards"),
]
