"""``alpr-core login``: open a session."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.cli.passphrases import ask_passphrase, passphrase_file_option

if TYPE_CHECKING:
    from alpr_core.node import Node


@open_to_all
@click.command()
@click.option("--badge", help="Your badge number; asked for without it.")
@passphrase_file_option
@click.option("--who", is_flag=True, help="Only tell who is logged in.")
@json_option
@pass_invocation
def login(
    invocation: Invocation, badge: str | None, passphrase_file: Path | None, who: bool, as_json: bool
) -> None:
    """Open a session at this node. It ends with logout, or after 30 minutes without use.

    \b
    Example:
      alpr-core login --badge 1001
    """
    from alpr_core.services.login import log_in
    from alpr_core.session import session_file, write_session

    node = invocation.node()
    if who:
        actor = invocation.act().actor
    else:
        badge = badge or click.prompt("Badge number", err=True)
        actor, token = log_in(node.act(None), badge, ask_passphrase(passphrase_file))
        write_session(session_file(node.settings.folder, os.environ), token)
        _remind(node)
    name = actor.name if actor.is_known else "nobody"
    print_record({"logged in": name, "roles": sorted(actor.roles)}, as_json=as_json)


def _remind(node: Node) -> None:
    """Say what whoever works here should know of the policy: that it is not whole, or due for review."""
    from alpr_core.policy.words import reminders

    policy = node.site.gate.policy
    today = policy.day(node.site.clock())
    if missing := policy.missing(today):
        note(f"This node works in training mode only: {len(missing)} open, see alpr-core status.")
    for each in reminders(policy, today):
        note(f"Please note: {each}.")
