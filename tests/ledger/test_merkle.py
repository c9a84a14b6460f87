"""The Merkle tree against the published vectors, and against RFC 6962's own recursive definition."""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger import merkle
from alpr_ledger.errors import ProofError, VerificationError
from alpr_ledger.merkle import EMPTY_ROOT, Frontier, node_hash

# The eight leaves of RFC 6962's first implementation, and the roots over the first one, two, ... of them.
LEAVES = [bytes.fromhex(one) for one in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                         "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MANY = [sha256(n.to_bytes(4)).digest() for n in range(700)]


def tree_hash(leaves):
    """MTH, word for word as RFC 6962 section 2.1 defines it, over leaf hashes."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(tree_hash(leaves[:split]), tree_hash(leaves[split:]))


@cache
def node(level, n):
    return tree_hash(MANY[n << level : (n + 1) << level])


def vectors(shared, kind):
    files = sorted((shared / "vectors" / "rfc6962" / kind).rglob("*.json"))
    assert files
    return [(str(path), json.loads(path.read_text())) for path in files]


def decoded(texts):
    return [base64.b64decode(text) for text in texts or []]


def refused(check, *arguments):
    try:
        check(*arguments)
    except ProofError:
        return True
    return False


def test_the_published_inclusion_proofs_are_judged_as_published(shared: Path):
    for path, case in vectors(shared, "inclusion"):
        leaf, root = decoded([case["leafHash"], case["root"]])
        verdict = refused(
            merkle.verify_inclusion, case["leafIdx"], case["treeSize"], leaf, decoded(case["proof"]), root
        )
        assert verdict == case["wantErr"], path


def test_the_published_consistency_proofs_are_judged_as_published(shared: Path):
    for path, case in vectors(shared, "consistency"):
        root1, root2 = decoded([case["root1"], case["root2"]])
        verdict = refused(
            merkle.verify_consistency, case["size1"], case["size2"], root1, root2, decoded(case["proof"])
        )
        assert verdict == case["wantErr"], path


def test_the_empty_tree_is_a_prefix_of_every_tree_with_an_empty_proof():
    # As C2SP tlog-witness has it. The library that the vectors are from refuses size 0 altogether; its files
    # of size 0 all have a wrong root, a root of the wrong length or a proof, so they do not contradict this.
    merkle.verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])
    merkle.verify_consistency(0, 8, EMPTY_ROOT, bytes.fromhex(ROOTS[7]), [])
    with pytest.raises(ProofError, match="empty tree"):
        merkle.verify_consistency(0, 8, MANY[0], bytes.fromhex(ROOTS[7]), [])
    with pytest.raises(ProofError, match="must be empty"):
        merkle.verify_consistency(0, 8, EMPTY_ROOT, bytes.fromhex(ROOTS[7]), [EMPTY_ROOT])


def test_the_frontier_has_the_published_roots():
    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT
    for leaf, root in zip(LEAVES, ROOTS, strict=True):
        frontier.extend([merkle.leaf_hash(leaf)])
        assert frontier.root().hex() == root


@given(st.lists(st.integers(0, 300), max_size=4))
def test_a_frontier_grown_in_any_steps_and_stored_between_them_has_the_root_of_the_whole(steps):
    frontier, size = Frontier(), 0
    for step in steps:
        leaves = MANY[size : size + step]
        frontier = Frontier.from_bytes(frontier.size, frontier.to_bytes())
        frontier.extend(leaves)
        size += len(leaves)
    assert frontier.size == size
    assert frontier.root() == (tree_hash(MANY[:size]) if size else EMPTY_ROOT)


def test_a_frontier_reports_each_subtree_of_256_leaves_once_when_it_is_complete():
    frontier = Frontier()
    completed = frontier.extend(MANY[:300]) + frontier.extend(MANY[300:])
    assert completed == [(8, 0, node(8, 0)), (8, 1, node(8, 1))]


@pytest.mark.parametrize(("size", "nodes"), [(1, []), (3, [b"x" * 32]), (1, [b"short"]), (-1, [])])
def test_a_frontier_that_does_not_fit_its_size_is_refused(size, nodes):
    with pytest.raises(VerificationError):
        Frontier(size, nodes)


@given(st.integers(1, 700).flatmap(lambda size: st.tuples(st.integers(0, size - 1), st.just(size))))
def test_every_inclusion_proof_made_verifies_and_with_any_hash_changed_does_not(place):
    index, size = place
    root, proof = tree_hash(MANY[:size]), merkle.inclusion_proof(index, size, node)
    merkle.verify_inclusion(index, size, MANY[index], proof, root)
    for at in range(len(proof)):
        changed = [*proof[:at], bytes(32), *proof[at + 1 :]]
        assert refused(merkle.verify_inclusion, index, size, MANY[index], changed, root)
    assert refused(merkle.verify_inclusion, index, size, MANY[index], [*proof, bytes(32)], root)
    assert refused(merkle.verify_inclusion, index, size, MANY[index - 1], proof, root) or size == 1
    if proof:
        assert refused(merkle.verify_inclusion, index, size, MANY[index], proof[:-1], root)


@given(st.integers(1, 700).flatmap(lambda size: st.tuples(st.integers(1, size), st.just(size))))
def test_every_consistency_proof_made_verifies_and_with_any_hash_changed_does_not(sizes):
    size1, size2 = sizes
    root1, root2 = tree_hash(MANY[:size1]), tree_hash(MANY[:size2])
    proof = merkle.consistency_proof(size1, size2, node)
    merkle.verify_consistency(size1, size2, root1, root2, proof)
    for at in range(len(proof)):
        changed = [*proof[:at], bytes(32), *proof[at + 1 :]]
        assert refused(merkle.verify_consistency, size1, size2, root1, root2, changed)
    if size1 < size2:
        assert refused(merkle.verify_consistency, size1, size2, root2, root1, proof)
        assert refused(merkle.verify_consistency, size1, size2, root1, root2, proof[:-1])
        assert refused(merkle.verify_consistency, size1, size2, root1, root2, [*proof, bytes(32)])


def test_proofs_of_what_is_not_there_are_not_made():
    for make in (
        lambda: merkle.inclusion_proof(5, 5, node),
        lambda: merkle.inclusion_proof(-1, 5, node),
        lambda: merkle.consistency_proof(6, 5, node),
    ):
        with pytest.raises(ProofError):
            make()
