"""``alpr-core delegations``: who acts for which office, in what, from when to when."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.services.delegations import DelegationOf


@click.group()
def delegations() -> None:
    """Who acts for which office. A delegation counts as long as whoever gave it holds the office."""


@delegations.command()
@click.argument("badge")
@click.option("--of", "office", required=True, help="The office that you hold: a role of the pack.")
@click.option("--action", "actions", multiple=True, help="For this act only; may be given again.")
@click.option("--from", "since", type=LOCAL_TIME, help="From when; now if left out.")
@click.option("--to", "ends", type=LOCAL_END, help="Until when, that day included, or a time.")
@reason_option
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    badge: str,
    office: str,
    actions: tuple[str, ...],
    since: datetime | None,
    ends: datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Assign the person with this BADGE number to act for an office of yours.

    \b
    Example:
      alpr-core delegations add 1002 --of program_manager --action hotlist.import --to 2026-12-31
    """
    from alpr_core.services.delegations import add_delegation

    act, zone = invocation.act(), invocation.node().settings.zone
    added = add_delegation(
        act,
        badge,
        office,
        actions=actions,
        since=to_utc(since, zone),
        ends=to_utc(ends, zone),
        reason=reason,
    )
    print_record(_row(added), as_json=as_json, zone=zone)


@delegations.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def revoke(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """End delegation NUMBER of the list, at once."""
    from alpr_core.services.delegations import revoke_delegation

    ended = revoke_delegation(invocation.act(), number, reason=reason)
    print_record({"delegation": number, "office": ended.office, "counts": False}, as_json=as_json)


@delegations.command("list")
@click.argument("badge", required=False, default="")
@json_option
@pass_invocation
def list_(invocation: Invocation, badge: str, as_json: bool) -> None:
    """List the delegations on record, ended ones too, to one person or to everybody."""
    from alpr_core.services.delegations import list_delegations

    print_rows(
        (_row(one) for one in list_delegations(invocation.act(), badge)),
        columns={
            "delegation": "No.",
            "badge": "Badge",
            "name": "Name",
            "office": "Acts for",
            "by": "Assigned by",
            "actions": "In",
            "since": "From",
            "until": "Until",
            "counts": "Counts",
        },
        as_json=as_json,
        empty="No delegation is on record.",
        zone=invocation.node().settings.zone,
    )


def _row(one: DelegationOf) -> dict[str, object]:
    return {
        "delegation": one.delegation.id,
        "badge": one.badge,
        "name": one.name,
        "office": one.delegation.office,
        "by": one.by,
        "actions": list(one.delegation.actions) or ["all that may be assigned"],
        "since": one.delegation.since,
        "until": one.delegation.until,
        "counts": one.counts,
    }
