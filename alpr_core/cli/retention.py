"""``alpr-core retention``: what is kept how long, what falls due when, and the certificates of what was destroyed."""

from __future__ import annotations

from datetime import timedelta

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows, say

LINES = {
    "class": "Class",
    "period": "Kept for",
    "starts": "From",
    "by": "Done by",
    "least": "Not before",
    "most": "Not after",
    "clauses": "Clauses",
    "reads": "Reads",
    "due": "First due",
}

DAYS = {"on": "Due", "class": "Class", "reads": "Reads", "held": "Held", "mebibytes": "Frees, MiB"}

PURGES = {
    "purge": "Purge",
    "started": "Started",
    "reads": "Reads",
    "certified": "Certified",
    "entry": "Entry",
    "signed": "Signed",
}


@click.group()
def retention() -> None:
    """The retention schedule, and what it asks for next."""


@retention.command()
@json_option
@pass_invocation
def show(invocation: Invocation, as_json: bool) -> None:
    """Show what is kept how long, by which clause, and whether the schedule is signed as it is."""
    from alpr_core.services.retention import show_schedule

    found, zone = show_schedule(invocation.act()), invocation.node().settings.zone
    rows: list[dict[str, object]] = [
        {
            "class": line.retention_class,
            "period": line.period,
            "starts": line.starts,
            "by": "the job" if line.automatic else "order",
            "least": line.least,
            "most": line.most,
            "clauses": line.clauses,
            "reads": line.reads,
            "due": line.earliest_due,
        }
        for line in found.lines
    ]
    print_rows(rows, columns=LINES, as_json=as_json, empty="There is no schedule.", zone=zone)
    for name, count in found.unknown.items():
        note(
            f"{count} reads are of the class {name!r}, which the strategy does not know: they are never purged."
        )
    if found.signed is None:
        note(f"Strategy {found.strategy}. Not signed as it is: alpr-core retention sign")
    else:
        day = f"{found.signed.signed_at.astimezone(zone):%Y-%m-%d}"
        note(f"Strategy {found.strategy}. Signed by {found.badge} on {day}.")


@retention.command()
@click.option(
    "--days", type=click.IntRange(1, 4000), default=400, show_default=True, help="How far to look ahead."
)
@json_option
@pass_invocation
def forecast(invocation: Invocation, days: int, as_json: bool) -> None:
    """Show what falls due on which day, and the room that its images free."""
    from alpr_core.services.retention import forecast as look_ahead

    rows = [
        {
            "on": one.on.isoformat(),
            "class": one.retention_class,
            "reads": one.reads,
            "held": one.held,
            "mebibytes": round(one.bytes / (1 << 20), 1),
        }
        for one in look_ahead(invocation.act(), until=timedelta(days=days))
    ]
    zone = invocation.node().settings.zone
    print_rows(rows, columns=DAYS, as_json=as_json, empty="Nothing falls due in that time.", zone=zone)


@retention.command()
@click.option("--certificate", type=int, default=0, help="Sign the certificate of this purge instead.")
@reason_option
@json_option
@pass_invocation
def sign(invocation: Invocation, certificate: int, reason: str, as_json: bool) -> None:
    """Sign the schedule as it is in force, or the certificate of a purge: for the Custodian of Records."""
    from alpr_core.services.retention import sign_certificate, sign_schedule

    act = invocation.act()
    digest = (
        sign_certificate(act, certificate, reason=reason)
        if certificate
        else sign_schedule(act, reason=reason)
    )
    print_record({"signed": digest}, as_json=as_json, zone=invocation.node().settings.zone)


@retention.command()
@click.argument("number", type=int, required=False)
@json_option
@pass_invocation
def certificate(invocation: Invocation, number: int | None, as_json: bool) -> None:
    """Print the certificate of the purge NUMBER, made again from its ledger entry; without it, list the purges."""
    from alpr_core.services.purging import certificate as made_again
    from alpr_core.services.purging import certificates

    act, zone = invocation.act(), invocation.node().settings.zone
    if number is not None:
        text = made_again(act, number)
        if as_json:
            print_record({"purge": number, "text": text}, as_json=True, zone=zone)
        else:
            say(text)
        return
    rows: list[dict[str, object]] = [
        {
            "purge": run.id,
            "started": run.started_at,
            "reads": run.reads,
            "certified": run.certified_at,
            "entry": run.entry,
            "signed": run.signed_at,
        }
        for run in certificates(act)
    ]
    print_rows(rows, columns=PURGES, as_json=as_json, empty="Nothing was ever purged.", zone=zone)
