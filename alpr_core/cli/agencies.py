"""``alpr-core agencies``: who was verified, how, when and by whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows
from alpr_core.cli.times import LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.services.agencies import Registered

CLASSES = ("law_enforcement", "prosecutor", "other")

method_option = click.option(
    "--method", default="", help="How it was verified: 'called back on the number of its website'."
)
on_option = click.option(
    "--on", "verified_at", type=LOCAL_TIME, help="When it was verified; now if left out."
)


@click.group()
def agencies() -> None:
    """The register of agencies and their people, each verified before anything is released to them."""


@agencies.command()
@click.argument("name")
@click.option("--class", "recipient_class", type=click.Choice(CLASSES), default=CLASSES[0], show_default=True)
@click.option("--state", default="", help="Two letters, or federal.")
@click.option("--ori", default="", help="Its identifier, nine characters.")
@method_option
@on_option
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    name: str,
    recipient_class: str,
    state: str,
    ori: str,
    method: str,
    verified_at: datetime | None,
    as_json: bool,
) -> None:
    """Put the agency NAME, which you have verified, on the register.

    \b
    Example:
      alpr-core agencies add 'Salem Police Department' --state OR --ori OR0240200
        --method 'called back on the number of its website'
    """
    from alpr_core.services.agencies import ADD, add_agency

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(ADD)
    one = add_agency(
        act,
        name,
        recipient_class=recipient_class,
        state=state,
        ori=ori,
        method=method,
        verified_at=to_utc(verified_at, zone),
    )
    record = {"agency": one.id, "name": one.name, "class": one.recipient_class, "state": one.state}
    print_record({**record, "verified": one.verified.verified_at}, as_json=as_json, zone=zone)


@agencies.command()
@click.argument("agency", type=int)
@click.argument("name")
@method_option
@on_option
@json_option
@pass_invocation
def person(
    invocation: Invocation, agency: int, name: str, method: str, verified_at: datetime | None, as_json: bool
) -> None:
    """Put the person NAME of AGENCY (its number), whom you have verified, on the register."""
    from alpr_core.services.agencies import ADD, add_person

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(ADD)
    one = add_person(act, agency, name, method=method, verified_at=to_utc(verified_at, zone))
    record = {"person": one.id, "name": one.name, "agency": one.agency.name}
    print_record({**record, "verified": one.verified.verified_at}, as_json=as_json, zone=zone)


@agencies.command()
@click.argument("agency", type=int)
@click.option("--person", type=int, default=0, help="Number of the person; the agency itself if left out.")
@reason_option
@json_option
@pass_invocation
def end(invocation: Invocation, agency: int, person: int, reason: str, as_json: bool) -> None:
    """Take AGENCY (its number), or one person of it, off the register."""
    from alpr_core.services.agencies import end_registration

    end_registration(invocation.act(), agency, person=person, reason=reason)
    print_record({"agency": agency, "person": person or None, "on the register": False}, as_json=as_json)


@agencies.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the register: each agency, its people behind it, those that were taken off too."""
    from alpr_core.services.agencies import list_agencies

    print_rows(
        map(_row, list_agencies(invocation.act())),
        columns={
            "agency": "Agency",
            "person": "Person",
            "name": "Name",
            "class": "Class",
            "state": "State",
            "ori": "ORI",
            "method": "Verified how",
            "verified": "When",
            "by": "By",
            "ended": "Ended",
        },
        as_json=as_json,
        empty="No agency is on the register.",
        zone=invocation.node().settings.zone,
    )


def _row(one: Registered) -> dict[str, object]:
    return {
        "agency": one.agency.id,
        "person": one.person.id if one.person else None,
        "name": one.person.name if one.person else one.agency.name,
        "class": one.agency.recipient_class,
        "state": one.agency.state,
        "ori": one.agency.ori,
        "method": one.verified.method,
        "verified": one.verified.verified_at,
        "by": one.badge,
        "ended": one.verified.ended_at,
    }
