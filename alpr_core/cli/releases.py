"""``alpr-core releases``: what was asked for, by whom, and what left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.agencies import CLASSES
from alpr_core.cli.approving import approval_option, offering_to_ask, request_option, tell_asked
from alpr_core.cli.asking import case_option, purpose_option, reason_option
from alpr_core.cli.confined import Written
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.models import ReadKey

if TYPE_CHECKING:
    from alpr_core.services.releases import ReleaseRequest

COLUMNS = {
    "request": "No.",
    "class": "Class",
    "requester": "Asked by",
    "wanted": "Asked for",
    "legal_basis": "Legal basis",
    "received": "Received",
    "referred_to": "Referred to",
    "outcome": "Outcome",
    "closed": "On",
    "entry": "Entry",
}


@click.group()
def releases() -> None:
    """Requests for data: recorded, referred to the office that answers them, released or refused."""


@releases.command()
@click.option("--person", type=int, default=0, help="Who asks: their number on the register of agencies.")
@click.option("--class", "recipient_class", type=click.Choice(CLASSES), help="Else: what they are.")
@click.option("--requester", default="", help="Else: who they are, in words.")
@click.option("--wanted", default="", help="What they ask for, in words.")
@click.option("--legal-basis", default="", help="The law or order that permits it.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def request(
    invocation: Invocation,
    person: int,
    recipient_class: str | None,
    requester: str,
    wanted: str,
    legal_basis: str,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Record a request for data; one from outside law enforcement goes to the office that the policy names.

    \b
    Examples:
      alpr-core releases request --person 3 --wanted 'reads of 4KB792 since Monday' --purpose wanted --case 26-1041
      alpr-core releases request --class other --requester 'Pat Public' --wanted 'reads of my own car'
    """
    from alpr_core.services.releases import record_request

    referred = record_request(
        invocation.act(),
        person=person,
        recipient_class=recipient_class or "",
        requester=requester,
        wanted=wanted,
        legal_basis=legal_basis,
        purpose=purpose,
        case=case,
        reason=reason,
    )
    zone, titles = invocation.node().settings.zone, invocation.act().gate.policy.titles
    print_record(_row(referred.request), as_json=as_json, zone=zone)
    if referred.request.referred_to:
        note(
            f"Referred to the {titles(referred.request.referred_to)}, and nobody else answers it [{referred.clause}]."
        )


@releases.command()
@click.argument("number", type=int)
@click.option("--read", "keys", multiple=True, help="Key of a read that is released. Often, if need be.")
@click.option("--out", "folder", type=Written(path_type=Path), help="New folder. Default: outbox/release-N.")
@click.option("--legal-basis", default="", help="The law or order that permits it; else the request's.")
@click.option(
    "--dppa", default="", help="Permissible use of 18 U.S.C. 2721(b), where registry data leaves: b1."
)
@click.option("--without-images", is_flag=True, help="Leave the images out.")
@purpose_option
@case_option
@reason_option
@request_option
@approval_option
@json_option
@pass_invocation
def approve(
    invocation: Invocation,
    number: int,
    keys: tuple[str, ...],
    folder: Path | None,
    legal_basis: str,
    dppa: str,
    without_images: bool,
    purpose: str,
    case: str,
    reason: str,
    ask: bool,
    approval: int,
    as_json: bool,
) -> None:
    """Release reads to whoever made request NUMBER: a folder in the outbox, with hashes that are on the ledger.

    \b
    Example:
      alpr-core releases approve 7 --read 2026-11-23/0197... --purpose wanted --case 26-1041
    """
    from alpr_core.services.releases import ask_to_release, make_release

    act, node = invocation.act(), invocation.node()
    reads = [ReadKey(day=day, id=identifier) for day, _, identifier in (key.partition("/") for key in keys)]
    if ask:
        asked = ask_to_release(
            act, number, reads, legal_basis=legal_basis, purpose=purpose, case=case, reason=reason
        )
        tell_asked(asked, as_json=as_json)
        return
    with offering_to_ask(act):
        made = make_release(
            act,
            number,
            reads,
            folder or node.settings.outbox / f"release-{number}",
            legal_basis=legal_basis,
            dppa=dppa,
            with_images=not without_images,
            purpose=purpose,
            case=case,
            reason=reason,
            approval=approval,
        )
    for origin, clause in made.dropped.items():
        note(f"What came from {origin} is closed to recipients, and did not leave [{clause}].")
    print_record(
        {
            "request": number,
            "to": made.request.requester,
            "folder": made.folder,
            "reads": made.reads,
            "images": made.images,
            "sha256": made.digest,
            "recorded": made.entry,
        },
        as_json=as_json,
    )
    note("The recipient checks it with: sha256sum -c SHA256SUMS")


@releases.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def refuse(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """Answer referral NUMBER: nothing is released."""
    from alpr_core.services.releases import refuse_referral

    refused = refuse_referral(invocation.act(), number, reason=reason)
    print_record(_row(refused), as_json=as_json, zone=invocation.node().settings.zone)


@releases.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List every request for data with what became of it."""
    from alpr_core.services.releases import list_releases

    _print(invocation, list_releases(invocation.act()), "Nobody has asked for data.", as_json)


@releases.command()
@json_option
@pass_invocation
def referrals(invocation: Invocation, as_json: bool) -> None:
    """List the requests from outside law enforcement that wait for an answer."""
    from alpr_core.services.releases import list_referrals

    _print(invocation, list_referrals(invocation.act()), "No referral waits for an answer.", as_json)


def _print(invocation: Invocation, found: list[ReleaseRequest], empty: str, as_json: bool) -> None:
    zone = invocation.node().settings.zone
    print_rows(map(_row, found), columns=COLUMNS, as_json=as_json, empty=empty, zone=zone)


def _row(one: ReleaseRequest) -> dict[str, object]:
    return {
        "request": one.id,
        "class": one.recipient_class,
        "requester": one.requester,
        "wanted": one.wanted,
        "legal_basis": one.legal_basis,
        "case": one.case,
        "received": one.received_at,
        "referred_to": one.referred_to,
        "outcome": one.outcome,
        "closed": one.closed_at,
        "entry": one.entry,
    }
