"""``alpr-core approvals``: asking is done where the act is (``--request``); here is what follows."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.cli.times import LOCAL_END, LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.approval import Approval
    from alpr_core.services.approvals import Considered

_POLL = 2.0
"""Seconds between two looks at whether somebody has decided."""


@click.group()
def approvals() -> None:
    """Approvals: for whoever asked, for exactly that act, once or up to a time. Asked for with --request."""


@approvals.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that wait for a decision.")
@click.option("--overdue", is_flag=True, help="Only oral ones that were not confirmed in time.")
@json_option
@pass_invocation
def list_(invocation: Invocation, only_open: bool, overdue: bool, as_json: bool) -> None:
    """List your approvals; for who approves or audits, everybody's."""
    from alpr_core.services.approvals import list_approvals

    found = list_approvals(invocation.act())
    now = invocation.act().now
    print_rows(
        (
            {**_row(one), "state": _state(one.approval, now, overdue=one.overdue)}
            for one in found
            if (not only_open or not one.approval.verdict) and (not overdue or one.overdue)
        ),
        columns={
            "approval": "No.",
            "action": "For",
            "badge": "Badge",
            "name": "Asked by",
            "plate": "Plate",
            "case": "Case",
            "requested": "Asked",
            "state": "State",
        },
        as_json=as_json,
        empty="No approval.",
        zone=invocation.node().settings.zone,
    )


