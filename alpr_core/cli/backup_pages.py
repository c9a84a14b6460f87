"""The backup passphrase and its shares, as they are printed: once, to be written on paper and kept apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alpr_core.backup.secret import Printed


def backup_pages(printed: Printed, node: str) -> str:
    """Return what a person prints, cuts apart and hands out.

    Args:
        printed: the passphrase and its shares.
        node: the node's name.
    """
    shares = "\n\n".join(
        f"  BACKUP SHARE {number} OF {len(printed.shares)}, NODE {node}, KEY {printed.recipient}\n  {share}"
        for number, share in enumerate(printed.shares, start=1)
    )
    return (
        f"\nThe backup passphrase of {node} opens its backups, and is shown here once. The node does not keep it.\n"
        "Write it down, or better, give each of the three shares to another person or safe: any two of them open\n"
        "a backup, one alone says nothing.\n\n"
        f"  BACKUP PASSPHRASE, NODE {node}, KEY {printed.recipient}\n  {printed.passphrase}\n\n{shares}\n"
    )
