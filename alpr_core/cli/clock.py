"""``alpr-core clock``: whether the node's clock can be believed."""

from __future__ import annotations

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, print_record


@click.group()
def clock() -> None:
    """The node's clock, where it was set back or leapt ahead."""


@clock.command()
@reason_option
@json_option
@pass_invocation
def confirm(invocation: Invocation, reason: str, as_json: bool) -> None:
    """Put on record that the clock is right now. Look at another clock before: what is due goes by it.

    \b
    Example:
      alpr-core clock confirm --reason 'off for repair since October; set by NTP'
    """
    from alpr_core.services.timekeeping import confirm_clock

    done = confirm_clock(invocation.act(), reason=reason)
    print_record(
        {"clock": done.now, "proven until now": done.before},
        as_json=as_json,
        zone=invocation.node().settings.zone,
    )
