"""``alpr-core reads import``: store the reads that another system wrote into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.errors import AlprError, InputError

if TYPE_CHECKING:
    from alpr_core.services.foreign_reads import Taken

SHOWN = 20
"""Reads left out that are shown to a person; with --json all of them are."""


@click.command("import")
@click.argument("source")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
@pass_invocation
def import_(invocation: Invocation, source: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Store the reads in each FILE of another system, and match the hotlists; SOURCE can read them.

    What was stored already is not stored again. Bad lines are shown with their numbers and left out.

    \b
    Example:
      alpr-core reads import platerecognizer inbox/camera-1.csv
    """
    from alpr_core.services.foreign_reads import import_reads
    from alpr_core.services.ingest import OF_A_READ

    act, node = invocation.act(), invocation.node()
    act.admit("read.record", facts=OF_A_READ)
    made = node.read_source(source)
    broken = 0
    for file in files:
        try:
            taken = import_reads(act, file, made, source_name=source)
        except InputError as problem:
            note(f"Error: {problem.message}")
            broken += 1
        else:
            _show(file, taken, as_json=as_json)
    if broken:
        raise AlprError(f"{broken} of {len(files)} files could not be read.")


def _show(file: Path, taken: Taken, *, as_json: bool) -> None:
    for one in taken.rejected[:SHOWN]:
        note(f"{file}: {one.number}: {one.problem}")
    if len(taken.rejected) > SHOWN:
        note(f"{file}: and {len(taken.rejected) - SHOWN:,} more")
    rejected = [{"number": one.number, "problem": one.problem} for one in taken.rejected]
    print_record(
        {
            "file": str(file),
            "stored": taken.stored,
            "doubles": taken.doubles,
            "rejected": rejected if as_json else len(rejected),
            "hits": taken.hits,
            "pictures_left_out" if as_json else "pictures left out": taken.pictures,
            "recorded": [batch.entry for batch in taken.recorded],
        },
        as_json=as_json,
    )
