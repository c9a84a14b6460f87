"""A node that is built anew from a backup: its folder, its database, and what its ledger says happened since."""

from __future__ import annotations

import json
from pathlib import Path

from alpr_core import config
from alpr_core.clock import Clock, system_clock
from alpr_core.errors import StoreError, VerificationFailed
from alpr_core.files import all_or_nothing, write_private
from alpr_core.joining import PRIVATE, SHARED, new_store, signing_keys
from alpr_core.restoring import WAITING, Backup, Restored, waiting_entry
from alpr_ledger.errors import LedgerError, VerificationError
from alpr_ledger.last_signed import LastSigned
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


def bring_back(
    backup: Backup, into: Path, *, export: str = "", store_url: str = "", clock: Clock = system_clock
) -> Restored:
    """Bring a node back into the folder ``into``, which must be empty; it is not opened.

    Args:
        backup: found, and opened with its passphrase.
        into: the node's new folder.
        export: folder or URL of the newest export of its ledger; "" where there is none.
        store_url: its database, if it is another than before; empty.
        clock: what time it is.

    Raises:
        ConfigError: the alpr.toml of the backup is wrong.
        StoreError: folder or database are not empty, or cannot be used.
        VerificationFailed: something of it was changed, or it is not this ledger's.
    """
    if into.exists() and any(into.iterdir()):
        raise StoreError(f"{into} is not empty: a backup is restored into a new folder")
    with all_or_nothing(into):
        backup.put_files(into, store_url)
        settings = config.load(into)
        for path, mode in ((settings.var, PRIVATE), (settings.inbox, SHARED), (settings.outbox, SHARED)):
            path.mkdir(exist_ok=True)
            path.chmod(mode)
        store = new_store(settings)
        try:
            last_signed = LastSigned(settings.last_signed)
            with store.connection() as connection:
                backup.fill(connection, settings.var / "images")
                backup.catch_up(connection, export, signing_keys(settings), last_signed, clock())
            with open_source(str(settings.sqlite_file or settings.database_url())) as source:
                verify(source)
        except VerificationError as error:
            raise VerificationFailed(f"the restored ledger is not what was signed: {error}") from error
        except LedgerError as error:
            raise StoreError(f"the restored ledger cannot be used: {error}") from error
        finally:
            store.close()
        write_private(settings.var / WAITING, json.dumps(waiting_entry(backup.restored)).encode())
    return backup.restored
