"""``alpr-core reads``: search what is stored, show one read, open its images."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from alpr_core.cli.approving import approval_option, offering_to_ask, request_option, tell_asked
from alpr_core.cli.asking import asked, case_option, purpose_option, reason_option
from alpr_core.cli.confined import Written
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.reads_import import import_
from alpr_core.cli.times import LOCAL_TIME, to_utc
from alpr_core.errors import InputError
from alpr_core.files import handed_over
from alpr_core.models import Read, ReadFilter, ReadKey
from alpr_core.places import Circle


@click.group()
def reads() -> None:
    """Search and show stored reads; import those of other systems. Every search is an entry on the ledger."""


reads.add_command(import_)


@reads.command()
@click.argument("plate", required=False, default="")
@purpose_option
@case_option
@reason_option
@click.option("--from", "since", type=LOCAL_TIME, help="Captured at or after this time.")
@click.option("--to", "until", type=LOCAL_TIME, help="Captured before this time.")
@click.option("--camera", "cameras", multiple=True, help="This camera only. Often, if need be.")
@click.option("--near", default="", help="Seen within so many metres of a place: 44.9429,-123.0351,500.")
@click.option(
    "--canvass", type=click.IntRange(0), default=0, help="Reads of this canvass only, by its number."
)
@click.option("--fuzzy", is_flag=True, help="Also plates with one character more, less or other.")
@click.option("--exact", is_flag=True, help="Leave out plates that only look alike (O for 0, I for 1).")
@click.option("--limit", type=click.IntRange(1, 100), default=100, show_default=True)
@request_option
@approval_option
@json_option
@pass_invocation
def search(
    invocation: Invocation,
    plate: str,
    purpose: str,
    case: str,
    reason: str,
    since: datetime | None,
    until: datetime | None,
    cameras: tuple[str, ...],
    near: str,
    canvass: int,
    fuzzy: bool,
    exact: bool,
    limit: int,
    ask: bool,
    approval: int,
    as_json: bool,
) -> None:
    """Find reads of PLATE: ? stands for one character, * for any number, - asks for it unseen.

    \b
    Example:
      alpr-core reads search 'ABC?23' --purpose stolen_vehicle --case 26-1041
    """
    from alpr_core.services.search import ask_to_search, search_reads

    act, zone = invocation.act(), invocation.node().settings.zone
    wanted = ReadFilter(
        plate=asked(plate),
        confusable=not exact,
        since=to_utc(since, zone),
        until=to_utc(until, zone),
        cameras=cameras,
        near=Circle.parse(near) if near else None,
        canvass=canvass,
        fuzzy=fuzzy,
        limit=limit,
    )
    if ask:
        tell_asked(ask_to_search(act, wanted, purpose=purpose, case=case, reason=reason), as_json=as_json)
        return
    with offering_to_ask(act):
        found = search_reads(act, wanted, purpose=purpose, case=case, reason=reason, approval=approval)
    print_rows(
        [_row(read) for read in found.reads],
        columns={
            "plate": "Plate",
            "corrected": "Corrected",
            "confidence": "%",
            "captured_at": "Seen",
            "camera": "Camera",
            "read": "Read",
        },
        as_json=as_json,
        empty="No read meets this.",
        zone=zone,
    )
    more = " There are more; narrow the search." if found.capped else ""
    note(f"{len(found.reads)} reads.{more} Recorded as ledger entry {found.entry}.")


@reads.command()
@click.argument("key")
@click.option(
    "--image", "image_file", type=Written(dir_okay=False, path_type=Path), help="Write its image here."
)
@click.option("--kind", type=click.Choice(["frame", "plate"]), default="frame", show_default=True)
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def show(
    invocation: Invocation,
    key: str,
    image_file: Path | None,
    kind: str,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Show the read KEY with its candidates; --image opens one of its images, an act of its own.

    \b
    Example:
      alpr-core reads show 2026-11-23/0197... --image car.jpg --purpose stolen_vehicle --case 26-1041
    """
    from alpr_core.services.search import open_image, show_read

    act, wanted = invocation.act(), _key(key)
    read = show_read(act, wanted, purpose=purpose, case=case, reason=reason)
    print_record(
        {
            **_row(read),
            "candidates": [f"{one.text} {100 * one.confidence:.1f} %" for one in read.candidates],
            "images": read.images,
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )
    if image_file is not None:
        _write_new(image_file, open_image(act, wanted, kind, purpose=purpose, case=case, reason=reason))


@reads.command()
@click.argument("key")
@click.option("--plate", default="", help="What stands on the plate; - asks for it unseen.")
@click.option("--withdraw", is_flag=True, help="Take the correction that is there back.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def correct(
    invocation: Invocation,
    key: str,
    plate: str,
    withdraw: bool,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Write a correction beside the read KEY. What was read stays; searches find both, and show both.

    \b
    Example:
      alpr-core reads correct 2026-11-23/0197... --plate 4KB792 --reason 'the picture shows a B, not an 8'
    """
    from alpr_core.services.corrections import ACTION, correct_read

    act = invocation.act()
    act.admit(ACTION, purpose=purpose, case=case, reason=reason)
    if withdraw == bool(plate):
        raise click.UsageError("Say what stands there, --plate, or --withdraw.")
    read = correct_read(act, _key(key), asked(plate), purpose=purpose, case=case, reason=reason)
    print_record(_row(read), as_json=as_json, zone=invocation.node().settings.zone)


def _row(read: Read) -> dict[str, object]:
    return {
        "read": str(read.key),
        "plate": read.plate,
        "corrected": read.corrected,
        "confidence": round(100 * read.confidence, 1),
        "region": read.region,
        "captured_at": read.captured_at,
        "last_seen": read.last_seen,
        "frames": read.frames,
        "camera": read.camera,
    }


def _key(text: str) -> ReadKey:
    """Take DAY/ID apart; whether there is such a read, the service says, after the gate."""
    day, _, identifier = text.partition("/")
    return ReadKey(day=day, id=identifier)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that only this account can read, in outbox/ its group too; never over another one."""
    try:
        with os.fdopen(
            os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, handed_over(path.parent)), "wb"
        ) as file:
            file.write(data)
    except FileExistsError as error:
        raise InputError(f"{path} is there already; give --image a new name") from error
    except OSError as error:
        raise InputError(f"{path} cannot be written: {error.strerror}") from error
    note(f"Written: {path}")
