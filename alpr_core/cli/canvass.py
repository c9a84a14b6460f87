"""``alpr-core canvass``: what is seen around a scene belongs to its incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from alpr_core.cli.approving import approval_option, offering_to_ask, request_option, tell_asked
from alpr_core.cli.asking import purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, print_rows

if TYPE_CHECKING:
    from alpr_core.services.canvasses import OneCanvass


@click.group()
def canvass() -> None:
    """Drives around a scene: the reads from start to stop belong to an incident."""


@canvass.command()
@click.argument("case")
@click.option("--area", default="", help="Where, in words.")
@click.option("--camera", "cameras", multiple=True, help="Whose reads; all cameras here if left out.")
@purpose_option
@reason_option
@request_option
@approval_option
@json_option
@pass_invocation
def start(
    invocation: Invocation,
    case: str,
    area: str,
    cameras: tuple[str, ...],
    purpose: str,
    reason: str,
    ask: bool,
    approval: int,
    as_json: bool,
) -> None:
    """Begin to canvass around the incident of this CASE number.

    \b
    Example:
      alpr-core canvass start 26-1041 --area 'Main St, 10 to 40' --camera car-7-front --purpose wanted
    """
    from alpr_core.services.canvasses import ask_to_canvass, start_canvass

    act = invocation.act()
    if ask:
        request = ask_to_canvass(act, case, area, cameras=cameras, purpose=purpose, reason=reason)
        tell_asked(request, as_json=as_json)
        return
    with offering_to_ask(act):
        begun = start_canvass(
            act, case, area, cameras=cameras, purpose=purpose, reason=reason, approval=approval
        )
    record = {"canvass": begun.id, "case": begun.case, "started": begun.started_at}
    print_record(record, as_json=as_json, zone=invocation.node().settings.zone)


@canvass.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def stop(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """End canvass NUMBER of the list."""
    from alpr_core.services.canvasses import stop_canvass

    ended = stop_canvass(invocation.act(), number, reason=reason)
    print_record(_row(ended), as_json=as_json, zone=invocation.node().settings.zone)


@canvass.command("list")
@click.option("--case", default="", help="Of this case only.")
@json_option
@pass_invocation
def list_(invocation: Invocation, case: str, as_json: bool) -> None:
    """List the canvasses with the number of their reads; reads search --canvass finds those."""
    from alpr_core.services.canvasses import list_canvasses

    print_rows(
        map(_row, list_canvasses(invocation.act(), case)),
        columns={
            "canvass": "No.",
            "case": "Case",
            "area": "Area",
            "cameras": "Cameras",
            "reads": "Reads",
            "started": "Started",
            "by": "By",
            "stopped": "Stopped",
        },
        as_json=as_json,
        empty="There was no canvass.",
        zone=invocation.node().settings.zone,
    )


def _row(one: OneCanvass) -> dict[str, object]:
    return {
        "canvass": one.canvass.id,
        "case": one.canvass.case,
        "area": one.canvass.area,
        "cameras": one.canvass.cameras,
        "reads": one.reads,
        "started": one.canvass.started_at,
        "by": one.badge,
        "stopped": one.canvass.stopped_at,
    }
