"""``python -m alpr_ledger proof``: what somebody who was handed a proof does with it."""

from __future__ import annotations

import json

import pytest

from alpr_ledger.__main__ import main
from alpr_ledger.keys import SigningKey
from alpr_ledger.proof import ConsistencyProof, TlogProof
from alpr_ledger.reader import Reader


@pytest.fixture
def files(sqlite_ledger, key, tmp_path):
    """A folder with entry.tlog-proof, entry, old (a checkpoint of 4) and consistency (to the one of 9)."""
    sqlite_ledger.append_some(3)
    sqlite_ledger.append_some(5)
    with sqlite_ledger.reading() as connection:
        reader = Reader(connection)
        proof, entry = reader.prove(2), reader.entry(2).data
        (tmp_path / "entry").write_bytes(entry)
        whole = TlogProof(proof.index, proof.path, proof.checkpoint, extra=entry)
        (tmp_path / "whole.tlog-proof").write_bytes(whole.to_bytes())
        (tmp_path / "bare.tlog-proof").write_bytes(proof.to_bytes())
        (tmp_path / "old").write_bytes(reader.checkpoint(4))
        consistency = ConsistencyProof(4, tuple(reader.consistency_proof(4, 9)), reader.checkpoint(9))
        (tmp_path / "consistency").write_bytes(consistency.to_bytes())
        (tmp_path / "newer").write_bytes(reader.checkpoint(9))
    return tmp_path


@pytest.fixture
def run(files, key, capsys):
    def call(name, *options, vkey=str(key.vkey)):
        filled = [str(files / one) if (files / one).exists() else one for one in options]
        status = main(["proof", str(files / name), "--vkey", vkey, *filled])
        return status, "".join(capsys.readouterr())

    return call


def test_a_proof_with_the_entry_in_it_is_enough(run):
    status, said = run("whole.tlog-proof")
    assert status == 0
    assert "entry 2 is in the ledger" in said
    assert '"kind": "test.note"' in said


def test_a_bare_proof_takes_the_entry_beside_it(run):
    assert run("bare.tlog-proof", "--entry", "entry")[0] == 0
    status, said = run("bare.tlog-proof")
    assert (status, "--entry" in said) == (2, True)


def test_another_entry_or_key_is_refused(run, key, files):
    assert run("whole.tlog-proof", "--entry", "old")[0] == 4
    assert run("whole.tlog-proof", vkey=str(SigningKey.generate(key.name).vkey))[0] == 4


def test_an_older_checkpoint_is_shown_to_be_the_beginning(run):
    status, said = run("consistency", "--old", "old", "--json")
    assert status == 0
    assert json.loads(said) == {
        "proved": "the ledger continues the one of size 4",
        "ledger": "ledger.example/test",
        "size": 9,
    }
    assert run("consistency")[0] == 2
    assert run("consistency", "--old", "newer")[0] == 4
    assert run("consistency", "--old", "entry")[0] == 2


@pytest.mark.parametrize("name", ["none", "old", "entry"])
def test_what_is_no_proof_is_refused_in_words(run, name):
    status, said = run(name)
    assert status in (2, 4)
    assert said.count("\n") == 1
