"""``alpr-core hits``: the reads that met a hotlist."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from alpr_core.cli.asking import asked, case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.hits_shown import COLUMNS, of_hit, print_answers, verifications
from alpr_core.cli.output import json_option, note, print_record, print_rows, say
from alpr_core.cli.times import LOCAL_TIME, to_utc

if TYPE_CHECKING:
    from alpr_core.services.state_queries import Record

REASON_CODES = ("N", "F", "V", "T", "S", "H", "I")
RESULTS = ("confirmed", "refuted", "no_answer")
DISPOSITIONS = (
    "arrest",
    "citation",
    "recovered",
    "stopped",
    "assisted",
    "observed",
    "not_found",
    "passed_on",
    "misread",
    "other_state",
    "not_wanted",
    "no_action",
)
"""Written out, so that help needs no service; a test compares it with theirs."""

system_option = click.option(
    "--system", default="", help="Which system, as its data source is called: leds. Default: the policy's."
)
dppa_option = click.option(
    "--dppa", default="", help="Permissible use of registry data that is asked for: b1."
)
patience_option = click.option(
    "--patience",
    type=click.IntRange(1, 3600),
    help="Seconds to wait: 30; for a confirmation as long as the agency has.",
)


@click.group()
def hits() -> None:
    """Reads that met a hotlist, each with its explanation. A hit is to be verified before anybody is stopped."""


@hits.command("list")
@click.option("--hotlist", default="", help="Hits of this hotlist only.")
@click.option("--limit", type=click.IntRange(1, 500), default=100, show_default=True, help="The newest.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def list_(
    invocation: Invocation, hotlist: str, limit: int, purpose: str, case: str, reason: str, as_json: bool
) -> None:
    """List hits, newest first, with what was listed, what was read, and how the two met.

    \b
    Example:
      alpr-core hits list --hotlist stolen
    """
    from alpr_core.services.hits import list_hits

    act = invocation.act()
    found = list_hits(act, hotlist=hotlist, limit=limit, purpose=purpose, case=case, reason=reason)
    print_rows(
        (
            {
                "raised_at": hit.raised_at,
                "hotlist": hit.hotlist,
                "category": hit.listed.category,
                "priority": hit.listed.priority,
                "listed": hit.listed.plate,
                "state": hit.listed.state,
                "plate": hit.plate,
                "match": hit.match.kind,
                "candidate": hit.match.candidate,
                "explanation": hit.match.explanation,
                "reason": hit.listed.reason,
                "case": hit.listed.case_number,
                "disposition": hit.disposition,
                "read": str(hit.read),
                "hit": hit.id,
            }
            for hit in found
        ),
        columns={
            "raised_at": "Raised",
            "hotlist": "Hotlist",
            "category": "Category",
            "listed": "Listed",
            "state": "State",
            "plate": "Read as",
            "explanation": "How they met",
            "disposition": "Became",
            "read": "Read",
            "hit": "Hit",
        },
        as_json=as_json,
        empty="No hit.",
        zone=invocation.node().settings.zone,
    )
    if len(found) == limit:
        note(f"These are the {limit} newest; there may be more.")


@hits.command()
@click.argument("hit")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def show(invocation: Invocation, hit: str, purpose: str, case: str, reason: str, as_json: bool) -> None:
    """Show everything about one HIT: its read, how it was verified, what became of it.

    \b
    Example:
      alpr-core hits show 0197a1c2-7d1e-7bb3-9f5e-3a6b1c2d4e5f
    """
    from alpr_core.services.hits import show_hit

    one = show_hit(invocation.act(), hit, purpose=purpose, case=case, reason=reason)
    zone = invocation.node().settings.zone
    made = list(verifications(one))
    record = {**of_hit(one), **({"verifications": made} if as_json else {})}
    print_record(record, as_json=as_json, zone=zone)
    if as_json:
        return
    say("")
    print_rows(
        made,
        columns=COLUMNS,
        as_json=False,
        empty="Nobody has verified it.",
        zone=zone,
    )


@hits.command()
@click.argument("hit")
@click.option("--seen", help="The plate that you see on the picture; - asks for it unseen.")
@click.option("--state", help="With --seen: the state that you see, two letters.")
@click.option("--reported", is_flag=True, help="A system was asked elsewhere: record what it answered.")
@system_option
@click.option("--by", help="With --reported: who asked it, badge number or name.")
@click.option("--certificate", help="With --reported: the number of their certificate.")
@click.option("--at", type=LOCAL_TIME, help="With --reported: when it answered; now if left out.")
@click.option("--result", type=click.Choice(RESULTS), help="With --reported: what it answered.")
@click.option(
    "--how",
    type=click.Choice(("radio", "terminal")),
    help="With --reported: how you heard; by radio if left out.",
)
@dppa_option
@click.option(
    "--reason-code",
    type=click.Choice(REASON_CODES, case_sensitive=False),
    help="Nlets' code of why it is asked, where the system wants one.",
)
@patience_option
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def verify(
    invocation: Invocation,
    hit: str,
    seen: str | None,
    state: str | None,
    reported: bool,
    system: str,
    by: str | None,
    certificate: str | None,
    at: datetime | None,
    result: str | None,
    how: str | None,
    dppa: str,
    reason_code: str | None,
    patience: int | None,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Verify a HIT: say what you see on its picture, ask the state's system, or report what that answered.

    \b
    Examples:
      alpr-core hits verify HIT --seen 4KB792 --state OR --purpose stolen_vehicle
      alpr-core hits verify HIT --purpose stolen_vehicle --case 26-1041
      alpr-core hits verify HIT --reported --by 1017 --certificate 44-1203 --result confirmed --purpose wanted
    """
    why = {"purpose": purpose, "case": case, "reason": reason}
    of_a_report = {"--by": by, "--certificate": certificate, "--at": at, "--result": result, "--how": how}
    if seen is not None and reported:
        raise click.UsageError("Either you look at the picture, --seen, or you report an answer, --reported.")
    _only_with("--reported", of_a_report, given=reported)
    _only_with("--seen PLATE", {"--state": state}, given=seen is not None)
    asks = not reported and seen is None
    _only_with("a query alone", {"--reason-code": reason_code}, given=asks)
    if reported:
        record = _report(
            invocation, hit, system, by or "", certificate or "", at, result or "", how or "radio", why
        )
    elif seen is not None:
        record = _see(invocation, hit, seen, state or "", why)
    else:
        more = {"system": system, "dppa": dppa, "reason_code": reason_code or "", "patience": patience}
        _ask(invocation, hit, None, as_json=as_json, **more, **why)
        return
    print_record(record, as_json=as_json, zone=invocation.node().settings.zone)


