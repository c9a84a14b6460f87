"""``alpr-core breach``: who was exposed, and by when it is reported."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.services.breaches import OneBreach


@click.group()
def breach() -> None:
    """Breaches of data: on record within the hour, and answered from the ledger: who saw what, between when."""


@breach.command()
@click.option("--summary", default="", help="What happened.")
@click.option("--found", type=LOCAL_TIME, help="When it was discovered; now if left out.")
@click.option("--from", "since", type=LOCAL_TIME, required=True, help="From when data was exposed.")
@click.option("--to", "until", type=LOCAL_END, help="Up to when; up to now if left out.")
@click.option(
    "--badge", "badges", multiple=True, help="Account through which it was exposed; any if left out."
)
@json_option
@pass_invocation
def report(
    invocation: Invocation,
    summary: str,
    found: datetime | None,
    since: datetime,
    until: datetime | None,
    badges: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put a breach on record; its clock runs from the discovery.

    \b
    Example:
      alpr-core breach report --from 2026-11-20 --badge 1002 --summary 'laptop with an open session was lost'
    """
    from alpr_core.services.breaches import REPORT, refers_to, report_breach

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(REPORT)
    begins = to_utc(since, zone)
    assert begins is not None  # noqa: S101  the option is required
    one = report_breach(
        act,
        found_at=to_utc(found, zone),
        since=begins,
        until=to_utc(until, zone),
        badges=badges,
        summary=summary,
    )
    print_record(_row(one), as_json=as_json, zone=zone)
    paper, clause = refers_to(act)
    if paper:
        note(f"What follows is in: {paper} [{clause}].")
    note(
        f"Next: alpr-core breach scope {one.breach.id} says who saw what; breach refer {one.breach.id} --to WHOM, "
        f"once it is reported."
    )


@breach.command()
@click.argument("number", type=int)
@click.option("--to", "to", default="", help="To whom it was reported.")
@click.option("--at", type=LOCAL_TIME, help="When; now if left out.")
@json_option
@pass_invocation
def refer(invocation: Invocation, number: int, to: str, at: datetime | None, as_json: bool) -> None:
    """Note to whom breach NUMBER was reported: that stops its clock."""
    from alpr_core.services.breaches import REPORT, refer_breach

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(REPORT)
    one = refer_breach(act, number, to, at=to_utc(at, zone))
    record = {"breach": one.id, "reported to": one.referred_to, "at": one.referred_at, "due": one.report_by}
    print_record(record, as_json=as_json, zone=zone)


@breach.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def scope(invocation: Invocation, number: int, as_json: bool) -> None:
    """List who saw what through breach NUMBER, by the ledger; --json names every read."""
    from alpr_core.services.breaches import scope_breach

    found = scope_breach(invocation.act(), number)
    print_rows(
        (
            {
                "entry": one.entry,
                "at": one.at,
                "kind": one.kind,
                "badge": one.badge,
                "shown": "not kept any more" if one.seen is None else len(one.seen),
                "seen": one.seen,
            }
            for one in found
        ),
        columns={"entry": "Entry", "at": "When", "kind": "What", "badge": "Badge", "shown": "Reads or hits"},
        as_json=as_json,
        empty="By the ledger, nobody saw anything through it.",
        zone=invocation.node().settings.zone,
    )
    reads = {one for access in found for one in access.seen or () if "/" in one}
    note(f"{len(found)} accesses, {len(reads)} different reads.")


@breach.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the breaches, and whether each was reported in time."""
    from alpr_core.services.breaches import list_breaches

    print_rows(
        map(_row, list_breaches(invocation.act())),
        columns={
            "breach": "No.",
            "found": "Found",
            "due": "Report by",
            "overdue": "Too late",
            "reported_to": "Reported to",
            "reported": "When",
            "since": "Exposed from",
            "until": "To",
            "badges": "Through",
            "summary": "What happened",
        },
        as_json=as_json,
        empty="No breach is on record.",
        zone=invocation.node().settings.zone,
    )


def _row(one: OneBreach) -> dict[str, object]:
    return {
        "breach": one.breach.id,
        "found": one.breach.found_at,
        "due": one.breach.report_by,
        "overdue": one.overdue,
        "reported_to": one.breach.referred_to,
        "reported": one.breach.referred_at,
        "since": one.breach.since,
        "until": one.breach.until,
        "badges": one.badges,
        "summary": one.breach.summary,
    }
