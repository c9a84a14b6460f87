"""``alpr-core policy adopt``: that the department adopted its policy, and which counsel reviewed it."""

from __future__ import annotations

from datetime import date

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record


@click.command()
@click.option("--by", "adopted_by", required=True, help="Name and office of who adopted it.")
@click.option("--counsel", required=True, help="Name of the counsel who reviewed it.")
@click.option("--reviewed", help="The day of counsel's review, 2026-11-20; today if left out.", default="")
@json_option
@pass_invocation
def adopt(invocation: Invocation, adopted_by: str, counsel: str, reviewed: str, as_json: bool) -> None:
    """Record that the policy in force was adopted for the department, after counsel's review.

    Its disclaimer gives way to that. A policy that is changed is another one, and is adopted anew.

    \b
    Example:
      alpr-core policy adopt --by 'Kim Poe, Chief of Police' --counsel 'Lee Fox' --reviewed 2026-11-20
    """
    from alpr_core.services.policy import adopt_policy

    act = invocation.act()
    act.admit("policy.adopt")
    adoption = adopt_policy(
        act,
        adopted_by=adopted_by,
        counsel=counsel,
        reviewed_on=_day(reviewed) if reviewed else act.gate.policy.day(act.now),
    )
    print_record({"policy": adoption.policy_digest, "adopted": str(adoption)}, as_json=as_json)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise click.UsageError(f"--reviewed {written!r} is no day; write 2026-11-20.") from None
