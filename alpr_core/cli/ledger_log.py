"""``alpr-core ledger log | show | disclose``: the ledger entry by entry."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import click

from alpr_core.cli.asking import asked, case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_TIME, to_utc


@click.command()
@click.option("--kind", default="", help="Entries of this kind only, for example search.run.")
@click.option(
    "--actor", default="", metavar="BADGE", help="What this person did; or a pseudonym, or system:JOB."
)
@click.option("--from", "since", type=LOCAL_TIME, help="Recorded at or after this time.")
@click.option("--to", "until", type=LOCAL_TIME, help="Recorded before this time.")
@click.option("--for", "for_purpose", default="", metavar="CODE", help="Done for this purpose.")
@click.option("--about-case", default="", metavar="NUMBER", help="Done for this case number, from the vault.")
@click.option(
    "--subject", default="", metavar="PLATE", help="About exactly this plate, from the vault; - asks for it."
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True)
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def log(
    invocation: Invocation,
    kind: str,
    actor: str,
    since: datetime | None,
    until: datetime | None,
    for_purpose: str,
    about_case: str,
    subject: str,
    limit: int,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Show the newest entries: who did what, when, under which clauses.

    By --subject and --about-case it asks the vault, which is an act of its own and needs a --purpose.

    \b
    Examples:
      alpr-core ledger log --kind act.deny
      alpr-core ledger log --subject - --purpose audit
    """
    from alpr_core.services.ledger_log import LogFilter, read_log

    act, zone = invocation.act(), invocation.node().settings.zone
    wanted = LogFilter(
        kind=kind,
        actor=actor,
        since=to_utc(since, zone),
        until=to_utc(until, zone),
        purpose=for_purpose,
        case=about_case,
        subject=asked(subject),
    )
    entries = read_log(act, limit=limit, wanted=wanted, purpose=purpose, case=case, reason=reason)
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
        empty="No entry meets this.",
        zone=zone,
    )


@click.command()
@click.argument("index", type=int)
@click.option("--proof", is_flag=True, help="Print its proof (C2SP tlog-proof) instead.")
@json_option
@pass_invocation
def show(invocation: Invocation, index: int, proof: bool, as_json: bool) -> None:
    """Show entry INDEX whole, and which of its commitments can still be opened.

    \b
    Example:
      alpr-core ledger show 12 --proof > entry-12.tlog-proof
    """
    from alpr_core.services.ledger_log import show_entry

    shown = show_entry(invocation.act(), index)
    if proof:
        click.echo(shown.proof, nl=False)
        return
    entry, kept = shown.entry, [asdict(one) for one in shown.kept]
    print_record(
        {
            "index": entry.index,
            "leaf": entry.leaf,
            "who": entry.who,
            **entry.body,
            "kept": kept
            if as_json
            else [f"{one.field} {one.item} ({one.vault_class})" for one in shown.kept],
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )


@click.command()
@click.argument("index", type=int)
@click.option("--field", required=True, help="The committed field, for example plate.")
@click.option("--item", type=click.IntRange(min=0), default=0, show_default=True, help="Which of several.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def disclose(
    invocation: Invocation,
    index: int,
    field: str,
    item: int,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Open one commitment of entry INDEX: print its value, and the salt that proves it.

    \b
    Example:
      alpr-core ledger disclose 12 --field plate --purpose audit --json > entry-12-plate.json
    """
    from alpr_core.services.ledger_log import disclose as disclose_value

    act = invocation.act()
    opened = disclose_value(act, index, field, item=item, purpose=purpose, case=case, reason=reason)
    print_record(asdict(opened), as_json=as_json)
    note(f"Recorded as ledger entry {opened.recorded}.")
