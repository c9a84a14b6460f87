"""``alpr-core holds``: what is kept beyond its time, as evidence."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import asked, case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_TIME, to_utc
from alpr_core.models import ReadFilter, ReadKey
from alpr_core.places import Circle

if TYPE_CHECKING:
    from alpr_core.services.holds import OneHold

COLUMNS = {
    "hold": "Hold",
    "scope": "About",
    "why": "Why",
    "case": "Case",
    "reads": "Reads",
    "placed": "Placed",
    "by": "By",
    "review": "Review",
    "ended": "Ended",
}


@click.group()
def holds() -> None:
    """What is evidence, or is demanded, is not destroyed when its time is over."""


@holds.command()
@click.option("--read", "key", default="", help="One read, by its key.")
@click.option(
    "--plate", default="", help="The reads of a plate: ? and * as in a search, - asks for it unseen."
)
@click.option("--from", "since", type=LOCAL_TIME, help="Captured at or after this time.")
@click.option("--to", "until", type=LOCAL_TIME, help="Captured before this time; reads still to come too.")
@click.option("--camera", "cameras", multiple=True, help="Of this camera only. Often, if need be.")
@click.option("--near", default="", help="Seen within so many metres of a place: 44.9429,-123.0351,500.")
@click.option("--why", default="", help="criminal, civil, records_demand, ...: the policy's reasons to hold.")
@click.option("--review", type=LOCAL_TIME, help="Day on which it is looked at again. Default: in 90 days.")
@case_option
@purpose_option
@reason_option
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    key: str,
    plate: str,
    since: datetime | None,
    until: datetime | None,
    cameras: tuple[str, ...],
    near: str,
    why: str,
    review: datetime | None,
    case: str,
    purpose: str,
    reason: str,
    as_json: bool,
) -> None:
    """Keep one read, the reads of a plate, or those of a time and place; those that come later too.

    \b
    Examples:
      alpr-core holds add --read 2026-11-23/0197... --why criminal --case 26-1041 --reason 'the getaway car'
      alpr-core holds add --from 2026-11-23T13:00 --to 2026-11-23T15:00 --near 44.9429,-123.0351,500 --why civil ...
    """
    from alpr_core.services.holds import place_hold

    zone = invocation.node().settings.zone
    wanted = None
    if not key:
        wanted = ReadFilter(
            plate=asked(plate),
            since=to_utc(since, zone),
            until=to_utc(until, zone),
            cameras=cameras,
            near=Circle.parse(near) if near else None,
        )
    placed = place_hold(
        invocation.act(),
        read=ReadKey(day=key.partition("/")[0], id=key.partition("/")[2]) if key else None,
        wanted=wanted,
        why=why,
        case=case,
        reason=reason,
        purpose=purpose,
        review=review.date() if review else None,
    )
    print_record(_row(placed), as_json=as_json, zone=zone)
    if wanted is not None:
        note("What comes later and fits is held too, until the hold ends.")


@holds.command()
@click.argument("number", type=int)
@click.option(
    "--booked",
    type=click.Choice(["", "book_portable_media", "attach_to_report"]),
    default="",
    help="How the data was kept as evidence, where the policy asks for that before a hold may end.",
)
@reason_option
@json_option
@pass_invocation
def end(invocation: Invocation, number: int, booked: str, reason: str, as_json: bool) -> None:
    """End the hold NUMBER: what it kept is due as if it had never been.

    \b
    Example:
      alpr-core holds end 3 --reason 'the verdict is final' --booked book_portable_media
    """
    from alpr_core.services.holds import end_hold

    ended = end_hold(invocation.act(), number, reason=reason, kept=booked)
    print_record(_row(ended), as_json=as_json, zone=invocation.node().settings.zone)


@holds.command("list")
@click.option("--open", "open_only", is_flag=True, help="Open ones only.")
@json_option
@pass_invocation
def list_(invocation: Invocation, open_only: bool, as_json: bool) -> None:
    """List the holds, newest first."""
    from alpr_core.services.holds import list_holds

    found = list_holds(invocation.act(), open_only=open_only)
    zone = invocation.node().settings.zone
    print_rows(map(_row, found), columns=COLUMNS, as_json=as_json, empty="Nothing is held.", zone=zone)


def _row(one: OneHold) -> dict[str, object]:
    return {
        "hold": one.hold.id,
        "scope": one.hold.scope,
        "why": one.hold.reason_code,
        "case": one.hold.case,
        "reads": one.reads,
        "placed": one.hold.placed_at,
        "by": one.badge,
        "review": one.hold.review_on.isoformat(),
        "ended": one.hold.ended_at,
    }
