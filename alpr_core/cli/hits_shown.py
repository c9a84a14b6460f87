"""How a hit, and what a state's system answered about it, are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from alpr_core.answers import WHY_NOT
from alpr_core.cli.output import note, print_record, say

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from alpr_core.services.hits import OneHit
    from alpr_core.services.state_queries import Asked

COLUMNS = {
    "at": "Verified",
    "by": "By",
    "system": "System",
    "result": "Result",
    "why": "Why not",
    "plate": "Plate seen",
    "state": "State seen",
    "who": "Who",
    "entry": "Entry",
}
"""Of the table of verifications."""


def of_hit(one: OneHit) -> dict[str, object]:
    """Return what is shown of a hit itself."""
    hit, read, disposal = one.hit, one.read, one.disposal
    record: dict[str, object] = {
        "hit": hit.id,
        "state": one.state.value,
        "raised_at": hit.raised_at,
        "hotlist": hit.hotlist,
        "category": hit.listed.category,
        "priority": hit.listed.priority,
        "listed": hit.listed.plate,
        "listed_state": hit.listed.state,
        "reason": hit.listed.reason,
        "case": hit.listed.case_number,
        "plate": hit.plate,
        "corrected": read.corrected,
        "match": hit.match.kind.value,
        "candidate": hit.match.candidate,
        "explanation": hit.match.explanation,
        "read": str(hit.read),
        "captured_at": read.captured_at,
        "camera": read.camera,
        "images": list(read.images),
        "answer_due": one.waits_until,
        "overdue": one.overdue,
        "disposition": hit.disposition,
    }
    if disposal is not None:
        record |= {
            "disposed_at": disposal.at,
            "disposed_by": one.badges.get(disposal.by, ""),
            "enforced": disposal.enforced,
            "not_practicable": disposal.not_practicable,
            "disposed_in": disposal.entry,
        }
    return record


def verifications(one: OneHit) -> Iterator[dict[str, object]]:
    """Yield a row for each verification of a hit."""
    for made in one.made:
        badge = one.badges.get(made.made_by, "")
        yield {
            "at": made.at,
            "by": f"{made.kind} (SIMULATED)" if made.simulated else made.kind,
            "system": made.system,
            "result": made.result,
            "why": WHY_NOT.get(made.why, ""),
            "plate": made.plate,
            "state": made.state,
            "who": f"{made.ran_by}, by {made.how}, recorded by {badge}" if made.ran_by else badge,
            "simulated": made.simulated,
            "entry": made.entry,
        }


def print_answers(asked: Asked, *, as_json: bool, zone: ZoneInfo) -> None:
    """Print what a system answered; it stands nowhere else."""
    made = asked.made
    record: dict[str, object] = {
        "hit": made.hit,
        "system": asked.system.title,
        "result": made.result,
        "why": WHY_NOT.get(made.why, ""),
        "at": made.at,
        "told": asked.told,
        "answer_due": made.due_at,
        "simulated": made.simulated,
        "recorded": made.entry,
    }
    if as_json:
        replies = [
            {"part": reply.part, "kind": reply.kind, "key": reply.message_key, "at": reply.received_at}
            | {"text": reply.text, "simulated": reply.simulated}
            for reply in asked.replies
        ]
        caveats = list(asked.system.caveats)
        print_record({**record, "replies": replies, "caveats": caveats}, as_json=True)
        return
    if made.simulated:
        say("SIMULATED: a simulator answered. Nothing of this is about a real vehicle or person.\n")
    print_record(record, as_json=False, zone=zone)
    for reply in asked.replies:
        mark = "SIMULATED " if reply.simulated else ""
        say(f"\n{mark}{reply.part}: {reply.kind.value} ({reply.message_key})\n{reply.text}")
    for caveat in asked.system.caveats:
        note(caveat)
    note("The text of the answers is shown this once and stored nowhere.")
