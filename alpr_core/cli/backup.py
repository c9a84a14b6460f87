"""``alpr-core backup``: data and keys, apart."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, say


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
    from alpr_core.services.backup import before_backup, make_backup, renew_passphrase

    act = invocation.act()
    if new_passphrase:
        from alpr_core.cli.backup_pages import backup_pages

        printed = renew_passphrase(act)
        if as_json:
            print_record(
                {
                    "recipient": printed.recipient,
                    "passphrase": printed.passphrase,
                    "shares": list(printed.shares),
                },
                as_json=True,
            )
        else:
            say(backup_pages(printed, invocation.node().settings.node.name))
        note("Make a backup now: those that are there open with the old passphrase alone.")
        return
    before_backup(act)
    settings = invocation.node().settings
    chosen = settings.backup
    target = directory or settings.backup_to
    if target is None:
        raise click.UsageError("Say where to: alpr-core backup DIRECTORY, or [backup] to in alpr.toml.")
    made = make_backup(
        act,
        target,
        folder=settings.folder,
        keys_to=keys_to or (settings.backup_keys_to if directory is None else None),
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
