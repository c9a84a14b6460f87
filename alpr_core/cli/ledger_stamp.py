"""``alpr-core ledger stamp``: having authorities say when the ledger was how long."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_rows


@click.command()
@json_option
@pass_invocation
def stamp(invocation: Invocation, as_json: bool) -> None:
    """Have the time-stamping authorities of alpr.toml stamp the newest checkpoint (RFC 3161).

    A stamp shows that these entries existed then. It is no witness: see ledger witness.

    \b
    Example:
      alpr-core ledger stamp
    """
    from alpr_core.services.stamping import stamp_checkpoint

    settings = invocation.node().settings
    words = stamp_checkpoint(invocation.act(), settings.timestamps)
    print_rows(
        [
            {"authority": one.authority, "size": one.size, "time": one.time, "problem": one.problem}
            for one in words
        ],
        columns={
            "authority": "Authority",
            "size": "Stamped entries",
            "time": "Time",
            "problem": "Problem",
        },
        as_json=as_json,
        zone=settings.zone,
    )
    if any(one.problem for one in words):
        raise click.exceptions.Exit(1)
