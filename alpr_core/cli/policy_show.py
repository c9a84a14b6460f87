"""``alpr-core policy show``: a policy, readable in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from alpr_core.cli.confined import NAME_OR_FILE
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, print_record, say
from alpr_core.cli.policy_chosen import chosen_policy, overlay_option, today

if TYPE_CHECKING:
    from alpr_core.policy import Clause, Pack, Policy

WIDTH = 100
"""Columns of a line of text."""


@open_to_all
@click.command()
@click.argument("pack", required=False, type=NAME_OR_FILE)
@overlay_option
@json_option
@pass_invocation
def show(invocation: Invocation, pack: str | None, overlays: tuple[str, ...], as_json: bool) -> None:
    """Show PACK, the name of a pack or a .toml file; without it, the policy of this node.

    \b
    Examples:
      alpr-core policy show minimal
      alpr-core policy show medford-or --overlay or-sb1516
    """
    shown = chosen_policy(invocation, pack, overlays)
    if as_json:
        print_record(_record(shown, today(shown)), as_json=True)
    else:
        say("\n".join(_page(shown, today(shown), _adoption(invocation, shown) if pack is None else None)))


def _adoption(invocation: Invocation, policy: Policy) -> object:
    """Return who adopted the node's policy, None while nobody has, or where the node cannot be opened."""
    from alpr_core.errors import AlprError

    try:
        return invocation.node().adoption(policy.digest)
    except AlprError:
        return None  # a policy can be shown where its node has another trouble


def _record(policy: Policy, on: date) -> dict[str, Any]:
    """Return the pack as its file has it, and beside it what the policy adds."""
    added: dict[str, Any] = {}
    if policy.overlays:
        added["overlays"] = [{**overlay.as_json(), "digest": overlay.digest} for overlay in policy.overlays]
        added["policy_digest"] = policy.digest
    missing = policy.missing(on)
    if missing:
        added["missing"] = missing
    return {**policy.pack.as_json(), "digest": policy.pack.digest, **added}


def _page(policy: Policy, on: date, adoption: object = None) -> Iterator[str]:
    from alpr_core.policy.words import STRENGTHS, notices

    yield from _head(policy.pack)
    yield ""
    for each in notices(policy, adoption):
        yield from wrapped(each)
    for overlay in policy.overlays:
        yield ""
        yield from wrapped(f"Over it lies, from {overlay.effective} on{_not_yet(overlay, on)}:")
        yield from (f"  {line}" for line in _head(overlay))
    yield from _part("Roles", (f"{code:<20} {title}" for code, title in policy.roles.items()))
    yield from _in_force(policy, on)
    yield from _part("How strongly a clause speaks", STRENGTHS.values())
    for pack in policy.packs:
        yield ""
        yield "Clauses" if pack.kind == "department" else f"Clauses of {pack.id}, from {pack.effective} on"
        yield from _clauses(policy, pack)


def _head(pack: Pack) -> Iterator[str]:
    from alpr_core.policy.words import status_of

    yield from wrapped(f"{pack.title} (pack {pack.id}, version {pack.version})")
    yield ""
    rows = {
        "Department": pack.department,
        "Document": pack.document,
        "Source": pack.source,
        "Kind": status_of(pack),
        "State": pack.state or "",
        "Effective": str(pack.effective),
        "Digest": pack.digest,
    }
    for name, text in rows.items():
        if text:
            yield from wrapped(f"{name + ':':<13}{text}", 13)


def _not_yet(overlay: Pack, on: date) -> str:
    return ", and is silent until then" if on < overlay.effective else ""


def _in_force(policy: Policy, on: date) -> Iterator[str]:
    """Yield what results from all clauses together, and what is missing for it."""
    from alpr_core.policy.words import LIMITS, limit_in_words, limits_of

    yield from _part(f"Limits that result on {on}", map(limit_in_words, limits_of(policy, on)))
    conflicts = [limit.conflict for limit in policy.conflicts(on)]
    yield from _part("In conflict: somebody has to choose which paragraph is followed", conflicts)
    chosen = [
        f"{LIMITS.get(name, name)}: {choice.follow} is followed. Source: {choice.source}"
        for name, choice in policy.choices.items()
    ]
    yield from _part("Chosen between paragraphs in conflict", chosen)
    still_open = [
        f"{clause.id} {name}: {value.open}. Usually found: {value.found}"
        for clause, name, value in policy.open_values
    ]
    yield from _part("Left open: to be filled in before a node goes live", still_open)


def _clauses(policy: Policy, pack: Pack) -> Iterator[str]:
    from alpr_core.policy.coverage import by_paragraph

    last = None
    for number, heading, clause in by_paragraph(pack):
        if heading and number != last:
            yield ""
            yield from wrapped(f"  {number} {heading}", 4)
        last = number
        yield ""
        yield from _clause(policy, clause)


def _clause(policy: Policy, clause: Clause) -> Iterator[str]:
    from alpr_core.policy.words import kept_by, open_of, values_of

    row = f"  [{clause.row}]" if clause.row else ""
    yield f"  {clause.id}  {clause.strength}{row}"
    yield from wrapped(f"    {clause.says or '(blank in the document)'}", 4)
    lines = {"rule": clause.rule.kind, "how": kept_by(clause), **values_of(clause, policy)}
    lines |= {name: f"OPEN. {words}" for name, words in open_of(clause).items()}
    if clause.source:
        lines["source"] = clause.source
    for name, text in lines.items():
        yield from wrapped(f"    {name}: {text}", 4 + len(name) + 2)


def _part(heading: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield a heading with its lines below it, nothing where there are none."""
    found = list(lines)
    if found:
        yield ""
        yield heading
        for line in found:
            yield from wrapped(f"  {line}", 4)


def wrapped(text: str, indent: int = 0) -> list[str]:
    """Return the text in lines of a page, those after the first indented."""
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
