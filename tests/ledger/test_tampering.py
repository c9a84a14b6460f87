"""Every tampering that is known of audit logs, on each medium, is detected, and the entry or the size is named.

An attack works on a copy of the ledger in memory, as thoroughly as its attacker can, and what it made is laid down
again. Here our own verification judges it, by nothing but the verifier key; `test_tampering_with_the_key` holds the
attacks that no signature shows, `test_foreign_verifiers` gives the exports to software that is not ours.
"""

from __future__ import annotations

import pytest

from alpr_ledger.errors import VerificationError
from alpr_ledger.export import export
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify
from attacks import ATTACKS
from tampering import COMMITS, Database


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_it_is_detected_and_the_place_named(medium, copy, key, attack) -> None:
    attack.run(copy, key)
    target = medium.lay_down(copy)
    named = attack.database if isinstance(medium, Database) else attack.export
    with pytest.raises(VerificationError, match=named), open_source(target) as source:
        verify(source, vkeys=[str(key.vkey)], content=False)


def test_a_copy_laid_down_unchanged_verifies(medium, copy, key) -> None:
    with open_source(medium.lay_down(copy)) as source:
        assert verify(source, vkeys=[str(key.vkey)]).size == COMMITS[-1]


def test_the_copy_that_is_attacked_is_what_the_exporter_writes(sqlite_ledger, copy, tmp_path) -> None:
    copy.into_tables(sqlite_ledger)
    with open_source(sqlite_ledger.target) as source:
        export(source, tmp_path / "written")
    laid_down = copy.into_files(tmp_path / "laid-down")
    files = {
        path.relative_to(laid_down): path.read_bytes() for path in laid_down.rglob("*") if path.is_file()
    }
    assert len(files) == 8
    for path, data in files.items():
        assert (tmp_path / "written" / path).read_bytes() == data
