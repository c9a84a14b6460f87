"""``alpr-core authority``: who may use which system's data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.services.authority import AuthorityOf


@click.group()
def authority() -> None:
    """Authority for the data of a system: LEDS, MULES, LEADS, RMV; department, state, federal."""


@authority.command()
@click.argument("badge")
@click.argument("system")
@click.option("--certificate", default="", help="Number of the operator's certificate.")
@click.option("--ori", default="", help="The agency's identifier at the system, nine characters.")
@click.option("--from", "since", type=LOCAL_TIME, help="From when; now if left out.")
@click.option("--expires", type=LOCAL_END, help="Until when, that day included, or a time.")
@json_option
@pass_invocation
def grant(
    invocation: Invocation,
    badge: str,
    system: str,
    certificate: str,
    ori: str,
    since: datetime | None,
    expires: datetime | None,
    as_json: bool,
) -> None:
    """Record that the person with this BADGE number may use the data of SYSTEM.

    \b
    Example:
      alpr-core authority grant 1002 leds --certificate 44-1203 --ori OR0150000 --expires 2028-11-30
    """
    from alpr_core.services.authority import grant_authority

    act, zone = invocation.act(), invocation.node().settings.zone
    granted = grant_authority(
        act,
        badge,
        system.lower(),
        certificate=certificate,
        ori=ori,
        since=to_utc(since, zone),
        expires=to_utc(expires, zone),
    )
    print_record(_row(granted), as_json=as_json, zone=zone)


@authority.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def revoke(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """End authority NUMBER of the list, at once."""
    from alpr_core.services.authority import revoke_authority

    ended = revoke_authority(invocation.act(), number, reason=reason)
    print_record({"authority": number, "system": ended.system, "counts": False}, as_json=as_json)


@authority.command("list")
@click.argument("badge", required=False, default="")
@json_option
@pass_invocation
def list_(invocation: Invocation, badge: str, as_json: bool) -> None:
    """List the authorities on record, ended ones too, of one person or of everybody."""
    from alpr_core.services.authority import list_authorities

    print_rows(
        (_row(one) for one in list_authorities(invocation.act(), badge)),
        columns={
            "authority": "No.",
            "badge": "Badge",
            "name": "Name",
            "system": "System",
            "certificate": "Certificate",
            "ori": "ORI",
            "since": "From",
            "expires": "Until",
            "counts": "Counts",
        },
        as_json=as_json,
        empty="No authority is on record.",
        zone=invocation.node().settings.zone,
    )


def _row(one: AuthorityOf) -> dict[str, object]:
    return {
        "authority": one.authority.id,
        "badge": one.badge,
        "name": one.name,
        "system": one.authority.system,
        "certificate": one.authority.certificate,
        "ori": one.authority.ori,
        "since": one.authority.since,
        "expires": one.authority.expires_at,
        "counts": one.counts,
    }
