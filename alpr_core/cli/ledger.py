"""``alpr-core ledger``: read and verify the ledger."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.ledger_export import export, prove
from alpr_core.cli.ledger_keys import keys, recover
from alpr_core.cli.ledger_log import disclose, log, show
from alpr_core.cli.output import json_option, print_record, say


@click.group()
def ledger() -> None:
    """Read and verify the ledger. Outsiders verify it with: python -m alpr_ledger verify PATH."""


ledger.add_command(log)
ledger.add_command(show)
ledger.add_command(disclose)
ledger.add_command(keys)
ledger.add_command(recover)
ledger.add_command(prove)
ledger.add_command(export)


@ledger.command()
@click.option("--chain-only", is_flag=True, help="Leave out the pass that parses every entry.")
@click.option("--all-checkpoints", is_flag=True, help="Verify the signature of every checkpoint.")
@json_option
@pass_invocation
def verify(invocation: Invocation, chain_only: bool, all_checkpoints: bool, as_json: bool) -> None:
    """Verify every entry, the tree and the signatures; exit status 4 names the first wrong entry."""
    from alpr_core.services.ledger import verify_ledger

    report = verify_ledger(invocation.act(), content=not chain_only, all_checkpoints=all_checkpoints)
    if as_json:
        print_record(report.as_json(), as_json=True)
    else:
        say("\n".join(report.lines()))
