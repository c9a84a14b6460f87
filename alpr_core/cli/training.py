"""``alpr-core training``: who is trained for what, and who lacks a training that the policy asks for."""

from __future__ import annotations

from datetime import datetime

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc


@click.group()
def training() -> None:
    """Trainings: to operate a reader, to open its data, to ask a state's system. Checked at each act."""


@training.command()
@click.argument("badge")
@click.argument("course")
@click.option("--date", "held", type=LOCAL_TIME, required=True, help="When it was passed.")
@click.option("--expires", type=LOCAL_END, help="Until when it counts, that day included, or a time.")
@click.option(
    "--area",
    default="",
    help="What it is for, if the course is not on file: operate, access, or a state's system as leds.",
)
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    badge: str,
    course: str,
    held: datetime,
    expires: datetime | None,
    area: str,
    as_json: bool,
) -> None:
    """Record that the person with this BADGE number passed COURSE, by number or title of the programme file.

    \b
    Example:
      alpr-core training add 1002 'ALPR access' --date 2026-11-23
      alpr-core training add 1002 'State course' --area access --date 2026-11-23 --expires 2027-11-22
      alpr-core training add 1002 'LEDS certification' --area leds --date 2026-11-23
    """
    from alpr_core.services.training import record_training

    act, zone = invocation.act(), invocation.node().settings.zone
    passed = to_utc(held, zone)
    assert passed is not None  # noqa: S101  the option is required
    done = record_training(act, badge, course, area=area, held=passed, expires=to_utc(expires, zone))
    print_record(
        {
            "badge": done.badge,
            "name": done.name,
            "area": done.training.area,
            "course": done.training.course,
            "ends": done.ends,
        },
        as_json=as_json,
        zone=zone,
    )


@training.command("list")
@click.argument("badge", required=False, default="")
@json_option
@pass_invocation
def list_(invocation: Invocation, badge: str, as_json: bool) -> None:
    """List the trainings on record, of one person or of everybody."""
    from alpr_core.services.training import list_trainings

    print_rows(
        (
            {
                "badge": one.badge,
                "name": one.name,
                "area": one.training.area,
                "course": one.training.course,
                "held": one.training.held_at,
                "ends": one.ends,
                "counts": one.counts,
            }
            for one in list_trainings(invocation.act(), badge)
        ),
        columns={
            "badge": "Badge",
            "name": "Name",
            "area": "For",
            "course": "Course",
            "held": "Passed",
            "ends": "Ends",
            "counts": "Counts",
        },
        as_json=as_json,
        empty="No training is on record.",
        zone=invocation.node().settings.zone,
    )


@training.command()
@json_option
@pass_invocation
def gaps(invocation: Invocation, as_json: bool) -> None:
    """List who lacks a training that the policy or a state's system asks of them, or will within 30 days."""
    from alpr_core.services.training import training_gaps

    found = training_gaps(invocation.act())
    print_rows(
        (
            {
                "badge": one.badge,
                "name": one.name,
                "area": one.area,
                "lacking": one.lacking,
                "ends": one.ends,
                "clause": one.clause,
            }
            for one in found
        ),
        columns={
            "badge": "Badge",
            "name": "Name",
            "area": "For",
            "lacking": "Lacking now",
            "ends": "Ends",
            "clause": "Asked by",
        },
        as_json=as_json,
        empty="Nobody lacks a training.",
        zone=invocation.node().settings.zone,
    )
    if lacking := sum(one.lacking for one in found):
        note(f"{lacking} lacking: what needs it is denied until then.")
