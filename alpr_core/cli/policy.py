"""``alpr-core policy``: what is allowed, and which paragraph says so. Showing and checking a pack is open to all."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from alpr_core.cli.documents import documents
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows, say

if TYPE_CHECKING:
    from alpr_core.policy import Clause, Pack

WIDTH = 100
"""Columns of a line of text."""


@click.group()
def policy() -> None:
    """The policy pack: what is allowed, and which paragraph says so."""


policy.add_command(documents)


@open_to_all
@policy.command()
@click.argument("pack", required=False)
@json_option
@pass_invocation
def show(invocation: Invocation, pack: str | None, as_json: bool) -> None:
    """Show PACK, the name of a pack or a .toml file; without it, the pack of this node.

    \b
    Example:
      alpr-core policy show minimal
    """
    shown = _load(invocation, pack)
    if as_json:
        print_record({**shown.as_json(), "digest": shown.digest}, as_json=True)
    else:
        say("\n".join(_page(shown)))


@open_to_all
@policy.command()
@click.argument("path", required=False)
@json_option
@pass_invocation
def lint(invocation: Invocation, path: str | None, as_json: bool) -> None:
    """Check the pack at PATH, or the pack of this node: what is wrong, and what is worth a second look.

    A pack with something wrong ends with exit status 2.

    \b
    Example:
      alpr-core policy lint springfield.toml
    """
    from alpr_core.entries import ACTIONS
    from alpr_core.policy.lint import lint as remarks

    pack = _load(invocation, path)
    found = [remark._asdict() for remark in remarks(pack, ACTIONS)]
    print_rows(
        found,
        columns={"clause": "Clause", "says": "Worth a second look"},
        as_json=as_json,
        empty="Nothing to remark.",
    )
    note(f"Pack {pack.id} {pack.version}: nothing wrong, {len(pack.clauses)} clauses, {len(found)} remarks.")


def _load(invocation: Invocation, name: str | None) -> Pack:
    """Return the pack of this name, or that of the node."""
    from alpr_core.entries import ACTIONS
    from alpr_core.policy import RuleKinds, load_pack, pack_names

    folder = None
    if name is None:
        settings = invocation.settings_or_none()
        if settings is None:
            raise click.UsageError(
                f"Without a node, say which pack: {', '.join(pack_names())}, or a .toml file."
            )
        name, folder = settings.policy.pack, settings.folder
    kinds = RuleKinds(invocation.host().policy_rules())
    return load_pack(name, folder=folder, kinds=kinds, actions=ACTIONS)


def _page(pack: Pack) -> Iterator[str]:
    yield f"{pack.title} (pack {pack.id}, version {pack.version})"
    yield ""
    yield from _wrapped(f"Department:  {pack.department}", 13)
    yield from _wrapped(f"Document:    {pack.document}", 13)
    yield from _wrapped(f"Source:      {pack.source}", 13)
    yield f"Effective:   {pack.effective}"
    yield f"Digest:      {pack.digest}"
    yield ""
    yield from _wrapped(pack.disclaimer)
    yield ""
    yield "Roles"
    yield from (f"  {code:<20} {title}" for code, title in pack.roles.items())
    yield ""
    yield "Clauses (must denies, should warns and demands a reason, may grants; the rest is denied)"
    for clause in pack.clauses:
        yield ""
        yield from _paragraph(clause)


def _paragraph(clause: Clause) -> Iterator[str]:
    row = f"  [{clause.row}]" if clause.row else ""
    yield f"  {clause.id}  {clause.strength}{row}"
    yield from _wrapped(f"    {clause.says or '(blank in the document)'}", 4)
    values = clause.rule.model_dump(mode="json", exclude_unset=True)
    if clause.exempt is not None:
        values["exempt"] = clause.exempt.model_dump(mode="json", exclude_unset=True)
    yield f"    rule: {clause.rule.kind}"
    for key, value in values.items():
        yield from _wrapped(f"    {key}: {_plain(value)}", 4 + len(key) + 2)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} ({_plain(each)})" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    return str(value)


def _wrapped(text: str, indent: int = 0) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)
