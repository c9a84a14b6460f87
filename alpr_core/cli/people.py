"""``alpr-core people``: who may do what at this node."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows
from alpr_core.cli.passphrases import new_passphrase, passphrase_file_option


@click.group()
def people() -> None:
    """Who may do what. One person, one account."""


@people.command()
@click.argument("badge")
@click.option("--name", required=True, help="Legal name; the ledger holds a commitment to it only.")
@click.option("--role", "roles", multiple=True, required=True, help="Role of the pack; may be given again.")
@click.option("--title", default="", help="Job title, for the list of who is authorised.")
@click.option("--contractor", is_flag=True, help="An independent contractor, no member of the department.")
@passphrase_file_option
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
    as_json: bool,
) -> None:
    """Make an account for the person with this BADGE number, who types the passphrase.

    \b
    Example:
      alpr-core people add 1002 --name 'Sam Roe' --role officer
    """
    from alpr_core.services.people import add_person, before_adding

    act = invocation.act()
    before_adding(act)
    passphrase = new_passphrase(passphrase_file)
    person = add_person(
        act,
        badge=badge,
        name=name,
        roles=roles,
        passphrase=passphrase,
        title=title,
        contractor=contractor,
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
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the accounts."""
    from alpr_core.services.people import list_people

    print_rows(
        (
            {
                "badge": person.badge,
                "name": person.name,
                "title": person.title,
                "contractor": person.contractor,
                "roles": sorted(person.roles),
                "active": person.active,
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
