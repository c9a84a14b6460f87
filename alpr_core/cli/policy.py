"""``alpr-core policy``: what is allowed, and which paragraph says so. Looking at a pack is open to all."""

from __future__ import annotations

import click

from alpr_core.cli.confined import NAME_OR_FILE
from alpr_core.cli.documents import documents
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_rows
from alpr_core.cli.policy_adopt import adopt
from alpr_core.cli.policy_chosen import chosen_policy, overlay_option, today
from alpr_core.cli.policy_coverage import coverage
from alpr_core.cli.policy_diff import diff
from alpr_core.cli.policy_explain import explain
from alpr_core.cli.policy_publish import publish
from alpr_core.cli.policy_show import show


@click.group()
def policy() -> None:
    """The policy pack: what is allowed, and which paragraph says so."""


policy.add_command(show)


@open_to_all
@policy.command()
@click.argument("pack", required=False, type=NAME_OR_FILE)
@overlay_option
@json_option
@pass_invocation
def lint(invocation: Invocation, pack: str | None, overlays: tuple[str, ...], as_json: bool) -> None:
    """Check PACK, or the policy of this node: what is wrong, and what is worth a second look.

    A pack with something wrong ends with exit status 2. What is worth a second look need not be wrong: a blank
    paragraph, a number that nobody has set, a matter that the policy does not speak of.

    \b
    Example:
      alpr-core policy lint springfield.toml --overlay or-sb1516
    """
    from alpr_core.entries import ACTIONS
    from alpr_core.policy.lint import lint as remarks

    chosen = chosen_policy(invocation, pack, overlays)
    systems = invocation.host(quiet=True).state_systems()
    found = [remark._asdict() for remark in remarks(chosen, ACTIONS, today(chosen), systems)]
    print_rows(
        found,
        columns={"clause": "Clause", "says": "Worth a second look"},
        as_json=as_json,
        empty="Nothing to remark.",
    )
    count = len(list(chosen.clauses))
    note(f"Policy {chosen.id} {chosen.version}: nothing wrong, {count} clauses, {len(found)} remarks.")


policy.add_command(diff)
policy.add_command(explain)
policy.add_command(coverage)
policy.add_command(publish)
policy.add_command(adopt)
policy.add_command(documents)
