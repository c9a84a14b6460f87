"""Writes ledger.db and its export beside this file, with the real writer: what the auditor's tests verify.

    python tests/auditor/build_ledger.py

It needs ``alpr-ledger[sql]``. The files stay as they are from then on: a ledger of yesterday must verify tomorrow.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from sqlalchemy import create_engine

from alpr_ledger import store
from alpr_ledger.commitment import commit
from alpr_ledger.entry import format_time
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Log, draft
from alpr_ledger.source import open_source

TARGET = Path(__file__).with_name("ledger.db")
EXPORT = Path(__file__).with_name("export")
OPENED = datetime(2026, 11, 23, 6, 34, tzinfo=UTC)


def search(n: int) -> dict[str, object]:
    salt = sha256(b"salt %d" % n).digest()
    return {
        "v": 1,
        "kind": "test.search",
        "t": format_time(OPENED + timedelta(minutes=n)),
        "actor": {"id": "p-01", "role": "officer"},
        "req": f"request-{n}",
        "public": {"count": n},
        "committed": {"plate": commit("plate", f"TEST{n:03}", salt=salt).c},
    }


def main() -> None:
    TARGET.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{TARGET}")
    log = Log(SigningKey("auditor.example/ledger", bytes(range(32))))
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA page_size = 1024")
        store.create(connection)
        log.open(connection, at=OPENED, header={"node": "auditor-test"})
    for commit_of in (range(4), range(4, 5), range(5, 11)):
        with engine.begin() as connection:
            log.append(connection, [draft(search(n)) for n in commit_of])
    engine.dispose()
    shutil.rmtree(EXPORT, ignore_errors=True)
    with open_source(TARGET) as source:
        export(source, EXPORT)
    (EXPORT / ".lock").unlink()


if __name__ == "__main__":
    main()
