"""``alpr-core policy explain``: what the policy would say of an act, and what would have to change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from alpr_core.cli.asking import case_option, purpose_option, reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record, say
from alpr_core.cli.policy_chosen import chosen_policy, overlay_option, pack_option
from alpr_core.cli.policy_facts import read_facts
from alpr_core.cli.policy_show import wrapped
from alpr_core.cli.times import LOCAL_TIME, to_utc
from alpr_core.clock import system_clock

if TYPE_CHECKING:
    from alpr_core.policy import Policy
    from alpr_core.policy.explaining import Explanation, Spoken


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """The act that is asked about."""

    action: str
    at: datetime | None
    purpose: str
    case: str
    reason: str
    origin: str
    facts: Mapping[str, Any]


@click.command()
@click.argument("action")
@click.option(
    "--as",
    "who",
    multiple=True,
    required=True,
    metavar="WHO",
    help="A role of the pack, or everyone; may be given again. At a node also a badge number.",
)
@click.option(
    "--fact", "facts", multiple=True, metavar="NAME=VALUE", help="What else is known; may be given again."
)
@purpose_option
@case_option
@reason_option
@click.option("--origin", type=click.Choice(["server", "vehicle"]), help="Where the data stands.")
@click.option("--at", type=LOCAL_TIME, help="When; now if absent.")
@pack_option
@overlay_option
@json_option
@click.pass_context
@pass_invocation
def explain(
    invocation: Invocation,
    context: click.Context,
    action: str,
    who: tuple[str, ...],
    facts: tuple[str, ...],
    purpose: str,
    case: str,
    reason: str,
    origin: str | None,
    at: datetime | None,
    pack: str | None,
    overlays: tuple[str, ...],
    as_json: bool,
) -> None:
    """Say whether ACTION would be allowed, by which paragraphs, and what would have to change. Nothing is done.

    Exit status 0 if it is allowed, also with a warning; 3 if it is denied. With a role it needs no login, and with
    --pack no node. With a badge number it is an act at the node: it goes on record that you asked about this person.

    Facts are trained, authority, approved_by, names_one and whatever else the policy's rules look at:
    --fact trained=access,operate --fact names_one=yes.

    \b
    Examples:
      alpr-core policy explain search.run --as officer --purpose wanted --pack minimal
      alpr-core policy explain search.run --as 1002 --purpose wanted --case 26-1234
    """
    chosen = chosen_policy(invocation, pack, overlays, overlay_alone=False)
    settings = invocation.settings_or_none()
    zone = settings.zone if settings is not None else ZoneInfo("UTC")
    badge = _badge(who, chosen, at_the_node=pack is None)
    if badge is not None:
        invocation.act().admit("policy.explain")
    asked = _Asked(
        action=_known(action),
        at=to_utc(at, zone),
        purpose=purpose,
        case=case,
        reason=reason,
        origin=origin or "",
        facts=read_facts(facts, zone),
    )
    answer = (
        _of_roles(invocation, chosen, who, asked) if badge is None else _of_person(invocation, badge, asked)
    )
    if as_json:
        print_record(answer.as_json(), as_json=True)
    else:
        say("\n".join(_page(answer, chosen)))
    context.exit(0 if answer.decision.allowed else 3)


def _badge(who: Sequence[str], policy: Policy, *, at_the_node: bool) -> str | None:
    """Return the badge number that is meant, None where roles are.

    Raises:
        click.UsageError: it is neither.
    """
    from alpr_core.policy import EVERYONE
    from alpr_core.problems import suggestion

    known = [*policy.roles, EVERYONE]
    other = [name for name in who if name not in known]
    if not other:
        return None
    near = suggestion(other[0], known)
    is_word = re.fullmatch("[a-z_]+", other[0]) is not None
    if len(who) > 1 or not at_the_node or (is_word and near):
        roles = ", ".join(known)
        raise click.UsageError(f"--as {other[0]}: {policy.id} has no such role.{near} Roles: {roles}.")
    return other[0]


def _known(action: str) -> str:
    from alpr_core.entries import ACTIONS
    from alpr_core.policy.vocabulary import TO_COME
    from alpr_core.problems import suggestion

    actions = {*ACTIONS, *TO_COME}
    if action not in actions:
        near = suggestion(action, actions) or f" There are: {', '.join(sorted(actions))}."
        raise click.UsageError(f"There is no act {action!r}.{near}")
    return action


def _of_roles(invocation: Invocation, policy: Policy, who: Sequence[str], asked: _Asked) -> Explanation:
    from alpr_core.models import Actor, Request
    from alpr_core.policy import Gate
    from alpr_core.policy.explaining import explain as explain_request

    settings = invocation.settings_or_none()
    here = settings.node.role if settings is not None else "server"
    request = Request(
        action=asked.action,
        actor=Actor(id="somebody", roles=frozenset(who)),
        at=asked.at or system_clock(),
        purpose=asked.purpose,
        case=asked.case,
        reason=asked.reason,
        origin=asked.origin or here,
        facts=asked.facts,
    )
    return explain_request(Gate(policy, review=invocation.host().objections), request)


def _of_person(invocation: Invocation, badge: str, asked: _Asked) -> Explanation:
    from alpr_core.services.policy import explain_for

    return explain_for(
        invocation.act(),
        badge,
        asked.action,
        at=asked.at,
        purpose=asked.purpose,
        case=asked.case,
        reason=asked.reason,
        origin=asked.origin,
        facts=asked.facts,
    )


_VERDICTS = {"allow": "ALLOWED", "warn": "ALLOWED WITH A WARNING", "deny": "DENIED"}
_GROUPS = {
    "deny": "What denies it",
    "warn": "What warns of it",
    "allow": "What allows it, or has nothing against it",
}


def _page(answer: Explanation, policy: Policy) -> Iterator[str]:
    request = answer.request
    who = policy.titles(sorted(request.actor.roles)) or "somebody without a role"
    when = request.at.astimezone(policy.zone or UTC).isoformat(sep=" ", timespec="minutes")
    yield from wrapped(
        f"{_VERDICTS[answer.decision.verdict]}: {request.action} by {who}, on the {request.origin}, at {when}, "
        f"under {policy.id} {policy.version}. This is a dry run."
    )
    for verdict, heading in _GROUPS.items():
        spoken = [one for one in answer.spoken if one.finding.verdict == verdict]
        if spoken:
            yield ""
            yield heading
            for one in spoken:
                yield from _lines(one)
    if answer.decision.allowed:
        return
    yield ""
    yield "What would have to change"
    for remedy in answer.remedies:
        yield from wrapped(f"  - {remedy}", 4)
    if answer.immovable:
        against = ", ".join(answer.immovable)
        yield from wrapped(f"  - the policy itself: whatever is given with the act, {against} denies it", 4)


def _lines(one: Spoken) -> Iterator[str]:
    finding = one.finding
    strength = f" ({one.clause.strength})" if one.clause else ""
    yield from wrapped(f"  {finding.clause}{strength}: {finding.because}", 4)
    yield from wrapped(f"      {finding.says or '(blank in the document)'}", 6)
