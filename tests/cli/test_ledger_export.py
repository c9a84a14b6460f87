"""An auditor at the command line takes the export and proofs home, and checks them there without the node."""

from __future__ import annotations

import json

import pytest

from alpr_ledger.__main__ import main


@pytest.fixture
def as_auditor(node):
    node.log_in()
    node.add("1003", "Abe Auditor", "auditor")
    node.log_in("1003")
    return node


@pytest.fixture
def vkey(as_auditor):
    (opening,) = as_auditor.entries("ledger.open")
    return opening["public"]["vkey"]


def test_an_export_is_written_grows_and_verifies_at_home(as_auditor, vkey, tmp_path, capsys):
    target = tmp_path / "export"
    assert as_auditor("ledger", "export", str(target)).exit_code == 0
    first = json.loads(as_auditor("ledger", "export", str(target), "--json").stdout)
    assert (first["target"], first["new"]) == (
        str(target),
        2,
    )  # the outcome of the one, the intent of the other
    assert main(["verify", str(target), "--vkey", vkey]) == 0
    assert f"complete up to size {first['size']}" in capsys.readouterr().out


def test_a_proof_is_checked_at_home(as_auditor, vkey, tmp_path, capsys):
    file = tmp_path / "entry.tlog-proof"
    assert as_auditor("ledger", "prove", "0", "-o", str(file)).exit_code == 0
    assert main(["proof", str(file), "--vkey", vkey]) == 0
    assert "entry 0 is in the ledger" in capsys.readouterr().out
    shown = as_auditor("ledger", "prove", "--since", "1")
    assert shown.stdout.startswith("old 1\n")


@pytest.mark.parametrize("words", [(), ("0", "--since", "1")])
def test_it_is_the_one_or_the_other(as_auditor, words):
    result = as_auditor("ledger", "prove", *words)
    assert result.exit_code == 2
    assert "--since SIZE" in result.stderr


def test_what_cannot_be_written_is_said_in_words(as_auditor, tmp_path):
    result = as_auditor("ledger", "prove", "0", "-o", str(tmp_path / "none" / "file"))
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    result = as_auditor("ledger", "export", "nosuch://bucket")
    assert (result.exit_code, "Traceback" in result.output) == (1, False)
    assert "nosuch://bucket" in result.stderr
