"""``alpr-core config``: where the settings are, whether they are right, what they are, and who accepted them."""

from __future__ import annotations

import click

from alpr_core.cli.config_apply import apply, history
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.clock import system_clock


@click.group()
def config() -> None:
    """Where the node's settings are, whether they are right, what they are, and who accepted them."""


@config.command()
@json_option
@pass_invocation
def show(invocation: Invocation, as_json: bool) -> None:
    """Show the settings in force, defaults included. Of a secret only the place where it is kept."""
    from alpr_core.config import document
    from alpr_core.services.status import show_config

    node = invocation.node()
    tables = show_config(invocation.act(), document(node.settings))
    if as_json:
        print_record(tables, as_json=True)
        return
    flat = {
        f"[{name}] {key}": value
        for name, table in tables.items()
        for key, value in (table.items() if isinstance(table, dict) else [("", table)])
    }
    print_record({name.strip(): value for name, value in flat.items()}, as_json=False)
    if node.pending is not None and node.pending.accepted is not None:
        note("Not in force, and waiting to be accepted (alpr-core config apply):")
        for change in node.pending.changes:
            note(f"  {change}")


@open_to_all
@config.command()
@json_option
@pass_invocation
def path(invocation: Invocation, as_json: bool) -> None:
    """Print where the node's alpr.toml is.

    \b
    Example:
      $EDITOR $(alpr-core config path)
    """
    from alpr_core.config import FILE_NAME

    file = invocation.folder() / FILE_NAME
    if as_json:
        print_record({"path": file}, as_json=True)
    else:
        click.echo(str(file))


@open_to_all
@config.command()
@json_option
@pass_invocation
def check(invocation: Invocation, as_json: bool) -> None:
    """Check alpr.toml, the policy that it names and the options of plugins; show every problem at once.

    Whether what is right was accepted too, config show tells.
    """
    from alpr_core.config import alarm_gap
    from alpr_core.standing import propose

    settings = invocation.settings()
    proposal = propose(invocation.folder(), invocation.host(), system_clock())
    if proposal.problem is not None:
        raise proposal.problem
    if gap := alarm_gap(settings):
        note(f"Warning: {gap}.")
    print_record({"path": settings.file, "problems": 0}, as_json=as_json)


config.add_command(apply)
config.add_command(history)
