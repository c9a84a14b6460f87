"""What an auditor is told of time stamps: by the ledger's wheel alone that they are there, and how to judge them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

EXPORT = Path(__file__).with_name("stamped")
ROOT = EXPORT / "time-root.pem"
VKEY = "auditor.example/ledger+02053c9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
JUDGES = find_spec("rfc3161_client") is not None


def verify(target, *options):
    return subprocess.run(
        [sys.executable, "-m", "alpr_ledger", "verify", str(target), "--vkey", VKEY, *map(str, options)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_that_there_are_stamps_is_told_without_any_certificate():
    done = verify(EXPORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "time stamps are stored (1): to judge them, give the certificates" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("not anchored")


def test_they_are_judged_where_the_packages_are_and_else_it_is_told_which_are_missing():
    done = verify(EXPORT, "--tsa-cert", ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    if JUDGES:
        assert "stamped by Example Time at 20" in done.stdout
        assert ": 5 entries existed then\n" in done.stdout
    else:
        assert (
            "time stamps are stored (1): to judge them, more packages are needed: pip install" in done.stdout
        )
    said = json.loads(verify(EXPORT, "--tsa-cert", ROOT, "--json").stdout)
    assert ([one["size"] for one in said["timestamps"]], said["timestamps_unjudged"]) == (
        ([5], 0) if JUDGES else ([], 1)
    )


def test_a_stamp_that_was_changed_is_refused_by_whoever_can_judge_it(tmp_path):
    copy = Path(shutil.copytree(EXPORT, tmp_path / "copy"))
    token = copy / "timestamp" / "5.1.tst"
    token.write_bytes(token.read_bytes()[:-1] + b"\0")
    done = verify(copy, "--tsa-cert", ROOT)
    assert done.returncode == (4 if JUDGES else 0)
    assert ("the time stamp over size 5 is refused" in done.stderr) == JUDGES


@pytest.mark.parametrize("content", [None, "junk"])
def test_a_file_that_is_no_certificate_ends_with_status_2(tmp_path, content):
    file = tmp_path / "root.pem"
    if content is not None:
        file.write_text(content)
    done = verify(EXPORT, "--tsa-cert", file)
    assert (done.returncode, str(file) in done.stderr, done.stdout) == (2, True, "")
