"""``alpr-core devices``: the readers, where they are, and who approved of that."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc
from alpr_core.models import Position

if TYPE_CHECKING:
    from alpr_core.services.devices import Reader

place_option = click.option("--place", default="", help="Where it is, in words; of a car, where in the car.")
at_option = click.option(
    "--at", "spot", default="", help="Latitude and longitude in degrees: 40.5887,-83.1285."
)


@click.group()
def devices() -> None:
    """The register of readers: where each is, whether that was approved, whether it is in service."""


@devices.command()
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["fixed", "vehicle", "portable"]), default="fixed", show_default=True
)
@place_option
@at_option
@click.option("--camera", "cameras", multiple=True, help="A camera on it; one of its own name if left out.")
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    name: str,
    kind: str,
    place: str,
    spot: str,
    cameras: tuple[str, ...],
    as_json: bool,
) -> None:
    """Put the reader NAME on the register. It stores nothing before devices install.

    \b
    Example:
      alpr-core devices add gate-1 --place 'Main St, mast 12' --at 40.5887,-83.1285
    """
    from alpr_core.services.devices import ADD, add_device

    act = invocation.act()
    act.admit(ADD)
    one = add_device(act, name, kind=kind, place=place, position=_position(spot), cameras=cameras)
    print_record(
        {"device": one.name, "kind": one.kind, "place": one.place, "in service": False}, as_json=as_json
    )


@devices.command()
@click.argument("name")
@click.option("--paper", type=click.Path(path_type=Path), help="The scan of what was signed.")
@click.option("--by", "signer", default="", help="Name and office of who signed.")
@click.option("--on", "signed_on", type=click.DateTime(["%Y-%m-%d"]), help="The day it was signed.")
@json_option
@pass_invocation
def approve(
    invocation: Invocation,
    name: str,
    paper: Path | None,
    signer: str,
    signed_on: datetime | None,
    as_json: bool,
) -> None:
    """Put the written approval of where the reader NAME is on record. Moving it ends the approval."""
    from alpr_core.services.devices import APPROVE, approve_location

    act = invocation.act()
    act.admit(APPROVE)
    if paper is None or signed_on is None:
        raise click.UsageError("Give the scan, --paper, who signed, --by, and the day, --on.")
    one = approve_location(act, name, paper, signer=signer, signed_on=signed_on.date())
    record = {"device": name, "signed by": one.signer, "on": one.signed_on, "sha256": one.sha256}
    print_record(record, as_json=as_json)


@devices.command()
@click.argument("name")
@reason_option
@json_option
@pass_invocation
def install(invocation: Invocation, name: str, reason: str, as_json: bool) -> None:
    """Put the reader NAME into service where it is."""
    from alpr_core.services.devices import install_device

    one = install_device(invocation.act(), name, reason=reason)
    if one.approval is None:
        note("No written approval of this location is on record.")
    print_record(_row(one), as_json=as_json, zone=invocation.node().settings.zone)


@devices.command()
@click.argument("name")
@place_option
@at_option
@reason_option
@json_option
@pass_invocation
def move(invocation: Invocation, name: str, place: str, spot: str, reason: str, as_json: bool) -> None:
    """Note where the reader NAME is now. It is out of service, and the approval of where it was has ended."""
    from alpr_core.services.devices import MOVE, move_device

    act = invocation.act()
    act.admit(MOVE, reason=reason)
    moved = move_device(act, name, place, position=_position(spot), reason=reason)
    print_record({"device": moved.name, "place": moved.place, "in service": False}, as_json=as_json)
    note(
        f"Next: alpr-core devices approve {name}, where the policy asks for it; then devices install {name}."
    )


@devices.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the register."""
    from alpr_core.services.devices import list_devices

    print_rows(
        map(_row, list_devices(invocation.act())),
        columns={
            "device": "Reader",
            "kind": "Kind",
            "place": "Place",
            "at": "Position",
            "cameras": "Cameras",
            "approved": "Location approved by",
            "in_service": "In service since",
        },
        as_json=as_json,
        empty="No reader is on the register.",
        zone=invocation.node().settings.zone,
    )


@devices.command()
@click.option("--camera", default="", help="Of this camera alone.")
@click.option("--from", "since", type=LOCAL_TIME, help="Gaps that ended after this time.")
@click.option(
    "--to", "until", type=LOCAL_END, help="Gaps that began before this time; a date includes its day."
)
@json_option
@pass_invocation
def gaps(
    invocation: Invocation, camera: str, since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """List when cameras captured nothing for more than five minutes, and why.

    \b
    Example:
      alpr-core devices gaps --camera car-7-front --from 2026-11-01 --to 2026-11-30
    """
    from alpr_core.services.heartbeats import GAPS, REASONS, list_gaps

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(GAPS)
    found = list_gaps(act, camera=camera, since=to_utc(since, zone), until=to_utc(until, zone))
    now = act.now
    print_rows(
        [
            {
                "camera": gap.camera,
                "since": gap.since,
                "until": gap.until,
                "seconds": int(gap.lasts(now).total_seconds()),
                "reason": gap.reason if as_json else REASONS[gap.reason],
            }
            for gap in found
        ],
        columns={"camera": "Camera", "since": "Since", "until": "Until", "seconds": "s", "reason": "Reason"},
        as_json=as_json,
        empty="No gap of capture is known.",
        zone=zone,
    )


def _position(spot: str) -> Position | None:
    if not spot:
        return None
    try:
        latitude, longitude = map(float, spot.split(","))
    except ValueError as error:
        raise click.UsageError(
            "--at: write latitude and longitude in degrees, as 40.5887,-83.1285"
        ) from error
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise click.UsageError("--at: a latitude is -90 to 90 degrees, a longitude -180 to 180")
    return Position(latitude=latitude, longitude=longitude)


def _row(one: Reader) -> dict[str, object]:
    position = one.device.position
    return {
        "device": one.device.name,
        "kind": one.device.kind,
        "place": one.device.place,
        "at": f"{position.latitude},{position.longitude}" if position else "",
        "cameras": one.cameras,
        "approved": f"{one.approval.signer}, {one.approval.signed_on}" if one.approval else "",
        "in_service": one.device.in_service_since,
    }
