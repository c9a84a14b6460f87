"""``alpr-core hits``: the reads that met a hotlist."""

from __future__ import annotations

import click

from alpr_core.cli.asking import case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_rows


@click.group()
def hits() -> None:
    """Reads that met a hotlist, each with its explanation. A hit is to be verified before anybody is stopped."""


@hits.command("list")
@click.option("--hotlist", default="", help="Hits of this hotlist only.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True, help="The newest.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def list_(
    invocation: Invocation, hotlist: str, limit: int, purpose: str, case: str, reason: str, as_json: bool
) -> None:
    """List hits, newest first, with what was listed, what was read, and how the two met.

    \b
    Example:
      alpr-core hits list --hotlist stolen
    """
    from alpr_core.services.hits import list_hits

    act = invocation.act()
    found = list_hits(act, hotlist=hotlist, limit=limit, purpose=purpose, case=case, reason=reason)
    print_rows(
        (
            {
                "raised_at": hit.raised_at,
                "hotlist": hit.hotlist,
                "category": hit.listed.category,
                "priority": hit.listed.priority,
                "listed": hit.listed.plate,
                "state": hit.listed.state,
                "plate": hit.plate,
                "match": hit.match.kind,
                "candidate": hit.match.candidate,
                "explanation": hit.match.explanation,
                "reason": hit.listed.reason,
                "case": hit.listed.case_number,
                "disposition": hit.disposition,
                "read": str(hit.read),
                "hit": hit.id,
            }
            for hit in found
        ),
        columns={
            "raised_at": "Raised",
            "hotlist": "Hotlist",
            "category": "Category",
            "listed": "Listed",
            "state": "State",
            "plate": "Read as",
            "explanation": "How they met",
            "read": "Read",
        },
        as_json=as_json,
        empty="No hit.",
        zone=invocation.node().settings.zone,
    )
    if len(found) == limit:
        note(f"These are the {limit} newest; there may be more.")
