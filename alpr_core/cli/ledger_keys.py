"""``alpr-core ledger keys`` and ``ledger recover``: who signs the ledger, and what to do after a loss."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.passphrases import ask_passphrase, passphrase_file_option


@click.group()
def keys() -> None:
    """The keys that sign the ledger, one after another."""


@keys.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List every key that ever signed, with the sizes it may sign for."""
    from alpr_core.services.ledger_keys import list_keys

    print_rows(
        (
            {"id": key.id, "first": key.first, "last": key.last, "since": key.since, "vkey": key.vkey}
            for key in list_keys(invocation.act())
        ),
        columns={
            "id": "Key",
            "since": "Since",
            "first": "From size",
            "last": "To size",
            "vkey": "Verifier key",
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )


@keys.command()
@click.option("--if-due", is_flag=True, help="Only once the key has signed for a day or a million entries.")
@click.option("--reason", default="", help="Why.")
@json_option
@pass_invocation
def rotate(invocation: Invocation, if_due: bool, reason: str, as_json: bool) -> None:
    """Hand the ledger over to a new key and erase the old one, so that a thief can forge nothing older.

    Witnesses and auditors need the new verifier key that this prints. A timer may call it with --if-due.

    \b
    Example:
      alpr-core ledger keys rotate --if-due
    """
    from alpr_core.services.ledger_keys import is_due, rotate_key

    act = invocation.act()
    if if_due:
        act.admit("key.rotate", reason=reason)
        if not is_due(act):
            note("Not due: the key has signed for less than a day and less than a million entries.")
            return
    print_record({"verifier key": rotate_key(act, reason=reason)}, as_json=as_json)


@keys.command()
@click.argument("key")
@click.option("--last", type=int, required=True, help="The last size for which its signature still counts.")
@click.option("--reason", default="", help="Why.")
@json_option
@pass_invocation
def revoke(invocation: Invocation, key: str, last: int, reason: str, as_json: bool) -> None:
    """Revoke a KEY that may have been stolen, named by its ID; the current one hands over first.

    \b
    Example:
      alpr-core ledger keys revoke 7c1f09aa --last 81200 --reason 'server room broken into'
    """
    from alpr_core.services.ledger_keys import revoke_key

    revoked = revoke_key(invocation.act(), key, last, reason=reason)
    print_record({"revoked": revoked.vkey, "last good size": revoked.last}, as_json=as_json)


@click.command()
@click.option("--badge", help="Badge number of the first person; asked for without it.")
@passphrase_file_option
@click.option("--second", help="Badge number of the second person; asked for without it.")
@click.option(
    "--second-passphrase-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="As --passphrase-file, for the second person.",
)
@click.option("--reason", default="", help="What happened.")
@json_option
@pass_invocation
def recover(
    invocation: Invocation,
    badge: str | None,
    passphrase_file: Path | None,
    second: str | None,
    second_passphrase_file: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Let the ledger go on after its newest entries were lost; two persons answer for it by name.

    The node refuses a database that lacks entries which this host has signed for, or a witness confirmed. Where the
    newer database is lost for good, this asks the witnesses once more, records the loss with the checkpoints that
    were lost, and signs from here. A witness that remembers them confirms nothing more: its keeper makes a new one.

    \b
    Example:
      alpr-core ledger recover --badge 1001 --second 1002 --reason 'disk lost, backup of Monday restored'
    """
    from alpr_core.services.login import CodeNeeded, Credentials
    from alpr_core.services.recovery import recover as recover_ledger
    from alpr_core.services.recovery import refuse_needless

    node = invocation.node(recovering=True)
    if not node.behind:
        refuse_needless(invocation.act())
    note(node.behind)
    persons = [
        Credentials(
            number or click.prompt(f"Badge number of the {which} person", err=True),
            ask_passphrase(file),
        )
        for which, number, file in (
            ("first", badge, passphrase_file),
            ("second", second, second_passphrase_file),
        )
    ]
    entry = None
    while entry is None:
        try:
            entry = recover_ledger(node.act(None), persons[0], persons[1], reason=reason)
        except CodeNeeded as needed:
            code: str = click.prompt(f"Code of the authenticator of badge {needed.badge}", err=True)
            persons = [one._replace(code=code) if one.badge == needed.badge else one for one in persons]
    print_record({"recovered": True, "entry": entry}, as_json=as_json)
