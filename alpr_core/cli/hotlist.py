"""``alpr-core hotlist``: import hotlists from files, keep them by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from alpr_core.cli.approving import approval_option, offering_to_ask, request_option, tell_asked
from alpr_core.cli.asking import asked, case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_TIME, to_utc
from alpr_core.models import HotlistEntry

SHOWN = 20
"""Bad lines that are shown to a person; with --json all of them are."""


@click.group()
def hotlist() -> None:
    """Plates that are looked for. A list comes from imports, or is kept by hand; docs/hotlists.md."""


@hotlist.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", default="", help="Of the hotlist. Default: what the file says, else its own name.")
@click.option(
    "--source", "use", default="", help="Data source that can read it. Default: as set, else hotfile."
)
@click.option(
    "--origin",
    help="Where its lines come from, if they do not say: own, ncic, a state's system as leds. Default: as set.",
)
@click.option("--delta/--whole", default=None, help="FILE holds changes, or the whole list. Default: as set.")
@click.option("--rejects", type=click.IntRange(0), help="Bad lines that FILE may have, else it is refused.")
@click.option(
    "--smaller-is-right", is_flag=True, help="FILE may leave less than half of what the list holds."
)
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def import_(
    invocation: Invocation,
    file: Path,
    name: str,
    use: str,
    origin: str | None,
    delta: bool | None,
    rejects: int | None,
    smaller_is_right: bool,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Replace a hotlist by the lines of FILE, or change it by them. Bad lines are shown with their numbers.

    \b
    Example:
      alpr-core hotlist import stolen.csv --purpose administration
      alpr-core hotlist import changes.csv --name ncic --delta --purpose administration
    """
    from alpr_core.services.hotlist_feeds import Feeds
    from alpr_core.services.hotlist_import import import_hotlist

    act, node, name = invocation.act(), invocation.node(), name.strip()
    feeds = Feeds(node.settings, node.host)
    section = feeds.section(name)
    terms = feeds.terms(section)
    use = use or (section.use if section else "hotfile")
    imported = import_hotlist(
        act,
        file,
        feeds.source(use, section, **({} if origin is None else {"origin": origin})),
        source_name=use,
        name=name,
        purpose=purpose,
        case=case,
        reason=reason,
        terms=replace(
            terms,
            delta=terms.delta if delta is None else delta,
            rejects=terms.rejects if rejects is None else rejects,
            smaller_is_right=smaller_is_right,
        ),
    )
    rejected = imported.rejected
    for line in rejected[:SHOWN]:
        note(f"line {line.number}: {line.problem}")
    if len(rejected) > SHOWN:
        note(f"and {len(rejected) - SHOWN:,} more")
    if imported.withdrawn:
        note(f"{imported.withdrawn:,} open hits were withdrawn: the list holds their plates no longer.")
    if rejected:
        note(f"{len(rejected):,} of {len(rejected) + imported.added:,} lines left out.")
    for category, refused in imported.refused.items():
        note(f"{refused.lines:,} lines of the category {category!r} were left out: {refused.why}")
    for category, lines in imported.dropped.items():
        note(f"{lines:,} lines of the category {category!r} were left out: it is dropped here.")
    for field, one in imported.stripped.items():
        note(f"{field} was taken out of {one.lines:,} lines: it is not collected here [{one.clause}].")
    shown = (
        [{"line": line.number, "problem": line.problem} for line in rejected] if as_json else len(rejected)
    )
    print_record(
        {
            "hotlist": imported.hotlist,
            "entries": imported.added,
            **({} if imported.removed is None else {"removed": imported.removed}),
            "rejected": shown,
            "refused": {category: refused.lines for category, refused in imported.refused.items()},
            "dropped": dict(imported.dropped),
            "stripped": {field: one.lines for field, one in imported.stripped.items()},
            "recorded": imported.entry,
        },
        as_json=as_json,
    )


@hotlist.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the hotlists: where each comes from, how long it is, when it last changed."""
    from alpr_core.services.hotlists import list_hotlists

    print_rows(
        (
            {"name": one.name, "source": one.source, "entries": one.entries, "changed": one.changed_at}
            for one in list_hotlists(invocation.act())
        ),
        columns={"name": "Hotlist", "source": "Source", "entries": "Entries", "changed": "Changed"},
        as_json=as_json,
        empty="There is no hotlist.",
        zone=invocation.node().settings.zone,
    )


@hotlist.command()
@click.argument("plate")
@click.option("--name", required=True, help="Of the hotlist; it is made if it is new.")
@click.option("--state", default="", help="Two letters of the state that issued the plate.")
@click.option("--category", default="", help="What it is looked for as: stolen_vehicle, amber_alert ...")
@click.option("--priority", type=click.IntRange(0, 99), default=0, show_default=True, help="99: most urgent.")
@click.option("--expires", default="", help="Its last day, 2026-11-30, or a time; needed.")
@purpose_option
@case_option
@reason_option
@request_option
@approval_option
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    plate: str,
    name: str,
    state: str,
    category: str,
    priority: int,
    expires: str,
    purpose: str,
    case: str,
    reason: str,
    ask: bool,
    approval: int,
    as_json: bool,
) -> None:
    """Put PLATE on a list kept by hand: ? stands for one character, * for any number, - asks for it unseen.

    \b
    Example:
      alpr-core hotlist add 'AB?1*' --name robbery --category wanted --purpose wanted --case 26-1041
        --reason 'left the robbery at 12 Main St' --expires 2026-12-24
    """
    from alpr_core.services.hotlists import add_to_hotlist, ask_to_add

    act, zone = invocation.act(), invocation.node().settings.zone
    wanted = HotlistEntry(
        plate=asked(plate),
        state=state.upper(),
        category=category,
        priority=priority,
        expires=_end(expires, zone),
    )
    if ask:
        asked_for = ask_to_add(act, wanted, name=name, purpose=purpose, case=case, reason=reason)
        tell_asked(asked_for, as_json=as_json)
        return
    with offering_to_ask(act):
        entry = add_to_hotlist(
            act, wanted, name=name, purpose=purpose, case=case, reason=reason, approval=approval
        )
    print_record(
        {"hotlist": name, "plate": entry.plate, "state": entry.state, "expires": entry.expires},
        as_json=as_json,
        zone=zone,
    )


@hotlist.command()
@click.argument("plate")
@click.option("--name", required=True, help="Of the hotlist.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def remove(
    invocation: Invocation, plate: str, name: str, purpose: str, case: str, reason: str, as_json: bool
) -> None:
    """Take PLATE off a hotlist; - asks for it unseen. The next import may bring it back.

    \b
    Example:
      alpr-core hotlist remove ABC123 --name robbery --purpose administration --reason recovered
    """
    from alpr_core.services.hotlists import remove_from_hotlist

    removed = remove_from_hotlist(
        invocation.act(), asked(plate), name=name, purpose=purpose, case=case, reason=reason
    )
    record = {"hotlist": name, "removed": removed.entries, "hits withdrawn": removed.withdrawn}
    print_record(
        {one.replace(" ", "_"): value for one, value in record.items()} if as_json else record,
        as_json=as_json,
    )


def _end(written: str, zone: ZoneInfo) -> datetime | None:
    """Return when an entry ends, UTC: a date alone means the end of that day, as in a file."""
    if not written:
        return None
    moment = LOCAL_TIME.convert(written, None, None)
    try:
        end = moment + timedelta(days=len(written) == len("2026-11-30"))
    except OverflowError as error:
        raise click.UsageError(f"{written}: name a nearer day") from error
    return to_utc(end, zone)
