"""``alpr-core config``: where the settings are, whether they are right, and what they are."""

from __future__ import annotations

import click

from alpr_core.cli.config_accepted import apply, history
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.clock import system_clock


@click.group()
def config() -> None:
    """Where the node's settings are, whether they are right, and what they are."""


@config.command()
@json_option
@pass_invocation
def show(invocation: Invocation, as_json: bool) -> None:
    """Show the settings in force, defaults included. Of a secret only the place where it is kept.

    Where alpr.toml says something else that nobody has accepted, the lines that differ are shown beside.
    """
    from alpr_core.services.status import show_config

    node = invocation.node()
    settings = node.settings
    tables = show_config(invocation.act(), settings.model_dump(mode="json"))
    for change in node.pending.changes if node.pending and node.pending.accepted else ():
        note(f"  {change}")
    if as_json:
        print_record(tables, as_json=True)
        return
    flat = {
        f"[{name}] {key}": value
        for name, table in tables.items()
        for key, value in (table.items() if isinstance(table, dict) else [("", table)])
    }
    print_record({name.strip(): value for name, value in flat.items()}, as_json=False)


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

    Whether what is right was accepted, `config apply` and `config show` tell.
    """
    from alpr_core.standing import propose

    settings = invocation.settings()
    proposal = propose(invocation.folder(), invocation.host(), system_clock())
    if proposal.problem is not None:
        raise proposal.problem
    print_record({"path": settings.file, "problems": 0}, as_json=as_json)


config.add_command(apply)
config.add_command(history)
