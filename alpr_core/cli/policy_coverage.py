"""``alpr-core policy coverage``: how each paragraph is kept, by whom, and which tests show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from alpr_core.cli.confined import NAME_OR_FILE
from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, print_rows, say
from alpr_core.cli.policy_chosen import chosen_policy, overlay_option
from alpr_core.cli.policy_show import wrapped

if TYPE_CHECKING:
    from alpr_core.policy import Policy
    from alpr_core.policy.coverage import Covered, Totals


@open_to_all
@click.command()
@click.argument("pack", required=False, type=NAME_OR_FILE)
@overlay_option
@json_option
@pass_invocation
def coverage(invocation: Invocation, pack: str | None, overlays: tuple[str, ...], as_json: bool) -> None:
    """Show how each paragraph of PACK is kept, by whom, and which tests of this program show it.

    \b
    Example:
      alpr-core policy coverage minimal
    """
    from alpr_core.policy.coverage import coverage as covered

    chosen = chosen_policy(invocation, pack, overlays)
    rows = covered(chosen)
    if as_json:
        print_rows((row.as_json() for row in rows), columns={}, as_json=True)
    else:
        say("\n".join(_page(chosen, rows)))


def _page(policy: Policy, rows: Sequence[Covered]) -> Iterator[str]:
    from alpr_core.policy.coverage import outside, totals

    yield f"How {policy.id}, version {policy.version}, is kept"
    listed: dict[str, str] = {}  # requirements row to the clause at which its tests stand
    for row in rows:
        yield ""
        yield from _lines(row)
        if row.clause.row:
            yield from _tests(row, listed.setdefault(row.clause.row, row.clause.id))
    yield ""
    yield "Outside of the gate"
    for line in outside(policy):
        yield from wrapped(f"  - {line}", 4)
    yield ""
    yield from _summed(totals(rows))


def _lines(row: Covered) -> Iterator[str]:
    from alpr_core.policy.words import kept_by

    clause = row.clause
    named = f"  {row.heading}" if row.heading else ""
    yield from wrapped(f"{clause.id}{named}  {clause.strength}", 4)
    yield from wrapped(f"    {clause.says or '(blank in the document)'}", 4)
    yield from wrapped(f"    {kept_by(clause)}", 4)
    if row.to_come:
        yield from wrapped(
            f"    not yet: waits for {', '.join(row.to_come)}, which a later version brings", 4
        )


def _tests(row: Covered, listed_at: str) -> Iterator[str]:
    from alpr_core.policy.coverage import NOT_YET

    clause = row.clause
    shown = "its decision, not yet its act, shown" if row.to_come else "shown"
    if not row.tests:
        yield f"    row {clause.row}, shown by tests: {NOT_YET}"
    elif listed_at != clause.id:
        yield f"    row {clause.row}, {shown} by the tests at {listed_at}"
    else:
        yield f"    row {clause.row}, {shown} by:"
        yield from (f"      {test}" for test in row.tests)


def _summed(sums: Totals) -> Iterator[str]:
    from alpr_core.policy.words import KEPT

    kept = ", ".join(f"{count} {KEPT[how]}" for how, count in sums.kept.items() if count)
    yield from wrapped(f"{sums.paragraphs} paragraphs, {sums.clauses} clauses: {kept}.")
    if sums.to_come:
        yield f"{sums.to_come} clauses wait for what a later version brings."
    yield f"{sums.rows} requirements rows: {sums.shown} shown by tests, {sums.rows - sums.shown} not yet."
