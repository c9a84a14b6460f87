"""``alpr-core upgrade``: bring the node's database to this version of the program."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record


@open_to_all
@click.command()
@json_option
@pass_invocation
def upgrade(invocation: Invocation, as_json: bool) -> None:
    """Bring the node's database to this version of the program; make a backup of it before.

    Nobody can log in before that, so it is open to whoever may write the database. Until its settings are accepted
    anew (config apply), the node captures and does little else.
    """
    from alpr_core.node import Node

    folder = invocation.folder()
    done = Node.upgrade(folder)
    print_record({"node": folder, "upgraded": done}, as_json=as_json)
    note("Next: alpr-core login, then: alpr-core config apply" if done else "It was of this version already.")
