"""``alpr-core config apply | history``: accepting settings, and who accepted which."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, say
from alpr_core.cli.passphrases import ask_passphrase

if TYPE_CHECKING:
    from datetime import tzinfo

    from alpr_core.effective import Pending
    from alpr_core.services.settings import Acceptance


@click.command()
@click.option("--yes", is_flag=True, help="Accept without asking; a second person is needed all the same.")
@click.option("--second", help="Badge number of the second person; asked for where one is needed.")
@click.option(
    "--second-passphrase-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the second person's passphrase from the first line of this file (0600).",
)
@click.option("--reason", default="", help="Why the settings change.")
@json_option
@pass_invocation
def apply(
    invocation: Invocation,
    yes: bool,
    second: str | None,
    second_passphrase_file: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Accept the settings, the policy and the plugins as they stand: shows what changes, and asks.

    Until then the node goes on under those that were accepted last, and does little but capture. What loosens - data
    kept longer, a clause that binds less, an overlay or a plugin gone, a plugin new - takes a second person, who may
    accept settings too or agree to them.

    \b
    Example:
      alpr-core config apply --reason 'retention as the schedule has it' --second 1002
    """
    from alpr_core.services.settings import apply_settings, check_applicable

    act, pending = invocation.act(), invocation.node().pending
    waiting = check_applicable(act, pending, reason=reason)
    note("\n".join(_page(waiting)))
    if not yes:
        click.confirm("Accept these settings?", abort=True, err=True)
    credentials = None
    if waiting.loosening:
        badge = second or click.prompt("Badge number of the second person", err=True)
        credentials = (badge, ask_passphrase(second_passphrase_file))
    entry = apply_settings(act, pending, second=credentials, reason=reason)
    print_record({"accepted": True, "changes": len(waiting.changes), "entry": entry}, as_json=as_json)


def _page(waiting: Pending) -> Iterator[str]:
    if waiting.accepted is None:
        yield f"The first settings to be accepted, {len(waiting.changes)} lines; alpr-core config show has them."
    else:
        yield f"These lines differ from what entry {waiting.accepted.entry} accepted:"
        yield from (f"  {change}" for change in waiting.changes)
    if waiting.loosening:
        yield "A second person has to agree, because"
        yield from (f"  {each}" for each in waiting.loosening)


@click.command()
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many.")
@json_option
@pass_invocation
def history(invocation: Invocation, limit: int, as_json: bool) -> None:
    """Show who accepted which settings and when, line by line, the newest first."""
    from alpr_core.services.settings import accepted_settings

    found = accepted_settings(invocation.act(), limit=limit)
    for one in found:
        if as_json:
            print_record(_record(one), as_json=True)
        else:
            say("\n".join(_paragraph(one, invocation.node().settings.zone)))


def _record(one: Acceptance) -> dict[str, object]:
    return {
        "entry": one.entry,
        "at": one.at,
        "by": one.who,
        "second": one.second,
        "digest": one.digest,
        "first": one.is_first,
        "changes": [{"place": change.place, "old": change.old, "new": change.new} for change in one.changes],
    }


def _paragraph(one: Acceptance, zone: tzinfo) -> Iterator[str]:
    at = one.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    agreed = f", {one.second} agreed" if one.second else ""
    what = "the first settings" if one.is_first else f"{len(one.changes)} changed"
    yield f"{at}  entry {one.entry}, {one.who}{agreed}: {what}"
    yield from (f"  {change}" for change in one.changes)
