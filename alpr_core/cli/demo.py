"""``alpr-core demo``: the main job from end to end."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from alpr_core.cli.frame import open_to_all
from alpr_core.cli.output import say


@open_to_all
@click.command()
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Leave everything in this new folder, to look at it afterwards.",
)
def demo(keep: Path | None) -> None:
    """See everything at work on synthetic plates: read, match, search, deny, verify, tamper."""
    from alpr_core.demo import run
    from alpr_core.errors import InputError

    if keep is not None:
        if keep.exists():
            raise InputError(f"{keep} is there already; give --keep the name of a new folder")
        keep.mkdir(parents=True)
        run(keep, say)
        say(f"\nThat is all. The node, the pictures and the edited copy are in {keep}.")
        return
    with tempfile.TemporaryDirectory(prefix="alpr-demo-") as folder:
        run(Path(folder), say)
    say("\nThat is all; the folder it happened in is gone. alpr-core demo --keep DIR leaves it.")
