"""What leaves the house of the ledger: exports and proofs, each an act, each checked by an outsider's means alone."""

from __future__ import annotations

import pytest

from alpr_core.errors import Denied, NotFound, StoreError, VerificationFailed
from alpr_core.services.hotlists import list_hotlists
from alpr_core.services.ledger import verify_ledger
from alpr_core.services.ledger_export import export_ledger, prove_entry, prove_growth
from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.note import Vkey, parse_note
from alpr_ledger.proof import ConsistencyProof, TlogProof
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify


@pytest.fixture
def auditor(act_as):
    return act_as("auditor")


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def test_an_export_verifies_for_outsiders_and_is_on_record_before_and_after(auditor, site, tmp_path):
    done = export_ledger(auditor, str(tmp_path / "export"))
    with open_source(tmp_path / "export") as source:
        assert verify(source, vkeys=[auditor.vkey]).size == done.size
    intent, outcome = entries(site, "ledger.export")
    assert (intent["outcome"], outcome["outcome"]) == ("intent", "done")
    assert outcome["public"] == {"size": done.size, "before": 0}
    assert str(tmp_path) not in repr(outcome)
    verify_ledger(auditor)


def test_an_export_that_fails_is_an_error_for_people_and_on_record(auditor, site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"the export failed: .*cannot be written"):
        export_ledger(auditor, str(tmp_path / "file" / "export"))
    assert [body["outcome"] for body in entries(site, "ledger.export")] == ["intent", "failed"]
    verify_ledger(auditor)


def test_a_target_that_holds_another_ledger_is_left_alone(auditor, tmp_path):
    export_ledger(auditor, str(tmp_path))
    note = (tmp_path / "checkpoint").read_bytes()
    (tmp_path / "checkpoint").write_bytes(note.replace(b"alpr.example", b"ours.example"))
    with pytest.raises(VerificationFailed, match=r"nothing was exported: .*another ledger"):
        export_ledger(auditor, str(tmp_path))


def test_a_proof_of_an_entry_is_enough_by_itself(act_as, auditor, site):
    list_hotlists(act_as("admin"))
    proof = TlogProof.parse(prove_entry(auditor, 1))
    signed = proof.verify(proof.extra, [Vkey.parse(auditor.vkey)])
    assert (proof.index, signed.size) == (1, 2)
    assert b'"kind":"hotlist.list"' in proof.extra
    assert entries(site, "ledger.read")[-1]["public"] == {"count": 1, "first": 1, "last": 1}


def test_growth_is_proved_between_any_two_checkpoints(act_as, auditor, site):
    admin = act_as("admin")
    for _ in range(5):
        list_hotlists(admin)
    with site.store.snapshot() as work:
        older = parse_checkpoint(parse_note(work.ledger.checkpoint(2)).text)
    proof = ConsistencyProof.parse(prove_growth(auditor, 2, size=5))
    assert proof.verify(older.root, [Vkey.parse(auditor.vkey)]).size == 5


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda act: prove_entry(act, 99), "no entry 99"),
        (lambda act: prove_entry(act, -1), "no entry -1"),
        (lambda act: prove_entry(act, 0, size=99), "no checkpoint was signed at size 99"),
        (lambda act: prove_growth(act, 99), "no older checkpoint of size 99"),
        (lambda act: prove_growth(act, 0), "no older checkpoint of size 0"),
    ],
)
def test_what_there_is_not_is_named(auditor, call, why):
    with pytest.raises(NotFound, match=why):
        call(auditor)


def test_the_policy_decides(act_as, tmp_path):
    officer = act_as("officer")
    for call in (
        lambda: export_ledger(officer, str(tmp_path / "export")),
        lambda: prove_entry(officer, 0),
        lambda: prove_growth(officer, 1),
    ):
        with pytest.raises(Denied):
            call()
    assert not (tmp_path / "export").exists()
