"""``alpr-core acts amend``: the case number of an earlier act is put right by a further entry."""

from __future__ import annotations

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record


@click.group()
def acts() -> None:
    """What you did, as it stands on the ledger."""


@acts.command()
@click.argument("entry", type=int)
@click.option("--case", default="", help="The right case or incident number.")
@reason_option
@json_option
@pass_invocation
def amend(invocation: Invocation, entry: int, case: str, reason: str, as_json: bool) -> None:
    """Put the case number of ENTRY, an act of yours, right. The entry stays; a further one names it.

    \b
    Example:
      alpr-core acts amend 1207 --case 26-1041 --reason 'two digits were turned round'
    """
    from alpr_core.services.amending import amend as put_right

    done = put_right(invocation.act(), entry, case, reason=reason)
    print_record({"amended": entry, "case": case, "entry": done}, as_json=as_json)
