"""``alpr-core policy diff``: what differs between two policies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from alpr_core.cli.confined import NAME_OR_FILE
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, print_rows, say
from alpr_core.cli.policy_chosen import chosen_policy, today
from alpr_core.cli.policy_show import wrapped

if TYPE_CHECKING:
    from alpr_core.policy.differences import Difference

_PARTS = {
    "about": "The paper",
    "role": "Roles",
    "purpose": "Purposes",
    "limit": "Limits",
    "paragraph": "Paragraphs",
    "clause": "Clauses",
}


@open_to_all
@click.command()
@click.argument("before", metavar="A", type=NAME_OR_FILE)
@click.argument("after", metavar="B", type=NAME_OR_FILE)
@json_option
@click.pass_context
@pass_invocation
def diff(invocation: Invocation, context: click.Context, before: str, after: str, as_json: bool) -> None:
    """Show what differs between the policies A and B; exit status 0 if nothing does, 1 if something does.

    A and B are names of packs or .toml files. PACK@node is the pack as the node works under it: with its overlays,
    the values that were filled in and the choices that were made.

    \b
    Examples:
      alpr-core policy diff minimal springfield.toml
      alpr-core policy diff minimal minimal@node
    """
    from alpr_core.policy.differences import differences

    one, other = chosen_policy(invocation, before), chosen_policy(invocation, after)
    found = list(differences(one, other, today(other)))
    if as_json:
        print_rows((each._asdict() for each in found), columns={}, as_json=True)
    elif found:
        say("\n".join(_page(found)))
    else:
        say("Both say the same.")
    context.exit(1 if found else 0)


def _page(found: Sequence[Difference]) -> Iterator[str]:
    for part, heading in _PARTS.items():
        of_part = [each for each in found if each.part == part]
        if not of_part:
            continue
        yield heading
        for each in of_part:
            yield from _lines(each)
        yield ""


def _lines(each: Difference) -> Iterator[str]:
    what = f", {each.what}" if each.what else ""
    if each.change == "renumbered":
        yield f"  {each.before}: stands there under {each.after}"
    elif each.change == "changed":
        yield from wrapped(f"  {each.name}{what}: changed", 4)
        yield from wrapped(f"      was: {each.before or '(nothing)'}", 11)
        yield from wrapped(f"      is:  {each.after or '(nothing)'}", 11)
    else:
        yield from wrapped(f"  {each.name}: {each.change}. {each.before or each.after}", 4)
