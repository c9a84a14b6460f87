"""What an auditor does with the ledger's wheel alone: verify a file, and see that a tampered copy is refused."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from alpr_ledger.commitment import check_opening
from alpr_ledger.entry import parse_entry
from alpr_ledger.errors import VerificationError

LEDGER = Path(__file__).with_name("ledger.db")
VKEY = "auditor.example/ledger+02053c9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def verify(path, *options):
    return subprocess.run(
        [sys.executable, "-m", "alpr_ledger", "verify", str(path), *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """A copy of the evidence whose triggers are dropped, as its administrator can."""
    path = tmp_path / "copy.db"
    shutil.copy(LEDGER, path)
    with closing(sqlite3.connect(path)) as database, database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
    return path


def test_the_evidence_verifies_and_is_left_as_it_was():
    before = LEDGER.read_bytes()
    done = verify(LEDGER, "--vkey", VKEY)
    assert (done.returncode, done.stderr) == (0, "")
    assert "complete up to size 12, signed by auditor.example/ledger" in done.stdout
    assert "not anchored: the department could still rewrite this" in done.stdout
    assert LEDGER.read_bytes() == before


def test_the_report_for_programs_holds_the_checkpoint_to_keep():
    report = json.loads(verify(LEDGER, "--json").stdout)
    assert (report["verified"], report["size"], report["vkey"]) == (True, 12, VKEY)
    assert report["checkpoint"].startswith("auditor.example/ledger\n12\n")


CHANGE = "UPDATE {0} SET {1} = CAST(replace(CAST({1} AS TEXT), {2}) AS BLOB) WHERE {3}"


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE entry SET bytes = CAST(bytes AS TEXT) WHERE idx = 3", "entry 3"),
        (CHANGE.format("entry", "bytes", "'p-01', 'p-02'", "idx = 7"), "entry 7"),
        ("DELETE FROM entry WHERE idx = 5", "entry 5"),
        ("DELETE FROM entry WHERE idx > 9", "entry 10"),
        (CHANGE.format("checkpoint", "note", "'12', '13'", "size = 12"), "size 12"),
        ("UPDATE head SET size = 5", "head"),
    ],
    ids=["type", "edit", "delete", "cut", "checkpoint", "head"],
)
def test_a_tampered_copy_is_refused_and_the_place_named(copy, statement, named):
    with closing(sqlite3.connect(copy)) as database, database:
        assert database.execute(statement).rowcount
    done = verify(copy)
    assert (done.returncode, done.stdout) == (4, "")
    assert named in done.stderr


def test_a_ledger_of_another_key_than_the_one_held_is_refused():
    other = "auditor.example/ledger+44e11726+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
    done = verify(LEDGER, "--vkey", other)
    assert done.returncode == 4
    assert "another key than yours" in done.stderr


def test_a_disclosed_plate_opens_the_commitment_in_its_entry():
    with closing(sqlite3.connect(f"{LEDGER.as_uri()}?mode=ro", uri=True)) as database:
        ((data,),) = database.execute("SELECT bytes FROM entry WHERE idx = 4").fetchall()
    committed = parse_entry(data).body["committed"]
    assert isinstance(committed, dict)
    salt = sha256(b"salt 3").digest()
    check_opening(committed["plate"], "plate", salt, "TEST003")
    with pytest.raises(VerificationError):
        check_opening(committed["plate"], "plate", salt, "TEST004")
