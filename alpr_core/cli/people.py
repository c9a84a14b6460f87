"""``alpr-core people``: who may do what at this node."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.accounts import grant, leave, passphrase, reopen, reset, totp
from alpr_core.cli.appoint import appoint
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.passphrases import new_passphrase, passphrase_file_option
from alpr_core.cli.second_person import agreed_by_second, second_options

if TYPE_CHECKING:
    from alpr_core.act import Act


@click.group()
def people() -> None:
    """Who may do what. One person, one account."""


people.add_command(appoint)
people.add_command(grant)
people.add_command(leave)
people.add_command(reopen)
people.add_command(reset)
people.add_command(totp)
people.add_command(passphrase)


@people.command()
@click.argument("badge")
@click.option("--name", required=True, help="Legal name; the ledger holds a commitment to it only.")
@click.option("--role", "roles", multiple=True, required=True, help="Role of the pack; may be given again.")
@click.option("--title", default="", help="Job title, for the list of who is authorised.")
@click.option("--contractor", is_flag=True, help="An independent contractor, no member of the department.")
@passphrase_file_option
@second_options
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    badge: str,
    name: str,
    roles: tuple[str, ...],
    title: str,
    contractor: bool,
    passphrase_file: Path | None,
    second: str | None,
    second_passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make an account for the person with this BADGE number, who types the passphrase.

    Chiefs, designees, program managers, auditors and administrators are made by two persons, once there is somebody
    else who could agree.

    \b
    Example:
      alpr-core people add 1002 --name 'Sam Roe' --role officer
    """
    from alpr_core.services.people import add_person, before_adding

    act = invocation.act()
    before_adding(act)
    agreed = agreed_by_second(act, roles, second, second_passphrase_file, to=badge)
    typed = new_passphrase(passphrase_file)
    person = add_person(
        act,
        badge=badge,
        name=name,
        roles=roles,
        passphrase=typed,
        title=title,
        contractor=contractor,
        second=agreed,
    )
    print_record(
        {
            "badge": person.badge,
            "name": person.name,
            "roles": sorted(person.roles),
            "on the ledger": person.id,
        },
        as_json=as_json,
    )


@people.command("list")
@click.option(
    "--combinations",
    is_flag=True,
    help="Which roles one person may hold together, and the smallest staffing.",
)
@json_option
@pass_invocation
def list_(invocation: Invocation, combinations: bool, as_json: bool) -> None:
    """List the accounts."""
    from alpr_core.services.people import list_people

    if combinations:
        _list_combinations(invocation.act(), as_json=as_json)
        return
    now = invocation.node().site.clock()
    print_rows(
        (
            {
                "badge": person.badge,
                "name": person.name,
                "title": person.title,
                "contractor": person.contractor,
                "roles": sorted(person.roles),
                "active": person.is_active(now),
                "leaves": person.leaves_at,
                "alone": person.alone,
                "added": person.added_at,
                "person": person.id,
            }
            for person in list_people(invocation.act())
        ),
        columns={
            "badge": "Badge",
            "name": "Name",
            "title": "Title",
            "contractor": "Contractor",
            "roles": "Roles",
            "active": "Active",
            "leaves": "Leaves",
            "alone": "Made by one alone",
            "added": "Added",
            "person": "On the ledger",
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )


@people.command()
@json_option
@pass_invocation
def roles(invocation: Invocation, as_json: bool) -> None:
    """List the pack's roles: what each may do, and who has it."""
    from alpr_core.services.people import list_roles

    print_rows(
        (
            {"role": role.code, "title": role.title, "people": role.people, "actions": role.actions}
            for role in list_roles(invocation.act())
        ),
        columns={"role": "Role", "title": "Title", "people": "Badges", "actions": "May"},
        as_json=as_json,
    )


def _list_combinations(act: Act, *, as_json: bool) -> None:
    from alpr_core.services.people import role_combinations

    found = role_combinations(act)
    print_rows(
        ({"one": one, "other": other, "together": not why, "why": why} for one, other, why in found.pairs),
        columns={"one": "Role", "other": "Role", "together": "One person", "why": "Why not"},
        as_json=as_json,
    )
    note(f"The smallest staffing has {len(found.staffing)} persons:")
    for roles in found.staffing:
        note(f"  - {', '.join(roles)}")
