"""``alpr-core purge``: destroy what is due and under no hold, or see what that would be."""

from __future__ import annotations

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows

COLUMNS = {
    "class": "Class",
    "term": "Kept for",
    "clauses": "Clauses",
    "due": "Due",
    "since": "Since",
    "held": "Held",
    "by": "Done by",
}


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what is due, and why; destroy nothing.")
@reason_option
@json_option
@pass_invocation
def purge(invocation: Invocation, dry_run: bool, reason: str, as_json: bool) -> None:
    """Destroy the reads that are due and under no hold, with everything behind them, and certify it.

    The purge's job does it by itself where the policy says that it must or should be done; where it may be, a person
    orders it by this.

    \b
    Example:
      alpr-core purge --dry-run
      alpr-core purge --reason 'schedule item 12, as every month'
    """
    from alpr_core.services.purging import purge as destroy
    from alpr_core.services.purging import what_is_due
    from alpr_core.services.timekeeping import check_clock

    act, zone = invocation.act(), invocation.node().settings.zone
    if dry_run:
        rows = [
            {
                "class": one.retention_class,
                "term": one.term,
                "clauses": one.clauses,
                "due": one.due,
                "since": one.since,
                "held": one.held,
                "by": "the job" if one.automatic else "order",
            }
            for one in what_is_due(act)
        ]
        print_rows(rows, columns=COLUMNS, as_json=as_json, empty="There is no schedule.", zone=zone)
        return
    run = destroy(act, reason=reason)
    if run is None:
        print_record({"purge": None, "reads": 0}, as_json=as_json, zone=zone)
        leapt = check_clock(act)["leap"]
        note("Nothing is due by a time that can be believed." if leapt else "Nothing is due.")
        if leapt:
            note(
                "The clock is far ahead of the ledger. If it is right: alpr-core clock confirm, then purge again."
            )
        return
    record = {
        "purge": run.id,
        "reads": run.reads,
        "images": run.images,
        "hits": run.hits,
        "plates": run.plates,
        "captured from": run.earliest,
        "captured to": run.latest,
        "certificate": run.entry,
    }
    print_record(record, as_json=as_json, zone=zone)
    note(
        f"Its certificate lies in outbox/, to be signed; alpr-core retention certificate {run.id} makes it again, "
        f"and alpr-core retention sign --certificate {run.id} puts the signature on the ledger."
    )
