"""``alpr-core ledger``: read and verify the ledger."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.confined import Written
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.ledger_export import export, prove
from alpr_core.cli.ledger_keys import keys, recover
from alpr_core.cli.ledger_log import disclose, log, show
from alpr_core.cli.ledger_stamp import stamp
from alpr_core.cli.ledger_witness import checkpoint, witness
from alpr_core.cli.output import json_option, print_record, say
from alpr_core.errors import StoreError

if TYPE_CHECKING:
    from alpr_ledger.report import Report
    from alpr_ledger.sample import Sample
    from alpr_ledger.state import State

_FILE = click.Path(dir_okay=False, path_type=Path)


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
ledger.add_command(stamp)
ledger.add_command(keys)
ledger.add_command(recover)


@ledger.command()
@click.option("--since", metavar="FILE", type=_FILE, help="Read only what came since this state was kept.")
@click.option(
    "--keep",
    metavar="FILE",
    type=Written(dir_okay=False, path_type=Path),
    help="Write the state for the next --since.",
)
@click.option(
    "--sample",
    "bundles",
    metavar="N",
    type=click.IntRange(min=1),
    help="Read N random bundles of 256 entries instead of all.",
)
@click.option("--chain-only", is_flag=True, help="Leave out the pass that parses every entry.")
@click.option("--all-checkpoints", is_flag=True, help="Verify the signature of every checkpoint.")
@json_option
@pass_invocation
def verify(
    invocation: Invocation,
    since: Path | None,
    keep: Path | None,
    bundles: int | None,
    chain_only: bool,
    all_checkpoints: bool,
    as_json: bool,
) -> None:
    """Verify every entry, the tree and the signatures; exit status 4 names the first wrong entry.

    With --since the entries that were verified before are not read again: later edits of those are seen by a full
    verification alone. With --sample most entries are not read at all. Neither takes the place of a full one.

    \b
    Examples:
      alpr-core ledger verify --keep verified.json
      alpr-core ledger verify --since verified.json --keep verified.json
      alpr-core ledger verify --sample 300
    """
    from alpr_core.services.ledger import sample_ledger, verify_ledger

    if bundles is not None and (since or keep or chain_only or all_checkpoints):
        raise click.UsageError(
            "A sample stands alone: --sample takes no --since, --keep, --chain-only or --all-checkpoints."
        )
    if keep is not None and not os.access(keep.parent, os.W_OK):
        raise click.BadParameter(f"{keep}: its folder cannot be written to", param_hint="--keep")
    state = None if since is None else _load_state(since)
    act = invocation.act()
    report: Report | Sample
    with click.progressbar(length=100, file=sys.stderr) as bar:

        def advance(name: str, done: int, total: int) -> None:
            bar.label = name
            bar.update(100 * done // max(total, 1) - bar.pos)

        if bundles is not None:
            report = sample_ledger(act, bundles, progress=advance)
        else:
            report = verify_ledger(
                act,
                witnesses=invocation.node().settings.witnesses,
                timestamps=invocation.node().settings.timestamps,
                since=state,
                content=not chain_only,
                all_checkpoints=all_checkpoints,
                progress=advance,
            )
            if keep is not None:
                _save_state(report.state, keep)
    witnesses = act.heard.lines() if act.heard is not None else []
    if as_json:
        print_record({**report.as_json(), "heard": witnesses}, as_json=True)
    else:
        say("\n".join([*report.lines(), *witnesses]))


def _load_state(path: Path) -> State:
    from alpr_ledger.errors import SourceError
    from alpr_ledger.state import State

    try:
        return State.load(path)
    except SourceError as error:
        raise click.BadParameter(str(error), param_hint="--since") from error


def _save_state(state: State, path: Path) -> None:
    from alpr_ledger.errors import SourceError

    try:
        state.save(path)
    except SourceError as error:
        raise StoreError(f"the ledger is verified, but its state cannot be kept: {error}") from error
