"""``alpr-core people appoint``: for when nobody is left who can add persons."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.backup_secret import ask_secret, backup_passphrase_option
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.cli.passphrases import new_passphrase, passphrase_file_option


@open_to_all
@click.command()
@click.argument("badge")
@click.option("--name", default="", help="Legal name, of a new account.")
@backup_passphrase_option
@passphrase_file_option
@json_option
@pass_invocation
def appoint(
    invocation: Invocation,
    badge: str,
    name: str,
    backup_file: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make the person with this BADGE number an administrator, with the backup passphrase or two shares of it.

    It is for when nobody is left who can add persons. Of an account that is there, the passphrase is changed, and the
    second factor is taken off. The ledger says so for ever.

    \b
    Example:
      alpr-core people appoint 1009 --name 'Kim Poe'
    """
    from alpr_core.services.appointing import appoint as make_administrator
    from alpr_core.services.appointing import check_holder

    secret = ask_secret(backup_file)
    act = invocation.node().act(None)
    check_holder(act, secret)
    typed = new_passphrase(passphrase_file)
    person = make_administrator(act, secret, badge=badge, name=name, passphrase=typed)
    print_record({"person": person.id, "badge": person.badge, "roles": sorted(person.roles)}, as_json=as_json)
    note(f"Next: alpr-core login --badge {person.badge}, then a second factor: alpr-core people totp")
