"""``alpr-core ledger export`` and ``prove``: what outsiders are given."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from alpr_core.cli.confined import PLACE, Written
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record


@click.command()
@click.argument("target", type=PLACE)
@json_option
@pass_invocation
def export(invocation: Invocation, target: str, as_json: bool) -> None:
    """Write the ledger to TARGET as static files that any web server serves; later runs add what is new.

    TARGET is a folder, or s3://bucket/prefix. Outsiders verify it: python -m alpr_ledger verify FOLDER_OR_URL.

    \b
    Example:
      alpr-core ledger export /srv/www/ledger
    """
    from alpr_core.services.ledger_export import export_ledger

    act = invocation.act()
    with click.progressbar(length=1, label="export", file=sys.stderr) as bar:

        def advance(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        done = export_ledger(act, target, progress=advance)
    print_record({"target": target, "size": done.size, "new": done.size - done.before}, as_json=as_json)


@click.command()
@click.argument("index", type=int, required=False)
@click.option(
    "--since", "old", type=int, help="Prove instead that the ledger continues the checkpoint of this size."
)
@click.option("--size", type=int, help="Under the checkpoint of this size, not the newest.")
@click.option("-o", "--output", type=Written(dir_okay=False, path_type=Path), help="Write it to this file.")
@pass_invocation
def prove(
    invocation: Invocation, index: int | None, old: int | None, size: int | None, output: Path | None
) -> None:
    """Prove entry INDEX: a receipt that anybody checks offline with the ledger's verifier key.

    Whoever gets it runs: python -m alpr_ledger proof FILE --vkey KEY.

    \b
    Example:
      alpr-core ledger prove 12 -o entry-12.tlog-proof
      alpr-core ledger prove --since 700 -o since-700.proof
    """
    from alpr_core.services.ledger_export import prove_entry, prove_growth

    act = invocation.act()
    act.admit("ledger.read")
    if (index is None) == (old is None):
        raise click.UsageError("Give the INDEX of an entry, or --since SIZE.")
    proof = (
        prove_entry(act, index, size=size) if index is not None else prove_growth(act, old or 0, size=size)
    )
    if output is None:
        click.echo(proof, nl=False)
        return
    try:
        output.write_bytes(proof)
    except OSError as error:
        raise click.FileError(str(output), error.strerror or "") from error
    note(f"{output}: {len(proof):,} bytes")
