"""Reading a ledger, and making proofs that others can verify."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.errors import ProofError, StoreError
from alpr_ledger.merkle import EMPTY_ROOT, leaf_hash, verify_consistency, verify_inclusion
from alpr_ledger.note import Vkey
from alpr_ledger.proof import TlogProof
from alpr_ledger.reader import Reader


@pytest.fixture
def filled(ledger):
    """700 entries in commits of different sizes: two complete tiles, and a part of a third."""
    for count, kind in ((254, "test.note"), (3, "test.other"), (300, "test.note"), (142, "test.last")):
        ledger.append_some(count, kind)
    return ledger


def test_entries_are_read_forwards_backwards_and_by_range(filled):
    with filled.reading() as connection:
        reader = Reader(connection)
        assert reader.size() == 700
        assert [one.idx for one in reader.entries()] == list(range(700))
        assert [one.idx for one in reader.entries(newest_first=True)] == list(range(699, -1, -1))
        assert [one.idx for one in reader.entries(10, 12)] == [10, 11, 12]
        assert [one.idx for one in reader.entries(698)] == [698, 699]
        assert list(reader.entries(5, 4)) == []


def test_entries_are_read_by_kind(filled):
    with filled.reading() as connection:
        reader = Reader(connection)
        assert [one.idx for one in reader.entries(kind="test.other")] == [255, 256, 257]
        assert [one.idx for one in reader.entries(kind="test.other", newest_first=True)] == [257, 256, 255]
        assert (reader.count(), reader.count("test.other"), reader.count("none")) == (700, 3, 0)


def test_an_entry_says_what_was_recorded(filled):
    with filled.reading() as connection:
        one = Reader(connection).entry(256)
        assert one.body["kind"] == "test.other"
        assert one.leaf == leaf_hash(one.data)
        with pytest.raises(StoreError, match="no entry 700"):
            Reader(connection).entry(700)


def test_the_checkpoint_of_a_commit_is_there_and_of_no_other_size(filled):
    with filled.reading() as connection:
        reader = Reader(connection)
        assert reader.checkpoint().split(b"\n")[1] == b"700"
        assert reader.checkpoint(255).split(b"\n")[1] == b"255"
        assert reader.checkpoint_sizes() == [1, 255, 258, 558, 700]
        assert (reader.covering(0), reader.covering(256), reader.covering(699)) == (1, 258, 700)
        with pytest.raises(StoreError, match="size 300"):
            reader.checkpoint(300)
        with pytest.raises(StoreError, match="covers"):
            reader.covering(700)


def test_a_proof_made_here_verifies_with_nothing_but_the_entry_and_the_key(filled, key):
    with filled.reading() as connection:
        reader = Reader(connection)
        data = reader.entry(256).data
        proof = reader.prove(256).to_bytes()
    TlogProof.parse(proof).verify(data, [Vkey.parse(str(key.vkey))])


@pytest.mark.hypothesis
def test_proofs_between_any_sizes_verify(filled):
    with filled.reading() as connection:
        reader = Reader(connection)
        leaves = [one.leaf for one in reader.entries()]

        @given(st.integers(0, 700), st.integers(0, 700), st.integers(0, 699))
        def verifies(one, other, idx):
            size1, size2 = sorted((one, other))
            root2 = reader.root(size2)
            verify_consistency(
                size1, size2, reader.root(size1), root2, reader.consistency_proof(size1, size2)
            )
            if idx < size2:
                verify_inclusion(idx, size2, leaves[idx], reader.inclusion_proof(idx, size2), root2)

        verifies()
        assert reader.root(0) == EMPTY_ROOT


def test_proofs_beyond_the_ledger_are_refused(filled):
    with filled.reading() as connection:
        reader = Reader(connection)
        with pytest.raises(StoreError):
            reader.inclusion_proof(1, 701)
        with pytest.raises(ProofError):
            reader.inclusion_proof(300, 300)


def test_a_missing_tile_is_noticed_when_a_proof_needs_it(filled):
    filled.tamper("DELETE FROM tile")
    with filled.reading() as connection, pytest.raises(StoreError, match="tile 1/0"):
        Reader(connection).inclusion_proof(600)


def test_an_entry_that_is_no_bytes_is_told_and_no_defect(sqlite_ledger):
    sqlite_ledger.append_some(2)
    sqlite_ledger.tamper("UPDATE entry SET bytes = 'text' WHERE idx = 1")
    with sqlite_ledger.reading() as connection:
        reader = Reader(connection)
        assert reader.entry(2).idx == 2
        for read in (
            lambda: reader.entry(1),
            lambda: list(reader.entries()),
            lambda: reader.count("test.note"),
        ):
            with pytest.raises(StoreError, match="entry 1: its bytes are stored as something else"):
                read()
