"""``alpr-core misuse``: files on use that was not authorised."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows


@click.group()
def misuse() -> None:
    """Files on use that was not authorised. Nobody sees one about themselves."""


@misuse.command("open")
@click.option("--badge", default="", help="Whom it is about; else whoever did the act of --entry.")
@click.option(
    "--source", type=click.Choice(["denial", "finding", "complaint"]), default="denial", show_default=True
)
@click.option("--entry", type=click.IntRange(0), help="The ledger entry that it is about: the denial.")
@click.option("--summary", default="", help="What happened.")
@json_option
@pass_invocation
def open_(
    invocation: Invocation, badge: str, source: str, entry: int | None, summary: str, as_json: bool
) -> None:
    """Open a file on somebody's use.

    \b
    Example:
      alpr-core misuse open --entry 4711 --summary 'searched for the car of a neighbour'
    """
    from alpr_core.services.misuse import open_file

    one = open_file(invocation.act(), badge, source=source, entry=entry, summary=summary)
    zone = invocation.node().settings.zone
    print_record({"file": one.id, "source": one.source, "opened": one.opened_at}, as_json=as_json, zone=zone)


@misuse.command()
@click.argument("number", type=int)
@click.option("--outcome", default="", help="What came of it.")
@json_option
@pass_invocation
def close(invocation: Invocation, number: int, outcome: str, as_json: bool) -> None:
    """Close file NUMBER with what came of it."""
    from alpr_core.services.misuse import close_file

    one = close_file(invocation.act(), number, outcome)
    zone = invocation.node().settings.zone
    print_record(
        {"file": one.id, "outcome": one.outcome, "closed": one.closed_at}, as_json=as_json, zone=zone
    )


@misuse.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the files, but for those about yourself."""
    from alpr_core.services.misuse import list_files

    print_rows(
        (
            {
                "file": one.file.id,
                "badge": one.badge,
                "source": one.file.source,
                "entry": one.file.entry,
                "summary": one.file.summary,
                "opened": one.file.opened_at,
                "by": one.opener,
                "closed": one.file.closed_at,
                "outcome": one.file.outcome,
            }
            for one in list_files(invocation.act())
        ),
        columns={
            "file": "No.",
            "badge": "About",
            "source": "From",
            "entry": "Entry",
            "summary": "What happened",
            "opened": "Opened",
            "by": "By",
            "closed": "Closed",
            "outcome": "Outcome",
        },
        as_json=as_json,
        empty="No file on misuse.",
        zone=invocation.node().settings.zone,
    )
