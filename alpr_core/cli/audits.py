"""``alpr-core audits``: what auditors hold against each other."""

from __future__ import annotations

import click

from alpr_core.cli.vendor_log import vendor_log


@click.group()
def audits() -> None:
    """For auditors: the logs of vendors' systems, beside the record kept here."""


audits.add_command(vendor_log)
