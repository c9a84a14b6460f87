"""``alpr-core ledger``: read and verify the ledger."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows, say


@click.group()
def ledger() -> None:
    """Read and verify the ledger. Outsiders verify it with: python -m alpr_ledger verify PATH."""


@ledger.command()
@click.option("--kind", default="", help="Entries of this kind only, for example search.run.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@json_option
@pass_invocation
def log(invocation: Invocation, kind: str, limit: int, as_json: bool) -> None:
    """Show the newest entries: who did what, when, under which clauses.

    \b
    Example:
      alpr-core ledger log --kind act.deny
    """
    from alpr_core.services.ledger import read_log

    entries = read_log(invocation.act(), limit=limit, kind=kind)
    print_rows(
        [
            {
                "index": entry.index,
                "time": entry.time,
                "kind": entry.body.get("kind"),
                "who": entry.who or entry.actor,
                "purpose": entry.body.get("purpose", ""),
                "clauses": entry.body.get("clauses", []),
                "leaf": entry.leaf,
                "body": entry.body,
            }
            for entry in entries
        ],
        columns={
            "index": "Entry",
            "time": "Time",
            "kind": "Kind",
            "who": "Who",
            "purpose": "Purpose",
            "clauses": "Clauses",
        },
        as_json=as_json,
        zone=invocation.settings().zone,
    )


@ledger.command()
@click.argument("index", type=int)
@click.option("--proof", is_flag=True, help="Print its proof (C2SP tlog-proof) instead.")
@json_option
@pass_invocation
def show(invocation: Invocation, index: int, proof: bool, as_json: bool) -> None:
    """Show entry INDEX whole.

    \b
    Example:
      alpr-core ledger show 12 --proof > entry-12.tlog-proof
    """
    from alpr_core.services.ledger import show_entry

    entry, text = show_entry(invocation.act(), index)
    if proof:
        click.echo(text, nl=False)
        return
    print_record(
        {"index": entry.index, "leaf": entry.leaf, "who": entry.who, **entry.body},
        as_json=as_json,
        zone=invocation.settings().zone,
    )


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
