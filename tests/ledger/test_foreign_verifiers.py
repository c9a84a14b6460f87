"""The two verifiers of ``examples/verify_without_us``, which share no line with ours, find every tampering too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.errors import VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Log, draft
from alpr_ledger.note import parse_note
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify
from attacks import ATTACKS, OWNERS
from tampering import COMMITS, Copy


def keep(folder: Path, copy: Copy, size: int) -> Path:
    """A checkpoint in somebody's drawer."""
    path = folder / f"kept-{size}"
    path.write_bytes(copy.notes[size])
    return path


def test_an_export_in_order_is_accepted_with_every_checkpoint_that_was_kept(
    copy, key, foreign, tmp_path
) -> None:
    kept = [keep(tmp_path, copy, size) for size in COMMITS]
    status, said = foreign(copy.into_files(tmp_path / "export"), str(key.vkey), *kept)
    assert (status, said.startswith("as signed: 700 entries")) == (0, True), said
    assert "4 kept checkpoints agree" in said


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_it_is_detected_and_the_place_named(copy, key, foreign, tmp_path, attack) -> None:
    newest = keep(tmp_path, copy, COMMITS[-1])
    attack.run(copy, key)
    status, said = foreign(copy.into_files(tmp_path / "export"), str(key.vkey), newest)
    assert (status, said.startswith("REFUSED ")) == (1, True), said
    assert re.search(attack.export, said), said


@pytest.mark.parametrize("attack", OWNERS, ids=lambda attack: attack.__name__)
def test_an_owner_of_the_key_is_found_out_by_a_kept_checkpoint(copy, key, foreign, tmp_path, attack) -> None:
    newest = keep(tmp_path, copy, COMMITS[-1])
    attack(copy, key)
    status, said = foreign(copy.into_files(tmp_path / "export"), str(key.vkey), newest)
    assert (status, "size" in said) == (1, True), said


# -- a ledger that was handed over to a second key


@pytest.fixture
def handed_over(sqlite_ledger, make_body, tmp_path) -> tuple[Path, list[Path], SigningKey]:
    """An export of a ledger that was handed over to a second key, its checkpoints of all times, and that key."""
    ledger, kept = sqlite_ledger, []
    sqlite_ledger.append_some(300)
    second = SigningKey.generate(ledger.log.key.name)
    with ledger.transaction() as connection:
        note = ledger.log.succession(connection, second)
        entry = make_body(kind="key.rotate", public={"note": note})
        ledger.log.append(connection, [draft(entry)], successor=second)
    ledger.log = Log(second)
    ledger.append_some(20)
    for size, data in ledger.query("SELECT size, note FROM checkpoint"):
        kept.append(tmp_path / f"kept-{size}")
        kept[-1].write_bytes(bytes(data))
    with open_source(ledger.target) as source:
        export(source, tmp_path / "export")
    return tmp_path / "export", kept, second


def test_the_keys_are_followed_from_the_first_one_on(handed_over, key, foreign) -> None:
    folder, kept, second = handed_over
    assert len(kept) == 4
    status, said = foreign(folder, str(key.vkey), *kept)
    assert (status, "4 kept checkpoints agree" in said) == (0, True), said
    assert foreign(folder, str(second.vkey))[0] == 1  # which signed no opening


def test_a_former_key_signs_no_more(handed_over, key, foreign) -> None:
    folder, kept, _ = handed_over
    newest = parse_checkpoint(parse_note((folder / "checkpoint").read_bytes()).text)
    (folder / "checkpoint").write_bytes(key.sign_checkpoint(newest.size, newest.root))
    status, said = foreign(folder, str(key.vkey), *kept)
    assert (status, f"size {newest.size}" in said) == (1, True), said
    with pytest.raises(VerificationError, match=f"size {newest.size}"), open_source(folder) as source:
        verify(source, vkeys=[str(key.vkey)])  # nor for our own


def test_a_key_that_the_former_one_did_not_name_is_refused(handed_over, key, foreign) -> None:
    folder, _, second = handed_over
    bundle = next((folder / "tile" / "entries").glob("001.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(str(second.vkey).encode(), str(key.vkey).encode()))
    status, said = foreign(folder, str(key.vkey))
    assert (status, "entry" in said) == (1, True), said
