"""``alpr-core restore``: a node comes back from a backup."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.backup_secret import ask_secret, backup_passphrase_option
from alpr_core.cli.frame import open_to_all
from alpr_core.cli.output import json_option, note, print_record

if TYPE_CHECKING:
    from alpr_core.restoring import Restored


@open_to_all
@click.command()
@click.argument("backup", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--into",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The node's new folder, empty; with --signing-key the node whose key was lost.",
)
@click.option(
    "--keys",
    metavar="PLACE",
    type=click.Path(exists=True, path_type=Path),
    help="The backups of the keys, or one of them. Default: keys beside the data.",
)
@click.option(
    "--ledger", "export", metavar="EXPORT", default="", help="Newest export of the ledger: folder or URL."
)
@click.option(
    "--store", "store_url", metavar="URL", default="", help="Database, empty, if it is another than before."
)
@click.option("--signing-key", is_flag=True, help="Put nothing back but the ledger's signing key.")
@backup_passphrase_option
@json_option
def restore(
    backup: Path,
    into: Path,
    keys: Path | None,
    export: str,
    store_url: str,
    signing_key: bool,
    backup_file: Path | None,
    as_json: bool,
) -> None:
    """Bring a node back from BACKUP, the folder that backups were made into, or one backup in it.

    It asks for the backup passphrase, or for two shares of it. What the newest export of the ledger tells of is done
    again before the node can be opened: purges, and rights that were taken away. What came after the backup and the
    ledger does not hold is lost, and listed. Without an export two persons answer for going on: ledger recover.

    \b
    Examples:
      alpr-core restore /mnt/backup/alpr --into ~/medford --ledger /srv/www/ledger
      alpr-core restore /mnt/backup/alpr --keys /mnt/vault/alpr-keys --into ~/medford --signing-key
    """
    from alpr_core.node import Node
    from alpr_core.restoring import Backup, put_back_signing_key

    secret = ask_secret(backup_file)
    if signing_key:
        restored = put_back_signing_key(backup, keys, into, secret)
        print_record({"node": into, "signing keys": restored}, as_json=as_json)
        return
    done = Node.restore(Backup(backup, keys, secret), into, export=export, store_url=store_url)
    _tell(done, into, as_json)


def _tell(done: Restored, into: Path, as_json: bool) -> None:
    replayed = done.replayed
    unknown = dict(sorted(replayed.unknown.items()))
    record: dict[str, object] = {
        "node": into,
        "backup of": done.made_at,
        "ledger entries": done.size,
        "taken over": done.taken_over,
        "reads": done.tables.get("read", 0),
        "images": done.images,
        "images missing": done.missing,
        "parts destroyed": list(done.destroyed),
        "done again": dict(replayed.done) if as_json else _counted(dict(replayed.done)),
        "purged again": replayed.purged,
        "lost": unknown if as_json else _counted(unknown),
        "behind": done.behind,
    }
    if as_json:
        record = {name.replace(" ", "_"): value for name, value in record.items()}
    print_record(record, as_json=as_json)
    if unknown:
        note("Lost: the ledger tells that these happened after the backup, and not what was in them.")
    if replayed.passphrases:
        note(
            "Changed their passphrase since, so that the old one counts again: "
            f"{', '.join(sorted(replayed.passphrases))}. Have them change it, or close the account."
        )
    if done.behind:
        note(
            f"Nothing is signed yet: {done.behind}. Two persons answer for going on: alpr-core ledger recover"
        )
    note(f"Next: alpr-core -C {into} login")


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
