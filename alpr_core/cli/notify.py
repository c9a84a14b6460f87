"""``alpr-core notify``: whether notices arrive."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_rows


@click.group()
def notify() -> None:
    """Notices to persons: whether they arrive."""


@notify.command()
@click.option(
    "--route", type=click.IntRange(1), help="Only along this [[notice]] of alpr.toml, counted from 1."
)
@json_option
@pass_invocation
@click.pass_context
def test(context: click.Context, invocation: Invocation, route: int | None, as_json: bool) -> None:
    """Send a test notice to each address that a route names; what waits is tried again with it.

    \b
    Example:
      alpr-core notify test --route 2
    """
    from alpr_core.services.notices import send_test

    tested = send_test(invocation.act(), route or 0)
    print_rows(
        (
            {"route": one.route, "via": one.via, "delivered": one.delivered, "failed": one.failed}
            for one in tested
        ),
        columns={"route": "Route", "via": "By", "delivered": "Delivered", "failed": "Failed"},
        as_json=as_json,
    )
    for one in tested:
        for problem in one.problems:
            note(f"Route {one.route}: {problem}.")
    if any(one.failed for one in tested):
        context.exit(1)
