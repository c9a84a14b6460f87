"""The files of C2SP tlog-tiles: their paths and bytes, as the specification has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger import merkle, tiles
from alpr_ledger.errors import VerificationError
from alpr_ledger.merkle import Frontier, leaf_hash
from alpr_ledger.tiles import bundle_path, decode_bundle, encode_bundle, tile_path, width_at


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (tile_path(0, 0), "tile/0/000"),
        (tile_path(0, 1234067), "tile/0/x001/x234/067"),
        (tile_path(3, 999, 7), "tile/3/999.p/7"),
        (tile_path(63, 1000, 255), "tile/63/x001/000.p/255"),
        (bundle_path(273, 112), "tile/entries/273.p/112"),
        (bundle_path(70_000), "tile/entries/x070/000"),
    ],
)
def test_paths_are_those_of_the_specification(path, expected):
    assert path == expected


def test_the_last_of_a_row_is_as_wide_as_what_is_left():
    assert [width_at(n, 600) for n in range(3)] == [256, 256, 88]


def test_a_bundle_holds_each_entry_after_its_length_in_two_bytes():
    assert encode_bundle([b"ab", b"", b"c" * 300]) == b"\x00\x02ab\x00\x00\x01\x2c" + b"c" * 300


@given(st.lists(st.binary(max_size=600), max_size=20))
def test_a_bundle_gives_back_what_was_put_in(entries):
    assert decode_bundle(encode_bundle(entries), 3, len(entries)) == entries


@pytest.mark.parametrize(
    ("data", "entry"),
    [(b"", 512), (b"\x00", 512), (b"\x00\x02a", 512), (b"\x00\x01a", 513), (b"\x00\x01a\x00\x01b\x00", 514),
     (b"\x00\x01a\x00\x01b\x00\x01c", 514)],
)  # fmt: skip
def test_a_bundle_that_is_cut_short_or_long_is_refused_and_the_entry_named(data, entry):
    with pytest.raises(VerificationError) as caught:
        decode_bundle(data, 2, 2)
    assert caught.value.entry == entry


@given(st.integers(1, 700), st.data())
def test_subtrees_folded_from_tiles_prove_what_the_tree_proves(size, data):
    leaves = [leaf_hash(b"%d" % n) for n in range(size)]
    tree = Frontier()
    above = tree.extend(leaves)

    def tile(level, n):
        row = leaves if level == 0 else [node for height, _, node in above if height == 8 * level]
        return b"".join(row[n * 256 : (n + 1) * 256])

    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, lambda level, n: tiles.node(tile, level, n))
    merkle.verify_inclusion(index, size, leaves[index], proof, tree.root())


def test_a_subtree_that_a_tile_is_too_short_for_has_no_hash():
    assert tiles.node(lambda level, n: bytes(32 * 3), 2, 0) is None
