"""``alpr-core incidents``: what happened, and whether what was seen of plates is looked for."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import asked, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, to_utc
from alpr_core.errors import InputError

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.services.incidents import OneIncident

COLUMNS = {
    "case": "Case",
    "type": "Type",
    "major": "Major",
    "plates": "Plates seen",
    "unlisted": "Not looked for",
    "opened": "Opened",
    "by": "By",
    "closed": "Closed",
}


@click.group()
def incidents() -> None:
    """Incidents with what witnesses saw of plates; a major one should have them all on a hotlist."""


@incidents.command("open")
@click.argument("case")
@click.option("--type", "type_", default="other", show_default=True, help="As the pack calls it, or other.")
@click.option(
    "--plate", "partials", multiple=True, help="What was seen of a plate: 'AB?1*'. Often, if need be."
)
@click.option("--hotlist", default="", help="Put what was seen on this list at once.")
@click.option("--purpose", default="", help="With --hotlist: what it is looked for.")
@click.option("--expires", type=LOCAL_END, help="With --hotlist: last day of the entries.")
@reason_option
@json_option
@pass_invocation
def open_(
    invocation: Invocation,
    case: str,
    type_: str,
    partials: tuple[str, ...],
    hotlist: str,
    purpose: str,
    expires: datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Open an incident of this CASE number. Of a major one it is asked what to do with the plates that were seen.

    \b
    Example:
      alpr-core incidents open 26-1041 --type shooting --plate 'AB?1*' --reason 'seen leaving by a neighbour'
    """
    from alpr_core.services.incidents import OPEN, open_incident

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(OPEN, case=case, reason=reason)
    if (
        hotlist and not reason.strip()
    ):  # asked for before, or the incident would be open and its plates not listed
        raise InputError("A plate is entered on a hotlist with a reason: what makes it wanted (--reason).")
    opened = open_incident(act, case, type_, partials=[asked(one) for one in partials], reason=reason)
    print_record(_row(opened), as_json=as_json, zone=zone)
    if not opened.unlisted:
        return
    said = f" [{opened.clause}]" if opened.clause else ""
    note(
        f"On no hotlist yet: {', '.join(opened.unlisted)}. They should be entered, to find the vehicle{said}."
    )
    if not hotlist and not as_json:
        hotlist = _ask("Enter them on which hotlist? (Return: not now)")
    if not hotlist:
        note(
            "Later: alpr-core hotlist add PLATE --name LIST ...; alpr-core incidents gaps lists what is lacking."
        )
        return
    purpose = purpose or _ask("Purpose code")
    end = to_utc(expires, zone) or to_utc(_end_of(_ask("Last day, as 2026-12-24")), zone)
    _enter(act, opened, hotlist, purpose, end, reason)


@incidents.command()
@click.argument("case")
@reason_option
@json_option
@pass_invocation
def close(invocation: Invocation, case: str, reason: str, as_json: bool) -> None:
    """Close the incident of this CASE number, and whatever canvass of it goes on."""
    from alpr_core.services.incidents import close_incident

    closed = close_incident(invocation.act(), case, reason=reason)
    zone = invocation.node().settings.zone
    print_record({"case": closed.case, "closed": closed.closed_at}, as_json=as_json, zone=zone)


@incidents.command("list")
@click.option("--open", "open_only", is_flag=True, help="Open ones only.")
@json_option
@pass_invocation
def list_(invocation: Invocation, open_only: bool, as_json: bool) -> None:
    """List the incidents, newest first."""
    from alpr_core.services.incidents import list_incidents

    _print(
        invocation, list_incidents(invocation.act(), open_only=open_only), "There is no incident.", as_json
    )


@incidents.command()
@json_option
@pass_invocation
def gaps(invocation: Invocation, as_json: bool) -> None:
    """List the open major incidents of which a plate that was seen stands on no hotlist."""
    from alpr_core.services.incidents import list_gaps

    _print(
        invocation,
        list_gaps(invocation.act()),
        "Every plate seen at an open major incident is listed.",
        as_json,
    )


def _enter(
    act: Act, opened: OneIncident, hotlist: str, purpose: str, expires: datetime | None, reason: str
) -> None:
    from alpr_core.models import HotlistEntry
    from alpr_core.services.hotlists import add_to_hotlist

    incident = opened.incident
    for plate in opened.unlisted:
        entry = HotlistEntry(plate=plate, category=incident.type, expires=expires)
        add_to_hotlist(act, entry, name=hotlist, purpose=purpose, case=incident.case, reason=reason)
        note(f"Entered on {hotlist}: {plate}")


def _ask(question: str) -> str:
    """Ask at the terminal; nobody there is no answer."""
    try:
        answer: str = click.prompt(question, default="", show_default=False, err=True)
    except click.Abort:
        return ""
    return answer


def _end_of(day: str) -> datetime | None:
    return LOCAL_END.convert(day, None, None) if day else None


def _print(invocation: Invocation, found: list[OneIncident], empty: str, as_json: bool) -> None:
    zone = invocation.node().settings.zone
    print_rows(map(_row, found), columns=COLUMNS, as_json=as_json, empty=empty, zone=zone)


def _row(one: OneIncident) -> dict[str, object]:
    return {
        "case": one.incident.case,
        "type": one.incident.type,
        "major": one.major,
        "plates": one.incident.partials,
        "unlisted": one.unlisted,
        "opened": one.incident.opened_at,
        "by": one.badge,
        "closed": one.incident.closed_at,
    }
