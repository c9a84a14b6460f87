"""``alpr-core audits vendor-log``: who did what in a vendor's system, by the vendor's own log."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc
from alpr_core.errors import AlprError, InputError

if TYPE_CHECKING:
    from alpr_core.interfaces import RejectedLine
    from alpr_core.services.vendor_findings import Accessed
    from alpr_core.services.vendor_logs import LogTaken

SHOWN = 20
"""Lines left out that are shown to a person; with --json all of them are."""

MOST = 2_000
"""Accesses in one list: the vault is opened for each."""


@click.group("vendor-log")
def vendor_log() -> None:
    """Who did what in a vendor's own system, by the vendor's log of it, beside the record kept here."""


@vendor_log.command("import")
@click.argument("source")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@pass_invocation
def import_(invocation: Invocation, source: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Put each access in each FILE on record, an entry of the ledger each; SOURCE can read them.

    What is on record already is counted, not recorded twice. Bad lines are shown with their numbers and left out.

    \b
    Example:
      alpr-core audits vendor-log import vendor_log inbox/audit-2026-11.csv
    """
    from alpr_core.services.vendor_logs import IMPORT, import_log

    act, node = invocation.act(), invocation.node()
    act.admit(IMPORT)
    made = node.access_log_source(source)
    broken = 0
    for file in files:
        try:
            taken = import_log(act, file, made, source_name=source)
        except InputError as problem:
            note(f"Error: {problem.message}")
            broken += 1
        else:
            _show(file, taken, as_json=as_json)
    if broken:
        raise AlprError(f"{broken} of {len(files)} files could not be read.")


def _show(file: Path, taken: LogTaken, *, as_json: bool) -> None:
    _note_lines(file, taken.rejected)
    _note_lines(file, taken.altered)
    rejected, altered = _lines(taken.rejected), _lines(taken.altered)
    print_record(
        {
            "file": str(file),
            "sha256": taken.digest,
            "recorded": taken.recorded,
            "unknown" if as_json else "by nobody known here": taken.unknown,
            "doubles": taken.doubles,
            "altered" if as_json else "told otherwise now": altered if as_json else len(altered),
            "matched" if as_json else "matched since": taken.matched,
            "rejected": rejected if as_json else len(rejected),
            "entries": taken.entries,
        },
        as_json=as_json,
    )


def _note_lines(file: Path, lines: Sequence[RejectedLine]) -> None:
    for one in lines[:SHOWN]:
        note(f"{file}: {one.number}: {one.problem}")
    if len(lines) > SHOWN:
        note(f"{file}: and {len(lines) - SHOWN:,} more")


def _lines(lines: Sequence[RejectedLine]) -> list[dict[str, object]]:
    return [{"number": one.number, "problem": one.problem} for one in lines]


@vendor_log.command("list")
@click.option("--source", default="", help="Only of the log of this data source.")
@click.option("--from", "since", type=LOCAL_TIME, help="Accesses at or after this.")
@click.option("--to", "until", type=LOCAL_END, help="Accesses before this.")
@click.option("--badge", default="", help="Only of this person.")
@click.option("--findings", is_flag=True, help="Only those that there is something to look into.")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, show_default=True)
@json_option
@pass_invocation
def list_(
    invocation: Invocation,
    source: str,
    since: datetime | None,
    until: datetime | None,
    badge: str,
    findings: bool,
    limit: int,
    as_json: bool,
) -> None:
    """List what was done in a vendor's system, newest first, and what there is to look into.

    \b
    Example:
      alpr-core audits vendor-log list --from 2026-11-01 --findings
    """
    from alpr_core.services.vendor_findings import LogWanted, list_log

    act, zone = invocation.act(), invocation.node().settings.zone
    wanted = LogWanted(
        source=source, since=to_utc(since, zone), until=to_utc(until, zone), badge=badge, found=findings
    )
    found = list_log(act, wanted, limit=limit)
    print_rows(
        map(_row, found),
        columns={
            "entry": "Entry",
            "at": "When",
            "badge": "Badge",
            "who": "Who, by the log",
            "what": "What",
            "plate": "Plate",
            "query": "Asked for",
            "case": "Case",
            "reason": "Reason",
            "look_into": "To look into",
        },
        as_json=as_json,
        empty="Nothing is on record."
        if not findings
        else "There is nothing to look into in what is on record.",
        zone=zone,
    )
    if len(found) == limit:
        note(f"The newest {limit:,}: there may be more. Give --limit, --from or --to.")


def _row(one: Accessed) -> dict[str, object]:
    said = {name: "not kept any more" if text is None else text for name, text in one.said.items()}
    return {
        "entry": one.logged.entry,
        "at": one.logged.at,
        "source": one.logged.source,
        "badge": one.badge,
        "name": one.name,
        "who": said.get("who", ""),
        "what": one.what,
        "plate": said.get("plate", ""),
        "query": said.get("query", ""),
        "case": said.get("case", ""),
        "reason": said.get("reason", ""),
        "look_into": [
            f"{each.because} [{each.clause}]" if each.clause else each.because for each in one.found
        ],
        "findings": one.found,
    }