@hits.command()
@click.argument("hit")
@click.option("--to", "agency", required=True, help="The agency that entered the record: its ORI.")
@click.option("--type", "kind", default="SV", show_default=True, help="Of the record: SV vehicle, SL plate.")
@click.option("--record-case", default="", help="That agency's case number, OCA in the answer.")
@click.option("--nic", default="", help="The record's NCIC number, NIC in the answer.")
@click.option("--routine", is_flag=True, help="Within an hour is soon enough; else within ten minutes.")
@system_option
@dppa_option
@patience_option
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def confirm(
    invocation: Invocation,
    hit: str,
    agency: str,
    kind: str,
    record_case: str,
    nic: str,
    routine: bool,
    system: str,
    dppa: str,
    patience: int | None,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Ask the agency that entered a record whether it stands by it, through the state's system.

    What is not answered in time is asked again with the next request number, three times at most.

    \b
    Example:
      alpr-core hits confirm HIT --to WA0170000 --nic V123456789 --purpose stolen_vehicle --case 26-1041
    """
    from alpr_core.services.state_queries import Record

    if patience is None:
        time = "an hour" if routine else "ten minutes"
        note(f"Waiting up to {time} for the agency. What it answers after that comes at the terminal alone.")
    record = Record(
        ori=agency.upper(), type=kind.upper(), case=record_case, nic=nic.upper(), urgent=not routine
    )
    why = {"purpose": purpose, "case": case, "reason": reason}
    _ask(invocation, hit, record, as_json=as_json, system=system, dppa=dppa, patience=patience, **why)


@hits.command()
@click.argument("hit")
@click.option(
    "--as", "disposition", required=True, type=click.Choice(DISPOSITIONS), help="What became of it."
)
@click.option("--enforced", is_flag=True, help="Enforcement was based on the alert alone.")
@click.option("--other-grounds", is_flag=True, help="Enforcement had other grounds; --reason names them.")
@click.option("--not-practicable", is_flag=True, help="It could not be verified before; --reason says why.")
@purpose_option
@case_option
@reason_option
@json_option
@pass_invocation
def dispose(
    invocation: Invocation,
    hit: str,
    disposition: str,
    enforced: bool,
    other_grounds: bool,
    not_practicable: bool,
    purpose: str,
    case: str,
    reason: str,
    as_json: bool,
) -> None:
    """Say what became of a HIT.

    \b
    Example:
      alpr-core hits dispose HIT --as recovered --case 26-1041
      alpr-core hits dispose HIT --as stopped --not-practicable --reason 'no radio in the canyon'
    """
    from alpr_core.services.dispositions import dispose_hit

    said = dispose_hit(
        invocation.act(),
        hit,
        disposition,
        enforced=enforced,
        other_grounds=other_grounds,
        not_practicable=not_practicable,
        purpose=purpose,
        case=case,
        reason=reason,
    )
    print_record(
        {
            "hit": hit,
            "disposition": said.disposition,
            "enforced": said.enforced,
            "not_practicable": said.not_practicable,
            "recorded": said.entry,
        },
        as_json=as_json,
    )


def _only_with(option: str, others: Mapping[str, object], *, given: bool) -> None:
    """Refuse options that say nothing without another one: what somebody typed is never passed over."""
    alone = [name for name, value in others.items() if value is not None]
    if alone and not given:
        raise click.UsageError(f"{', '.join(alone)} is recorded with {option}.")


def _see(invocation: Invocation, hit: str, seen: str, state: str, why: dict[str, str]) -> dict[str, object]:
    from alpr_core.services.verifying import see_hit

    made = see_hit(invocation.act(), hit, asked(seen), state=state, **why)
    if made.result == "differs":
        note("That is not what is listed: the hit is refuted by sight. Say what becomes of it: hits dispose.")
    return {"hit": hit, "by": made.kind, "result": made.result, "at": made.at, "recorded": made.entry}


def _report(
    invocation: Invocation,
    hit: str,
    system: str,
    by: str,
    certificate: str,
    at: datetime | None,
    result: str,
    how: str,
    why: dict[str, str],
) -> dict[str, object]:
    from alpr_core.services.verifying import Report, report_verification

    if not result:
        raise click.UsageError(f"Say what the system answered, --result: {', '.join(RESULTS)}.")
    when = to_utc(at, invocation.node().settings.zone)
    said = Report(system=system, by=by, certificate=certificate, at=when, result=result, how=how)
    made = report_verification(invocation.act(), hit, said, **why)
    return {"hit": hit, "by": made.kind, "result": made.result, "at": made.at, "recorded": made.entry}


def _ask(invocation: Invocation, hit: str, record: Record | None, *, as_json: bool, **more: Any) -> None:
    """Ask a state's system, and print what it answers."""
    from alpr_core.services.state_queries import ask_state

    act, node = invocation.act(), invocation.node()
    answered = ask_state(act, hit, node.state_source, record=record, ori=node.settings.node.ori, **more)
    print_answers(answered, as_json=as_json, zone=node.settings.zone)
