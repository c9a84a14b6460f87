"""``alpr-core backup``: data and keys, apart."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, say

if TYPE_CHECKING:
    from alpr_core.backup.secret import Printed


@click.command()
@click.argument("directory", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--keys",
    "keys_to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the keys, better on another medium. Default: [backup] keys_to, else DIRECTORY/keys.",
)
@click.option("--keep", type=click.IntRange(min=1), help="How many backups of the data are kept there.")
@click.option("--keys-only", is_flag=True, help="The keys alone: after a new signing key, or after a purge.")
@click.option(
    "--new-passphrase",
    is_flag=True,
    help="Make a new backup passphrase, shown once with its shares; no backup is made.",
)
@json_option
@pass_invocation
def backup(
    invocation: Invocation,
    directory: Path | None,
    keys_to: Path | None,
    keep: int | None,
    keys_only: bool,
    new_passphrase: bool,
    as_json: bool,
) -> None:
    """Make a backup of the node into DIRECTORY: its data, and apart from that its keys.

    It needs no passphrase: the node holds only the public half. What is purged later cannot be read in it any more,
    once two more backups of the keys were made. Without DIRECTORY it goes where [backup] to says.

    \b
    Examples:
      alpr-core backup /mnt/backup/alpr --keys /mnt/vault/alpr-keys
      alpr-core backup --new-passphrase
    """
    from alpr_core.services.backup import back_up_keys, before_backup, make_backup, renew_passphrase

    act = invocation.act()
    if new_passphrase:
        _show(renew_passphrase(act), invocation.node().settings.node.name, as_json)
        return
    before_backup(act)
    settings = invocation.node().settings
    chosen = settings.backup
    target = directory or settings.backup_to
    if target is None:
        raise click.UsageError("Say where to: alpr-core backup DIRECTORY, or [backup] to in alpr.toml.")
    keys_to = keys_to or (settings.backup_keys_to if directory is None else None)
    if keys_only:
        path, count = back_up_keys(act, keys_to or target / "keys")
        print_record({"keys": path, "key files": count}, as_json=as_json)
        return
    made = make_backup(
        act,
        target,
        folder=settings.folder,
        keys_to=keys_to,
        keep=keep or chosen.keep,
    )
    print_record(
        {
            "number": made.number,
            "data": made.data,
            "keys": made.keys,
            "ledger entries": made.size,
            "parts": made.parts,
            "images": made.images,
            "images missing": made.missing,
            "key files": made.key_count,
            "bytes written": made.bytes,
            "manifest": made.manifest,
        },
        as_json=as_json,
    )
    if made.missing:
        note(
            f"Warning: {made.missing} images have lost their file, or it was changed: they are not in the backup."
        )
    if made.left_out:
        note(f"{made.left_out} parts were purged while the backup was made, and are not in it.")


def _show(printed: Printed, node: str, as_json: bool) -> None:
    from alpr_core.cli.backup_pages import backup_pages

    if as_json:
        record = {
            "recipient": printed.recipient,
            "passphrase": printed.passphrase,
            "shares": list(printed.shares),
        }
        print_record(record, as_json=True)
    else:
        say(backup_pages(printed, node))
    note("Make a backup now: those that are there open with the old passphrase alone.")
