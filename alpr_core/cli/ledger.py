"""``alpr-core ledger``: read and verify the ledger."""

from __future__ import annotations

import sys

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.ledger_export import export, prove
from alpr_core.cli.ledger_keys import keys, recover
from alpr_core.cli.ledger_log import disclose, log, show
from alpr_core.cli.ledger_witness import checkpoint, witness
from alpr_core.cli.output import json_option, print_record, say


@click.group()
def ledger() -> None:
    """Read and verify the ledger. Outsiders verify it with: python -m alpr_ledger verify PATH."""


ledger.add_command(log)
ledger.add_command(show)
ledger.add_command(disclose)
ledger.add_command(prove)
ledger.add_command(export)
ledger.add_command(checkpoint)
ledger.add_command(witness)
ledger.add_command(keys)
ledger.add_command(recover)


@ledger.command()
@click.option("--chain-only", is_flag=True, help="Leave out the pass that parses every entry.")
@click.option("--all-checkpoints", is_flag=True, help="Verify the signature of every checkpoint.")
@json_option
@pass_invocation
def verify(invocation: Invocation, chain_only: bool, all_checkpoints: bool, as_json: bool) -> None:
    """Verify every entry, the tree and the signatures; exit status 4 names the first wrong entry."""
    from alpr_core.services.ledger import verify_ledger

    with click.progressbar(length=100, file=sys.stderr) as bar:

        def advance(name: str, done: int, total: int) -> None:
            bar.label = name
            bar.update(100 * done // max(total, 1) - bar.pos)

        report = verify_ledger(
            invocation.act(),
            witnesses=invocation.settings().witnesses,
            content=not chain_only,
            all_checkpoints=all_checkpoints,
            progress=advance,
        )
    if as_json:
        print_record(report.as_json(), as_json=True)
    else:
        say("\n".join(report.lines()))
