"""``alpr-core config apply`` and ``history``: settings are accepted by a person, and it stays on record by whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows, say
from alpr_core.cli.passphrases import ask_passphrase, with_code

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.effective import Pending
    from alpr_core.models import Actor


@click.command()
@click.option("--yes", is_flag=True, help="Do not ask whether the difference shown is meant.")
@click.option(
    "--second", help="Badge number of the second person; asked for without it, where one is needed."
)
@click.option(
    "--second-passphrase-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the second person's passphrase from the first line of this file (0600) instead of asking.",
)
@reason_option
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
    """Accept the settings as they stand: alpr.toml, the packs, the plugins and the witness file.

    Until then the node works under the old ones. To what loosens them a second person has to agree, with badge
    number and passphrase: longer retention, an approval or a paragraph less, an overlay, a witness or a notifier
    off, a plugin that is new or changed or is to see plates, going live.

    \b
    Example:
      alpr-core config apply --reason 'retention as signed by the Records Manager'
    """
    from alpr_core.errors import InputError
    from alpr_core.services.settings import APPLY, apply_settings, needs_second

    act, pending = invocation.act(), invocation.node().pending
    act.admit(APPLY, reason=reason)
    if pending is None:
        note("Nothing to accept: the settings are those that were accepted last.")
        return
    if pending.problem:
        raise InputError(f"Nothing is accepted: {pending.headline}.")
    needed = needs_second(act, pending)
    _show(pending, needed=needed)
    if not yes:
        click.confirm("Accept these settings?", abort=True, err=True)
    agreed = _second(act, second, second_passphrase_file) if needed else None
    entry = apply_settings(act, pending, second=agreed, reason=reason)
    changes = (
        [f"{one.place}: {one.old} -> {one.new}" for one in pending.changes]
        if as_json
        else len(pending.changes)
    )
    print_record(
        {"accepted": True, "entry": entry, "changes": changes, "second person": agreed is not None},
        as_json=as_json,
    )


def _show(pending: Pending, *, needed: bool) -> None:
    """Say what changes and what that loosens, on stderr: the result is what was accepted."""
    note("Changed:" if pending.accepted else "Nothing was ever accepted here. The settings are:")
    for change in pending.changes:
        note(f"  {change}")
    if pending.loosening:
        why = "so a second person has to agree" if needed else "and there is nobody yet who could agree"
        note(f"This loosens what was accepted, {why}:")
        for each in pending.loosening:
            note(f"  - {each}")


def _second(act: Act, badge: str | None, passphrase_file: Path | None) -> Actor:
    from alpr_core.services.login import Credentials
    from alpr_core.services.settings import agreed_by

    number = badge or click.prompt("Badge number of the second person", err=True)
    passphrase = ask_passphrase(passphrase_file)
    return with_code(lambda code: agreed_by(act, Credentials(number, passphrase, code)))


@click.command()
@json_option
@pass_invocation
def history(invocation: Invocation, as_json: bool) -> None:
    """Show who accepted which settings, when, and in which lines they differed from those before."""
    from alpr_core.services.settings import settings_history

    found = settings_history(invocation.act())
    zone = invocation.node().settings.zone
    if as_json:
        print_rows(
            (
                {
                    "entry": one.entry,
                    "at": one.at,
                    "who": one.who,
                    "second": one.second,
                    "digest": one.digest,
                    "lines": [
                        {"place": each.place, "old": each.old, "new": each.new} for each in one.changes
                    ],
                }
                for one in found
            ),
            columns={},
            as_json=True,
        )
        return
    for number, one in enumerate(found):
        agreed = f", agreed to by {one.second}" if one.second else ""
        at = one.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
        say(f"Entry {one.entry}, {at}, {one.who}{agreed}: {one.digest}")
        if number == 0:
            say(f"  the first settings, {len(one.changes)} lines (--json shows them)")
        else:
            for each in one.changes:
                say(f"  {each.place}: {each.old} -> {each.new}")
