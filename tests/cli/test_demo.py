"""The demonstration goes the whole way of one plate, and leaves a node that anybody can look at."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The folder of one run, and what it printed; in a process of its own, as a newcomer starts it."""
    folder = tmp_path_factory.mktemp("demo") / "kept"
    done = subprocess.run(
        [Path(sys.executable).with_name("alpr-core"), "demo", "--keep", folder],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def test_it_tells_the_way_of_one_plate_in_eight_steps(told) -> None:
    _, story = told
    assert re.findall(r"^(\d)\. ", story, re.MULTILINE) == list("12345678")
    assert "HIT " in story
    assert "Denied." in story
    assert "needs a purpose" in story


def test_the_edited_copy_does_not_verify_and_the_entry_is_named(told) -> None:
    folder, story = told
    index = re.search(r"one character of entry (\d+)", story)[1]
    assert f"verification failed: entry {index}: " in story
    original, copy = (
        subprocess.run(
            [sys.executable, "-m", "alpr_ledger", "verify", str(database)],
            capture_output=True,
            text=True,
            check=False,
        )
        for database in (folder / "node" / "var" / "alpr.db", folder / "edited-copy.db")
    )
    assert original.returncode == 0
    assert (copy.returncode, f"entry {index}: " in copy.stderr) == (4, True)


def test_a_year_later_all_but_what_is_held_is_destroyed_and_certified(told) -> None:
    folder, story = told
    assert "CERTIFICATE OF DESTRUCTION 1" in story
    assert "alone is left, and the ledger verifies as before" in story
    assert (folder / "node" / "outbox" / "certificate-of-destruction-1.txt").exists()


def test_a_folder_that_is_there_is_left_alone(run, tmp_path) -> None:
    result = run("demo", "--keep", str(tmp_path))
    assert result.exit_code == 1
    assert list(tmp_path.iterdir()) == []
