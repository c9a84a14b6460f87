"""``alpr-core login``: open a session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.cli.passphrases import ask_passphrase, passphrase_file_option, with_code

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.models import Actor
    from alpr_core.node import Node
    from alpr_core.session import Token


@open_to_all
@click.command()
@click.option("--badge", help="Your badge number; asked for without it.")
@passphrase_file_option
@click.option(
    "--code", default="", help="Code of your authenticator; asked for without it, where there is one."
)
@click.option("--acknowledge", is_flag=True, help="Acknowledge what the policy tells whoever logs in.")
@click.option("--who", is_flag=True, help="Only tell who is logged in.")
@json_option
@pass_invocation
def login(
    invocation: Invocation,
    badge: str | None,
    passphrase_file: Path | None,
    code: str,
    acknowledge: bool,
    who: bool,
    as_json: bool,
) -> None:
    """Open a session at this node. It ends with logout, or after 30 minutes without use.

    Five failed logins lock an account for 15 minutes; one that nobody used for 90 days is closed until somebody opens
    it again (people reopen).

    \b
    Example:
      alpr-core login --badge 1001
    """
    from alpr_core.services.login import banner
    from alpr_core.session import session_file, write_session

    node = invocation.node()
    if who:
        actor = invocation.act().actor
    else:
        act = node.act(None)
        if text := banner(act):
            note(text)
        number: str = badge or click.prompt("Badge number", err=True)
        passphrase = ask_passphrase(passphrase_file)
        actor, token = _logged_in(act, number, passphrase, code, acknowledged=acknowledge)
        write_session(session_file(node.settings.folder, os.environ), token)
        _remind(node, node.act(token))
    name = actor.name if actor.is_known else "nobody"
    print_record({"logged in": name, "roles": sorted(actor.roles)}, as_json=as_json)


def _logged_in(
    act: Act, badge: str, passphrase: str, code: str, *, acknowledged: bool
) -> tuple[Actor, Token]:
    """Open a session; ask for the code and the acknowledgement where they are needed."""
    from alpr_core.services.login import AcknowledgementNeeded, log_in

    def opened(given: str) -> tuple[Actor, Token]:
        try:
            return log_in(act, badge, passphrase, code=given, acknowledged=acknowledged)
        except AcknowledgementNeeded:
            click.confirm("I have read this, and know what misuse leads to", abort=True, err=True)
            return log_in(act, badge, passphrase, code=given, acknowledged=True)

    return with_code(opened, code)


def _remind(node: Node, act: Act) -> None:
    """Say what whoever works here should know: of their account, and of the policy, if it is not whole or due."""
    from alpr_core.policy.words import reminders
    from alpr_core.services.accounts import told_of_reset

    if told := told_of_reset(act):
        note(f"{told} Set up a new one: alpr-core people totp")
    policy = node.site.gate.policy
    today = policy.day(node.site.clock())
    if missing := policy.missing(today):
        note(f"This node works in training mode only: {len(missing)} open, see alpr-core status.")
    for each in reminders(policy, today):
        note(f"Please note: {each}.")
