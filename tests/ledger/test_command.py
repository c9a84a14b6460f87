"""``python -m alpr_ledger verify``: as an auditor runs it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from alpr_ledger.__main__ import main


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "alpr_ledger", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_ledger_in_order_ends_with_status_0_and_says_what_was_proved(ledger, key):
    ledger.append_some(3)
    done = run("verify", ledger.target)
    assert (done.returncode, done.stderr) == (0, "")
    assert "complete up to size 4" in done.stdout
    assert "not anchored" in done.stdout


def test_a_tampered_ledger_ends_with_status_4_and_names_the_entry(ledger):
    ledger.append_some(3)
    ledger.tamper("UPDATE entry SET bytes = prev WHERE idx = 2")
    done = run("verify", ledger.target)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(
        "verification failed: entry 2: its bytes are not those that were hashed: expected "
    )


def test_the_report_is_json_on_demand(sqlite_ledger, key, capsys):
    sqlite_ledger.append_some(3)
    assert main(["verify", sqlite_ledger.target, "--json", "--vkey", str(key.vkey)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verified"], report["size"], report["pinned"], report["anchored"]) == (
        True,
        4,
        True,
        False,
    )
    sqlite_ledger.tamper("UPDATE head SET size = 3")
    assert main(["verify", sqlite_ledger.target, "--json"]) == 4
    assert json.loads(capsys.readouterr().out)["verified"] is False


def test_the_chain_alone_is_checked_on_demand(sqlite_ledger, capsys):
    assert main(["verify", sqlite_ledger.target, "--chain-only", "--all-checkpoints"]) == 0
    assert "not checked" in capsys.readouterr().out


def test_a_state_is_kept_and_the_next_run_reads_on_from_there(sqlite_ledger, tmp_path, capsys):
    sqlite_ledger.append_some(3)
    state = str(tmp_path / "state.json")
    assert main(["verify", sqlite_ledger.target, "--keep", state]) == 0
    sqlite_ledger.append_some(5)
    assert main(["verify", sqlite_ledger.target, "--since", state, "--keep", state]) == 0
    assert "chain     5 new entries" in capsys.readouterr().out
    sqlite_ledger.tamper("DELETE FROM checkpoint WHERE size = 9")
    before = (tmp_path / "state.json").read_bytes()
    assert main(["verify", sqlite_ledger.target, "--since", state, "--keep", state]) == 4
    assert (tmp_path / "state.json").read_bytes() == before


def test_a_sample_says_that_it_is_one(sqlite_ledger, key, capsys):
    sqlite_ledger.append_some(600)
    assert main(["verify", sqlite_ledger.target, "--sample", "2", "--vkey", str(key.vkey)]) == 0
    assert "sampled, not complete" in capsys.readouterr().out
    assert main(["verify", sqlite_ledger.target, "--sample", "2"]) == 2
    assert "--vkey" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["verify", "{tmp}/none.db"], "no such file"),
        (["verify", "{db}", "--since", "{tmp}/none"], "cannot be read"),
        (["verify", "{tmp}"], "folder"),
        (["verify", "{db}", "--vkey", "mistyped"], "verifier key"),
        (["verify", "postgresql:///none?host={tmp}"], "cannot be read"),
    ],
)
def test_what_cannot_be_read_ends_with_status_2_and_one_line(sqlite_ledger, tmp_path, capsys, arguments, why):
    filled = [one.format(tmp=tmp_path, db=sqlite_ledger.target) for one in arguments]
    assert main(filled) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert why in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["verify"], ["verify", "x", "--no-such-option"], ["verify", "x", "--sample", "0"], ["other"]],
)
def test_wrong_usage_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
