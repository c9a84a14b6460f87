"""``alpr-core ledger checkpoint | witness``: having somebody outside confirm the ledger."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows, say

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option(
    "--print", "as_page", is_flag=True, help="As the half page that somebody outside signs and files."
)
@json_option
@pass_invocation
def checkpoint(invocation: Invocation, as_page: bool, as_json: bool) -> None:
    """Show the newest checkpoint: the signed note, with the witnesses' cosignatures.

    \b
    Example:
      alpr-core ledger checkpoint --print | lp
    """
    from alpr_core.cli.clerk_page import clerk_page
    from alpr_core.services.anchoring import newest_checkpoint

    filing = newest_checkpoint(invocation.act())
    text = filing.note.decode("utf-8")
    if as_json:
        print_record({"vkey": filing.genesis, "size": filing.size, "checkpoint": text}, as_json=True)
    else:
        say((clerk_page(filing.genesis, filing.note) if as_page else text).removesuffix("\n"))


@click.command()
@click.option("--to", "outgoing", type=_FOLDER, metavar="STICK", help="Lay the requests on a stick instead.")
@click.option("--from", "incoming", type=_FOLDER, metavar="STICK", help="Take the answers from a stick.")
@json_option
@pass_invocation
def witness(invocation: Invocation, outgoing: Path | None, incoming: Path | None, as_json: bool) -> None:
    """Have the witnesses of the witness file cosign the newest checkpoint.

    Without a stick those with a URL are asked over HTTP. Exit status 4: a witness remembers another ledger, and this
    one takes nothing more until that is settled.

    \b
    Examples:
      alpr-core ledger witness
      alpr-core ledger witness --to /media/stick
      alpr-core ledger witness --from /media/stick
    """
    from alpr_core.errors import VerificationFailed
    from alpr_core.services.anchoring import ask_witnesses, take_stick, write_stick

    if outgoing and incoming:
        raise click.UsageError("A stick goes out or comes back: give --to or --from, not both.")
    act, file = invocation.act(), invocation.node().settings.witnesses
    if outgoing:
        size = write_stick(act, file, outgoing)
        note(
            f"The requests over {size:,} entries are on the stick. There: python -m alpr_ledger witness sign"
        )
        return
    words = take_stick(act, file, incoming) if incoming else ask_witnesses(act, file)
    print_rows(
        [{"witness": one.witness, "size": one.size, "problem": one.problem} for one in words],
        columns={"witness": "Witness", "size": "Confirmed entries", "problem": "Problem"},
        as_json=as_json,
    )
    if any(one.contradicts for one in words):
        raise VerificationFailed(
            "a witness remembers another ledger than this one: a restored backup, or a fork. Bring the newer "
            "database back; if it is lost, two persons record that: alpr-core ledger recover"
        )
    if any(one.problem for one in words):
        raise click.exceptions.Exit(1)
