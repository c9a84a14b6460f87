"""``alpr-core doctor``."""

from __future__ import annotations

import dataclasses

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, print_rows
from alpr_core.clock import system_clock

COLUMNS = {"state": "", "name": "Check", "found": "Found", "todo": "What to do"}


@open_to_all
@click.command()
@json_option
@pass_invocation
@click.pass_context
def doctor(context: click.Context, invocation: Invocation, as_json: bool) -> None:
    """Check this machine and the node, and say what to do about each trouble.

    Changes nothing. Exit status 1 if something has to be mended before the node can run.
    """
    from alpr_core.doctor import State, examine

    checks = list(examine(invocation.folder_or_none(), system_clock()))
    print_rows(map(dataclasses.asdict, checks), columns=COLUMNS, as_json=as_json)
    context.exit(any(check.state is State.FAIL for check in checks))
