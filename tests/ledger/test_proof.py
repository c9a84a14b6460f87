"""Proofs that stand on their own, as C2SP tlog-proof writes them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_ledger.errors import ProofError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.merkle import Frontier, consistency_proof, inclusion_proof, leaf_hash, range_root
from alpr_ledger.proof import ConsistencyProof, TlogProof

KEY = SigningKey("log.example/ledger", bytes(range(32)))
ENTRIES = [b"entry %d" % n for n in range(11)]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def node(level, n):
    if level == 0:
        return LEAVES[n]
    return range_root_of(n << level, (n + 1) << level)


def range_root_of(start, end):
    tree = Frontier()
    tree.extend(LEAVES[start:end])
    return tree.root()


PROOF = TlogProof(
    6, tuple(inclusion_proof(6, 11, node)), KEY.sign_checkpoint(11, range_root(0, 11, node))
).to_bytes()


def test_a_proof_verifies_offline_with_nothing_but_the_entry_and_the_key():
    signed = TlogProof.parse(PROOF).verify(ENTRIES[6], [KEY.vkey])
    assert (signed.origin, signed.size) == ("log.example/ledger", 11)


def test_a_proof_is_written_line_by_line_as_the_specification_says():
    lines = PROOF.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 6"]
    assert lines[6:8] == ["", "log.example/ledger"]
    assert TlogProof.parse(PROOF).to_bytes() == PROOF


def test_an_extra_line_is_kept():
    proof = TlogProof(0, (), b"note", extra=b"more")
    assert TlogProof.parse(proof.to_bytes()) == proof


def test_it_does_not_prove_another_entry():
    with pytest.raises(ProofError):
        TlogProof.parse(PROOF).verify(ENTRIES[5], [KEY.vkey])


@settings(max_examples=200)
@given(st.integers(0, len(PROOF) - 1), st.integers(1, 255))
def test_a_proof_with_any_byte_changed_is_refused(at, change):
    changed = PROOF[:at] + bytes([PROOF[at] ^ change]) + PROOF[at + 1 :]
    with pytest.raises(VerificationError):
        TlogProof.parse(changed).verify(ENTRIES[6], [KEY.vkey])


@given(st.binary(max_size=120))
def test_reading_bytes_of_any_kind_raises_nothing_but_proof_errors(data):
    with pytest.raises(ProofError):
        TlogProof.parse(b"c2sp.org/tlog-proof@v1\n" + data + b"\n\n").verify(b"", [KEY.vkey])


NEWER = KEY.sign_checkpoint(11, range_root(0, 11, node))
CONSISTENCY = ConsistencyProof(6, tuple(consistency_proof(6, 11, node)), NEWER).to_bytes()


def test_an_older_size_is_proved_to_be_the_beginning_offline():
    signed = ConsistencyProof.parse(CONSISTENCY).verify(range_root(0, 6, node), [KEY.vkey])
    assert (signed.origin, signed.size) == ("log.example/ledger", 11)


def test_a_consistency_proof_is_what_a_witness_is_sent():
    before, _, note = CONSISTENCY.partition(b"\n\n")
    assert before.split(b"\n")[0] == b"old 6"
    assert note == NEWER
    assert ConsistencyProof.parse(CONSISTENCY).to_bytes() == CONSISTENCY


def test_another_past_is_not_proved():
    other = leaf_hash(b"another past")
    with pytest.raises(ProofError):
        ConsistencyProof.parse(CONSISTENCY).verify(other, [KEY.vkey])


@settings(max_examples=200)
@given(st.integers(0, len(CONSISTENCY) - 1), st.integers(1, 255))
def test_a_consistency_proof_with_any_byte_changed_is_refused(at, change):
    changed = CONSISTENCY[:at] + bytes([CONSISTENCY[at] ^ change]) + CONSISTENCY[at + 1 :]
    with pytest.raises(VerificationError):
        ConsistencyProof.parse(changed).verify(range_root(0, 6, node), [KEY.vkey])


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"old x\n\n", b"old 1", b"old 1\nAA==\n\n", b"old 1\n" + b"x\n" * 70 + b"\n"]
)
def test_garbage_is_no_consistency_proof(data):
    with pytest.raises(ProofError):
        ConsistencyProof.parse(data)
