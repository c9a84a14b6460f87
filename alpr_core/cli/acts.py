"""``alpr-core acts``: the case number of an earlier act is put right, or comes later, by a further entry."""

from __future__ import annotations

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows


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


@acts.command()
@json_option
@pass_invocation
def due(invocation: Invocation, as_json: bool) -> None:
    """List your acts that lack the case number that was to follow; for auditors, everybody's."""
    from alpr_core.services.amending import list_due

    act = invocation.act()
    print_rows(
        (
            {
                "entry": one.entry,
                "kind": one.kind,
                "at": one.at,
                "badge": one.badge,
                "due": one.due,
                "overdue": one.due is None or act.now > one.due,
            }
            for one in list_due(act)
        ),
        columns={
            "entry": "Entry",
            "kind": "What",
            "at": "When",
            "badge": "Badge",
            "due": "Number due by",
            "overdue": "Overdue",
        },
        as_json=as_json,
        empty="No case number is to follow.",
        zone=invocation.node().settings.zone,
    )
