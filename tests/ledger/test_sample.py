"""A random sample: what it reads is proved to lie in the signed tree, and it says what it did not read."""

from __future__ import annotations

import random

import pytest

from alpr_ledger.errors import KeyRefused, VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.sample import sample
from alpr_ledger.source import open_source


def take(target, key, bundles=100, **options):
    with open_source(target) as source:
        return sample(source, bundles, vkey=str(key.vkey), **options)


def test_all_bundles_of_a_ledger_are_proved_one_by_one(ledger, key):
    ledger.append_some(600)
    found = take(ledger.target, key)
    assert (found.bundles, found.entries, found.size) == ((0, 1, 2), 601, 601)


def test_an_export_gives_the_same(sqlite_ledger, key, tmp_path):
    sqlite_ledger.append_some(600)
    with open_source(sqlite_ledger.target) as source:
        export(source, tmp_path / "export")
    assert take(tmp_path / "export", key) == take(sqlite_ledger.target, key)


def test_the_report_says_how_much_was_not_read(sqlite_ledger, key):
    sqlite_ledger.append_some(2000)
    done = []
    found = take(sqlite_ledger.target, key, 3, chance=random.Random(1), progress=lambda *at: done.append(at))
    assert len(found.bundles) == 3
    assert f"sampled, not complete: {2001 - found.entries:,} entries were not read" in found.lines()
    assert found.as_json()["complete"] is False
    assert len(done) == 3


def test_which_bundles_it_reads_is_left_to_chance(sqlite_ledger, key):
    sqlite_ledger.append_some(256 * 40)
    assert len({take(sqlite_ledger.target, key, 3).bundles for _ in range(5)}) > 1


TAMPERINGS = {
    "an edited entry": "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), '\"n\":9', '\"n\":8') AS BLOB) "
    "WHERE idx = 10",
    "a deleted entry": "DELETE FROM entry WHERE idx = 300",
    "an entry that is no bytes": "UPDATE entry SET bytes = 'text' WHERE idx = 599",
    "a tile": "UPDATE tile SET hashes = zeroblob(64)",
    "a short tile": "UPDATE tile SET hashes = zeroblob(32)",
    "a tile that is no bytes": "UPDATE tile SET hashes = 7",
    "a checkpoint": "UPDATE checkpoint SET note = zeroblob(100) WHERE size = 601",
    "no checkpoint": "DELETE FROM checkpoint WHERE size = 601",
    "the head": "DELETE FROM head",
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_what_was_altered_in_it_is_found(sqlite_ledger, key, name):
    sqlite_ledger.append_some(600)
    sqlite_ledger.tamper(TAMPERINGS[name])
    with pytest.raises(VerificationError):
        take(sqlite_ledger.target, key)


def test_an_edit_with_its_hash_is_found_by_the_tree(sqlite_ledger, key):
    from alpr_ledger.merkle import leaf_hash

    sqlite_ledger.append_some(300)
    ((data,),) = sqlite_ledger.query("SELECT bytes FROM entry WHERE idx = 301 - 1")
    changed = bytes(data).replace(b"test.note", b"test.nope")
    sqlite_ledger.tamper("UPDATE entry SET bytes = ?, leaf = ? WHERE idx = 300", changed, leaf_hash(changed))
    with pytest.raises(VerificationError, match="another root"):
        take(sqlite_ledger.target, key)


def test_a_key_that_did_not_sign_proves_nothing(sqlite_ledger, key):
    with pytest.raises(VerificationError, match="none of the known keys"):
        take(sqlite_ledger.target, SigningKey.generate(key.name))
    with pytest.raises(KeyRefused), open_source(sqlite_ledger.target) as source:
        sample(source, 1, vkey="mistyped")
