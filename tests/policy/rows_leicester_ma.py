"""Leicester's temporary policy 10.05, row by row."""

from __future__ import annotations

from functools import partial
from typing import Any

from rowtable import LATELY, OLD, asking, by_hand, row

PACK, LETTER, LAST = "leicester-ma", "L", 14
WHY = {"purpose": "patrol", "case": "26-1041"}
untrained = partial(asking, facts={})
"""Leicester's paper asks for no training."""

CHIEFS = {"approved_by": ("chief",)}
DESIGNEES = {"approved_by": ("designee",)}
RELEASED = {"recipient": "other", "rows": 1}
NOBODYS: frozenset[str] = frozenset()
VALUES = {"10.05 IV": {"at_most": 100, "source": "Order of the Chief, 2026-11-01"}}


def exporting(**facts: Any) -> dict[str, Any]:
    """Reads leave, through a supervisor."""
    return untrained("read.export", "supervisor", facts=facts, **WHY)


DECIDED = [
    row(
        "L2",
        "10.05 I (3)",
        untrained("read.show", **WHY),
        untrained("read.show", purpose="curiosity", case="26-1041"),
    ),
    row(
        "L2", "10.05 I (3) audit only", untrained("ledger.read", "auditor"), untrained("ledger.read", "admin")
    ),
    row(
        "L3",
        "10.05 II (2)",
        untrained("release.make", "chief", facts={**RELEASED, "legal_basis": "18 USC 2721(b)(1)"}, **WHY),
        untrained("release.make", "chief", facts=RELEASED, **WHY),
    ),
    row(
        "L4",
        "10.05 I (3)",
        untrained("read.show", purpose="traffic_initiative", case="26-1041"),
        untrained("read.show", purpose="stolen_vehicle", case="26-1041"),
    ),
    row(
        "L5",
        "10.05 III preapproval",
        untrained("read.show", facts=DESIGNEES, purpose="targeted", case="26-1041"),
        untrained("read.show", purpose="targeted", case="26-1041"),
    ),
    row(
        "L5",
        "10.05 III targeting",
        untrained("canvass.start", facts=DESIGNEES, **WHY),
        untrained("canvass.start", **WHY),
    ),
    row(
        "L5",
        "10.05 III targeting",
        untrained("hotlist.add", facts=CHIEFS, **WHY),
        untrained("hotlist.add", "program_manager", purpose="administration"),
    ),
    row(
        "L5", "10.05 III approving only", untrained("approval.grant", "designee"), untrained("approval.grant")
    ),
    row(
        "L6",
        "10.05 IV",
        exporting(**DESIGNEES, rows=100),
        exporting(**DESIGNEES, rows=101),
    ),
    row(
        "L7",
        "10.05 IV(1)",
        untrained("evidence.export", facts={"rows": 1, "names_one": False}, **WHY),
        untrained("evidence.export", facts={"rows": 1, "names_one": True}, **WHY),
    ),
    row(
        "L7",
        "10.05 IV(1)",
        untrained("search.run", facts={**CHIEFS, "names_one": True, "repeated": False}, **WHY),
        untrained("search.run", facts={**DESIGNEES, "names_one": True, "repeated": True}, **WHY),
    ),
    row(
        "L7",
        "10.05 IV(1) RMS",
        exporting(**DESIGNEES, rows=1, destination="media"),
        exporting(**DESIGNEES, rows=1, destination="rms"),
    ),
    row(
        "L8",
        "10.05 IV(1) RMS",
        exporting(**CHIEFS, rows=1, destination="rms", names_one=True),
        exporting(**DESIGNEES, rows=1, destination="rms", names_one=True),
    ),
    row(
        "L8",
        "10.05 IV(1)",
        untrained("evidence.export", facts={"rows": 1, **CHIEFS, "names_one": True}, **WHY),
        untrained("evidence.export", facts={"rows": 1, **CHIEFS, "names_one": True}, purpose="patrol"),
    ),
    row(
        "L8",
        "10.05 fn 1",
        untrained("evidence.attach", facts={**CHIEFS, "names_one": True}, **WHY),
        untrained("evidence.attach", facts={**DESIGNEES, "names_one": True}, **WHY),
    ),
    row(
        "L9",
        "10.05 IV(2)",
        untrained("search.run", "officer", "auditor", facts={**CHIEFS, "by_area": True}, **WHY),
        untrained("search.run", "officer", "auditor", facts={**CHIEFS, "by_area": True}, purpose="audit"),
    ),
    row(
        "L11",
        "10.05 V",
        untrained("read.purge", "program_manager", facts={"held": False, "captured_at": OLD}),
        untrained("read.purge", "program_manager", facts={"held": False, "captured_at": LATELY}),
    ),
    row(
        "L12",
        "10.05 V hold",
        untrained("hold.place", facts={"hold_reason": "criminal"}),
        untrained("hold.place", facts={"hold_reason": "curiosity"}),
    ),
    row(
        "L13",
        "10.05 V searches",
        untrained("search.run", facts=CHIEFS, **WHY),
        untrained("search.run", **WHY),
    ),
    row(
        "L13",
        "10.05 V searches",
        untrained("search.run", facts=DESIGNEES, **WHY),
        untrained("search.run", facts={"approved_by": ("supervisor",)}, **WHY),
    ),
    row(
        "L13",
        "10.05 V searches",
        exporting(**DESIGNEES, rows=1),
        exporting(rows=1),
    ),
    row(
        "L14",
        "10.05 V searches",
        untrained("search.run", origin="vehicle", **WHY),
        untrained("search.run", origin="server", **WHY),
    ),
]

BY_HAND = [
    by_hand("L1", "10.05", "reported", "Chief of Police", "no day of review"),
    by_hand("L1", "10.05 I", "by_hand", "Chief of Police", "model policy"),
    by_hand("L3", "10.05 II(1)", "by_hand", "Chief of Police", "ma-dcjis"),
    by_hand("L10", "10.05 IV(3)", "by_hand", "CJIS representative", "ma-dcjis"),
    by_hand("L14", "10.05 fn 2", "recorded", "Officers", "ledger of the vehicle"),
]