@approvals.command()
@click.argument("number", type=int)
@json_option
@pass_invocation
def show(invocation: Invocation, number: int, as_json: bool) -> None:
    """Show approval NUMBER: who asks, for what, why, by which paragraph, and what they searched before."""
    from alpr_core.services.approvals import show_approval

    act = invocation.act()
    one = show_approval(act, number)
    print_record(
        {
            **_row(one),
            "purpose": one.approval.purpose,
            "reason": one.approval.reason,
            "selection": one.approval.query,
            "asked by": [f"{clause}: {says}" for clause, says in one.clauses],
            "trained": one.trained,
            "authority": one.authority,
            "earlier searches of this plate": list(one.earlier),
            "state": _state(one.approval, act.now, overdue=one.overdue),
            "until": one.approval.until,
            "note": one.approval.note,
            "signed by": one.approval.signer,
            "confirm by": one.approval.countersign_by,
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )


@approvals.command()
@click.argument("number", type=int)
@click.option("--until", type=LOCAL_END, help="Up to when, for any number of uses; one use without it.")
@reason_option
@json_option
@pass_invocation
def grant(invocation: Invocation, number: int, until: datetime | None, reason: str, as_json: bool) -> None:
    """Give approval NUMBER, for one use or up to a time."""
    from alpr_core.services.approvals import grant as give

    zone = invocation.node().settings.zone
    given = give(invocation.act(), number, until=to_utc(until, zone), reason=reason)
    print_record(
        {"approval": number, "granted": True, "as": list(given.offices), "until": given.until},
        as_json=as_json,
        zone=zone,
    )


@approvals.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def deny(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """Refuse approval NUMBER, or take it back as long as it is not used up."""
    from alpr_core.services.approvals import deny as refuse

    refuse(invocation.act(), number, reason=reason)
    print_record({"approval": number, "granted": False}, as_json=as_json)


@approvals.command()
@click.argument("number", type=int)
@click.option("--timeout", type=click.FloatRange(0), default=600, show_default=True, help="Seconds.")
@json_option
@click.pass_context
@pass_invocation
def wait(invocation: Invocation, context: click.Context, number: int, timeout: float, as_json: bool) -> None:
    """Wait until somebody has decided on your request NUMBER.

    Exit status 0 if it is granted, 3 if it is refused, 1 if nobody has decided in time.
    """
    from alpr_core.services.approvals import verdict_on

    act = invocation.act()
    end = time.monotonic() + timeout
    while not (said := verdict_on(act, number)) and time.monotonic() < end:
        time.sleep(min(_POLL, max(0.0, end - time.monotonic())))
    print_record({"approval": number, "verdict": said or "nobody has decided yet"}, as_json=as_json)
    context.exit({"granted": 0, "denied": 3}.get(said, 1))


@approvals.command()
@click.argument("number", type=int)
@click.option("--oral", "badge", metavar="BADGE", help="It was given orally by this person.")
@click.option(
    "--paper",
    type=click.Path(dir_okay=False, path_type=Path),
    help="It was signed on paper, by somebody without an account: the scan.",
)
@click.option("--office", default="", help="Of a paper: the role of the pack in which it was signed.")
@click.option("--by", "signer", default="", help="Of a paper: name and office of who signed.")
@click.option("--on", "signed_on", type=click.DateTime(["%Y-%m-%d"]), help="Of a paper: the day.")
@reason_option
@json_option
@pass_invocation
def record(
    invocation: Invocation,
    number: int,
    badge: str | None,
    paper: Path | None,
    office: str,
    signer: str,
    signed_on: datetime | None,
    reason: str,
    as_json: bool,
) -> None:
    """Record that somebody else's request NUMBER was approved orally, or on paper.

    \b
    Examples:
      alpr-core approvals record 7 --oral 1001 --reason 'by radio, 02:10'
      alpr-core approvals record 8 --paper mayor.pdf --office mayor --by 'Kim Poe, Mayor' --on 2026-11-23
    """
    from alpr_core.services.approval_records import RECORD, record_oral, record_paper

    act = invocation.act()
    act.admit(RECORD, reason=reason)
    if (badge is None) == (paper is None):
        raise click.UsageError("Say how it was approved: --oral BADGE, or --paper FILE.")
    if badge is not None:
        done = record_oral(act, number, badge, reason=reason)
        note(f"It is to be confirmed: alpr-core approvals countersign {number}")
    else:
        if not (office and signer and signed_on):
            raise click.UsageError("A paper needs --office, --by and --on.")
        assert paper is not None  # noqa: S101  one of both is given
        done = record_paper(
            act, number, paper, office, signer=signer, signed_on=signed_on.date(), reason=reason
        )
    print_record(
        {
            "approval": number,
            "granted": True,
            "as": list(done.offices),
            "confirm by": done.countersign_by,
            "sha256": done.sha256,
        },
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )


@approvals.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def countersign(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """Confirm approval NUMBER, which you gave orally."""
    from alpr_core.services.approval_records import countersign as confirm

    act = invocation.act()
    late = confirm(act, number, reason=reason).is_overdue(act.now)
    print_record({"approval": number, "confirmed": True, "in time": not late}, as_json=as_json)


def _row(one: Considered) -> dict[str, object]:
    return {
        "approval": one.approval.id,
        "action": one.approval.action,
        "badge": one.badge,
        "name": one.name,
        "plate": one.approval.plate,
        "case": one.approval.case_number,
        "requested": one.approval.requested_at,
    }


def _state(one: Approval, now: datetime, *, overdue: bool) -> str:
    if not one.verdict:
        return "waits"
    if one.verdict == "denied":
        return "refused"
    used = one.used_at is not None and one.until is None
    state = "used" if used else "over" if one.until is not None and one.until <= now else "granted"
    return f"{state}, NOT CONFIRMED IN TIME" if overdue else state


@approvals.command()
@click.option("--set", "badge", default="", help="Put this badge number on the list.")
@click.option("--from", "since", type=LOCAL_TIME, help="With --set: from when; now if left out.")
@click.option("--until", type=LOCAL_END, help="With --set: up to when, that day included, or a time.")
@json_option
@pass_invocation
def duty(
    invocation: Invocation, badge: str, since: datetime | None, until: datetime | None, as_json: bool
) -> None:
    """Show who of those who approve is on duty, now and next; --set puts somebody on the list.

    \b
    Example:
      alpr-core approvals duty --set 1004 --from 2026-11-27T18:00 --until 2026-11-28T06:00
    """
    from alpr_core.services.duty import SET, list_duty, set_duty

    act, zone = invocation.act(), invocation.node().settings.zone
    if badge:
        act.admit(SET)
        end = to_utc(until, zone)
        if end is None:
            raise click.UsageError("Say up to when: --until.")
        found = [set_duty(act, badge, since=to_utc(since, zone), until=end)]
    else:
        found = list_duty(act)
    print_rows(
        (
            {
                "badge": one.person.badge,
                "name": one.person.name,
                "since": one.duty.since,
                "until": one.duty.until,
                "now": one.duty.since <= act.now,
                "approves": one.approves,
            }
            for one in found
        ),
        columns={
            "badge": "Badge",
            "name": "Name",
            "since": "From",
            "until": "Until",
            "now": "Now",
            "approves": "Approves",
        },
        as_json=as_json,
        empty="Nobody is on the duty list.",
        zone=zone,
    )
