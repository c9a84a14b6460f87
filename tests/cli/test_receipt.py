"""``alpr-core --receipt FILE``: whoever acted, or was denied, holds proof of it that is checked offline."""

from __future__ import annotations

import json

import pytest

from alpr_ledger.__main__ import main
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

SEARCH = ("reads", "search", "ABC123", "--purpose", "wanted", "--case", "26-1041")


@pytest.fixture
def proved(as_officer, capsys):
    """``proved(file)``: the entry that a receipt proves, by the auditor's command and the genesis key alone."""
    with open_source(as_officer.folder / "var" / "alpr.db") as source:
        vkey = verify(source).vkey

    def check(file) -> dict:
        capsys.readouterr()
        assert main(["proof", str(file), "--vkey", vkey, "--json"]) == 0
        return json.loads(json.loads(capsys.readouterr().out)["entry"])

    return check


def test_of_a_look(as_officer, proved, tmp_path) -> None:
    file = tmp_path / "search.tlog-proof"
    done = as_officer("--receipt", str(file), *SEARCH)
    assert done.exit_code == 0, done.output
    entry = proved(file)
    assert (entry["kind"], entry["purpose"]) == ("search.run", "wanted")
    assert "proof of entry" in done.stderr
    assert b"ABC123" not in file.read_bytes()


def test_of_a_change(as_officer, proved, tmp_path) -> None:
    as_officer.log_in("1001")
    file = tmp_path / "added"
    words = ("hotlist", "add", "ABC123", "--name", "local", "--purpose", "administration", "--reason",
             "stolen last night at the fair", "--expires", "2099-12-24")  # fmt: skip
    done = as_officer("--receipt", str(file), *words)
    assert done.exit_code == 0, done.output
    assert proved(file)["kind"] == "hotlist.add"


def test_of_a_denial_whose_exit_status_stays(as_officer, proved, tmp_path) -> None:
    file = tmp_path / "denied.tlog-proof"
    done = as_officer("--receipt", str(file), "reads", "search", "ABC123")
    assert (done.exit_code, "Denied" in done.stderr) == (3, True)
    entry = proved(file)
    assert (entry["kind"], entry["public"]["action"]) == ("act.deny", "search.run")


def test_of_a_login_that_failed(as_officer, proved, tmp_path) -> None:
    file = tmp_path / "failed"
    done = as_officer("--receipt", str(file), "login", "--badge", "1002", typed="wrong\n")
    assert done.exit_code == 3
    assert proved(file)["kind"] == "person.fail"


def test_of_a_command_with_several_acts_the_last_has_the_name_and_the_others_their_number(
    as_officer, proved, tmp_path
) -> None:
    as_officer.log_in("1001")
    as_officer.add("1003", "Ada Auditor", "auditor")
    as_officer.log_in("1003")
    file = tmp_path / "export.tlog-proof"
    done = as_officer("--receipt", str(file), "ledger", "export", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    (intent,) = tmp_path.glob("export-*.tlog-proof")
    assert [proved(one)["outcome"] for one in (intent, file)] == ["intent", "done"]
    assert f"export-{proved(file)['ref']}.tlog-proof" == intent.name


def test_of_a_new_nodes_first_person(run, tmp_path) -> None:
    words = ("init", str(tmp_path / "node"), "--name", "n", "--origin", "test.example/ledger/receipt")
    person = ("--timezone", "UTC", "--badge", "1", "--person", "A B")
    typed = "correct horse battery staple\n" * 2
    done = run("--receipt", str(tmp_path / "made"), *words, *person, typed=typed)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "made").is_file()


@pytest.mark.parametrize("words", [("config", "path"), ("reads", "--help"), ("no-such-command",)])
def test_a_command_that_makes_no_entry_says_so_and_writes_nothing(as_officer, tmp_path, words) -> None:
    plain = as_officer(*words)
    done = as_officer("--receipt", str(tmp_path / "none"), *words)
    assert "No receipt: this command made no entry." in done.stderr
    assert (done.exit_code, done.stdout) == (plain.exit_code, plain.stdout)
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_written_is_refused_before_anything_is_done(as_officer, tmp_path) -> None:
    before = len(as_officer.entries())
    file = tmp_path / "there"
    file.write_text("an older receipt")
    for place, why in ((file, "it is there already"), (tmp_path / "none" / "x", "cannot be written to")):
        done = as_officer("--receipt", str(place), *SEARCH)
        assert (done.exit_code, why in done.stderr) == (2, True)
    assert len(as_officer.entries()) == before
    assert file.read_text() == "an older receipt"


def test_a_receipt_that_fails_after_the_act_is_an_error_and_never_hides_a_denial(
    as_officer, tmp_path, monkeypatch
) -> None:
    from alpr_core.errors import StoreError
    from alpr_core.node import Node

    def full(self):
        raise StoreError("the disk is full")

    monkeypatch.setattr(Node, "receipts", full)
    done = as_officer("--receipt", str(tmp_path / "a"), *SEARCH)
    assert (done.exit_code, "the disk is full" in done.stderr) == (1, True)
    done = as_officer("--receipt", str(tmp_path / "b"), "reads", "search", "ABC123")
    assert (done.exit_code, "the disk is full" in done.stderr) == (3, True)
