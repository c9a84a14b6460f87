"""The ledger's keys at the command line, and a node whose database was restored."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta

import pytest

from alpr_core.config import Answers, load
from alpr_core.errors import StoreError
from alpr_core.node import FirstPerson, Node
from alpr_core.services import ledger_keys
from alpr_ledger.keys import SigningKeys
from alpr_ledger.proof import TlogProof
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


@pytest.fixture
def as_admin(node):
    assert node.log_in().exit_code == 0
    return node


def lines(result) -> list[dict]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def report(node):
    with open_source(node.folder / "var" / "alpr.db") as source:
        return verify(source)


def key_files(node) -> list[str]:
    return sorted(path.name for path in (node.folder / "var" / "keys").glob("ledger*"))


def test_a_rotation_hands_the_ledger_over_and_erases_the_old_secret(as_admin):
    (first,) = lines(as_admin("ledger", "keys", "list", "--json"))
    (done,) = lines(as_admin("ledger", "keys", "rotate", "--reason", "a new week", "--json"))
    before, after = lines(as_admin("ledger", "keys", "list", "--json"))
    assert (before["vkey"], before["last"]) == (first["vkey"], after["first"])
    assert (after["vkey"], after["last"]) == (done["verifier key"], None)
    assert key_files(as_admin) == [f"ledger-{after['id']}.key"]
    assert [str(one.vkey) for one in report(as_admin).keys] == [before["vkey"], after["vkey"]]
    assert as_admin("ledger", "verify").exit_code == 0
    (entry,) = as_admin.entries("key.rotate")
    assert "a new week" not in json.dumps(entry)
    assert as_admin.committed("key.rotate", "reason") == ["a new week"]


def test_the_vkey_of_the_old_key_still_verifies_the_ledger(as_admin):
    (first,) = lines(as_admin("ledger", "keys", "list", "--json"))
    assert as_admin("ledger", "keys", "rotate").exit_code == 0
    with open_source(as_admin.folder / "var" / "alpr.db") as source:
        assert verify(source, vkeys=[first["vkey"]]).pinned


def test_with_if_due_a_young_key_stays(as_admin, monkeypatch):
    done = as_admin("ledger", "keys", "rotate", "--if-due")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "Not due" in done.stderr
    monkeypatch.setattr(ledger_keys, "EPOCH", timedelta(0))
    assert as_admin("ledger", "keys", "rotate", "--if-due").stdout != ""


def test_with_if_due_a_key_that_has_signed_enough_goes(as_admin, monkeypatch):
    monkeypatch.setattr(ledger_keys, "EPOCH_ENTRIES", 2)
    assert "verifier key" in as_admin("ledger", "keys", "rotate", "--if-due").stdout


def test_a_node_that_runs_on_signs_with_the_new_key(as_admin):
    with Node.open(as_admin.folder) as running:
        assert as_admin("ledger", "keys", "rotate").exit_code == 0
        running.act(None).report("person.fail", badge="9")
    assert report(as_admin).keys[-1].last is None


def test_what_a_rotation_that_was_cut_off_left_behind_is_erased_at_the_start(as_admin):
    keys = SigningKeys(as_admin.folder / "var" / "keys")
    keys.generate("test.example/ledger/1")
    assert as_admin("status").exit_code == 0
    assert key_files(as_admin) == ["ledger.key"]


def test_a_stolen_key_is_revoked_and_hands_over_first(as_admin):
    (key,) = lines(as_admin("ledger", "keys", "list", "--json"))
    done = as_admin("ledger", "keys", "revoke", key["id"], "--last", "2", "--reason", "break-in")
    assert done.exit_code == 0, done.output
    assert [one.last for one in report(as_admin).keys] == [2, None]
    assert [one["last"] for one in lines(as_admin("ledger", "keys", "list", "--json"))] == [2, None]
    assert "signed by a revoked key" in as_admin("ledger", "verify").stdout
    # A former key is revoked by itself.
    assert as_admin("ledger", "keys", "revoke", key["vkey"], "--last", "1").exit_code == 0
    assert len(report(as_admin).keys) == 2


@pytest.mark.parametrize(
    ("key", "last", "why"), [("00000000", "1", "No key 00000000"), ("", "99", "up to size")]
)
def test_what_cannot_be_revoked_is_refused_in_words(as_admin, key, last, why):
    (current,) = lines(as_admin("ledger", "keys", "list", "--json"))
    done = as_admin("ledger", "keys", "revoke", key or current["id"], "--last", last)
    assert done.exit_code == 1
    assert why in done.stderr
    assert as_admin.entries("key.rotate") == []


@pytest.fixture
def restored(as_admin, tmp_path):
    """The node after its database came back from a backup; this host has signed for more. An auditor is known."""
    assert as_admin.add("1003", "Pat Poe", "auditor").exit_code == 0
    database = as_admin.folder / "var" / "alpr.db"
    shutil.copy(database, tmp_path / "backup")
    assert as_admin("hotlist", "list").exit_code == 0
    for part in ("-wal", "-shm"):
        database.with_name(database.name + part).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", database)
    return as_admin


def recover(node, *words, first="1001", second="1003"):
    file = str(node.passphrase_file)
    passphrases = ("--passphrase-file", file, "--second-passphrase-file", file)
    return node("ledger", "recover", "--badge", first, "--second", second, *passphrases, *words)


def size(node) -> int:
    with open_source(node.folder / "var" / "alpr.db") as source:
        head = source.head()
    return head[0] if head else 0


def test_a_restored_database_is_refused_by_every_command_and_signed_by_none(restored):
    before = size(restored)
    for words in (("status",), ("login",), ("hotlist", "list"), ("ledger", "verify")):
        done = restored(*words)
        assert done.exit_code == 1
        assert "ledger recover" in done.stderr
        assert "Traceback" not in done.output
    assert size(restored) == before


def test_two_persons_let_it_go_on_and_the_lost_checkpoint_stays_on_record(restored):
    lost = load(restored.folder).last_signed.read_bytes().decode()
    before = size(restored)
    done = recover(restored, "--reason", "disk lost", "--json")
    assert lines(done) == [{"recovered": True, "entry": before}]
    (entry,) = restored.entries("ledger.recover")
    assert entry["public"]["lost"] == lost
    assert entry["public"]["second"] != entry["actor"]["id"]
    assert restored.committed("ledger.recover", "reason") == ["disk lost"]
    assert restored.log_in().exit_code == 0
    assert report(restored).size > before


def test_the_two_persons_can_have_a_receipt_of_it(restored, tmp_path):
    before, file = size(restored), str(restored.passphrase_file)
    both = ("--passphrase-file", file, "--second-passphrase-file", file)
    receipt = ("--receipt", str(tmp_path / "receipt"))
    done = restored(*receipt, "ledger", "recover", "--badge", "1001", "--second", "1003", *both)
    assert done.exit_code == 0, done.output
    proof = TlogProof.parse((tmp_path / "receipt").read_bytes())
    assert proof.index == before
    assert b'"kind":"ledger.recover"' in proof.extra


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [("1001", "1001", 1), ("1001", "9999", 3), ("9999", "1003", 3)],
    ids=["one person", "unknown second", "unknown first"],
)
def test_one_person_alone_recovers_nothing(restored, first, second, status):
    before = size(restored)
    done = recover(restored, first=first, second=second)
    assert done.exit_code == status, done.output
    assert size(restored) == before


def test_a_wrong_passphrase_recovers_nothing(restored):
    before = size(restored)
    done = restored(
        "ledger",
        "recover",
        "--badge",
        "1001",
        "--second",
        "1003",
        typed="correct horse battery staple\nwrong\n",
    )
    assert done.exit_code == 3
    assert size(restored) == before


def test_a_role_that_may_not_recover_is_refused_as_second_person(as_admin, tmp_path):
    assert as_admin.add("1002", "Sam Roe", "officer").exit_code == 0
    database = as_admin.folder / "var" / "alpr.db"
    shutil.copy(database, tmp_path / "backup")
    assert as_admin("hotlist", "list").exit_code == 0
    for part in ("-wal", "-shm"):
        database.with_name(database.name + part).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", database)
    done = recover(as_admin, second="1002")
    assert done.exit_code == 3
    assert "ledger.recover" in done.stderr
    assert as_admin("status").exit_code == 1


def test_a_node_that_lacks_nothing_has_nothing_to_recover(as_admin):
    done = recover(as_admin)
    assert done.exit_code == 1
    assert "nothing to recover" in done.stderr


def test_a_name_is_for_one_ledger_on_a_host(tmp_path):
    first = FirstPerson(badge="1", name="A B", passphrase="correct horse battery staple")
    answers = Answers(name="n", origin="test.example/ledger/once")
    Node.create(tmp_path / "one", answers, first).close()
    with pytest.raises(StoreError, match="signed for a ledger"):
        Node.create(tmp_path / "other", answers, first)
    assert not (tmp_path / "other").exists()


def test_an_init_that_fails_leaves_the_name_free(tmp_path, monkeypatch):
    first = FirstPerson(badge="1", name="A B", passphrase="correct horse battery staple")
    answers = Answers(name="n", origin="test.example/ledger/fails")
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(Node, "_add_first", lambda *_: (_ for _ in ()).throw(RuntimeError))
        Node.create(tmp_path / "other", answers, first)
    Node.create(tmp_path / "other", answers, first).close()
