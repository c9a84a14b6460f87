"""What many commands ask alike: what an act is for, and a plate that nobody should see typed."""

from __future__ import annotations

import click

purpose_option = click.option("--purpose", default="", help="Purpose code; see alpr-core policy show.")
case_option = click.option("--case", default="", help="Case or incident number.")
reason_option = click.option("--reason", default="", help="Why, in your own words.")


def asked(plate: str) -> str:
    """Return the plate, asked for without showing it if the person wrote ``-``."""
    if plate != "-":
        return plate
    typed: str = click.prompt("Plate", hide_input=True, err=True)
    return typed
