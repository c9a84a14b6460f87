"""``alpr-core logout``: close the session."""

from __future__ import annotations

import os

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import say


@open_to_all
@click.command()
@pass_invocation
def logout(invocation: Invocation) -> None:
    """Close the session at this node."""
    from alpr_core.services.login import log_out
    from alpr_core.session import remove_session, session_file

    act = invocation.act()
    try:
        ended = log_out(act)
    finally:  # whatever the node says, this terminal keeps no session
        remove_session(session_file(invocation.node().settings.folder, os.environ))
    say("Logged out." if ended else "Nobody was logged in.")
