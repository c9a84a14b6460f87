"""Attacks by who holds the signing key, its owner or a thief: in perfect order, and somebody's memory finds each out.

Four kinds of memory, each on every medium: the state of an earlier verification, a checkpoint in a drawer, the
cosignature of a witness, and the witness itself. Without any of them the report says "not anchored".
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alpr_ledger.cosignature import witness_vkey
from alpr_ledger.errors import VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import parse_note
from alpr_ledger.policy import read_policy
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify
from alpr_ledger.witness import Witness, read_answer
from attacks import OWNERS
from tampering import COMMITS

SIZE = COMMITS[-1]
CLERK = SigningKey("clerk.example", bytes([7]) * 32)
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
owners = pytest.mark.parametrize("attack", OWNERS, ids=lambda attack: attack.__name__)


@pytest.fixture
def policy(key):
    """Trusts the log, and the clerk as its witness."""
    return read_policy(f"log {key.vkey}\nwitness clerk {witness_vkey(CLERK)}\nquorum clerk\n".encode())


@pytest.fixture
def witness(policy, tmp_path) -> Witness:
    return Witness(CLERK, policy, tmp_path, lambda: AT)


@pytest.fixture
def cosigned(witness, copy):
    """The ledger in memory, after a witness has cosigned its newest checkpoint."""
    answer = witness.add_checkpoint(ConsistencyProof(0, (), copy.notes[SIZE]).to_bytes())
    found = read_answer(answer, parse_note(copy.notes[SIZE]).text, witness.vkey)
    copy.cosigned[SIZE] = (copy.notes[SIZE], str(witness.vkey), found.line.encode())
    return copy


def check(target, key, **options):
    with open_source(target) as source:
        return verify(source, vkeys=[str(key.vkey)], **options)


def refuse(target, key, **options) -> None:
    with pytest.raises(VerificationError, match=r"size (600|700|701|800)|entry (600|699|700)"):
        check(target, key, **options)


@owners
def test_by_itself_it_is_in_perfect_order_and_said_not_to_be_anchored(medium, copy, key, policy, attack):
    attack(copy, key)
    report = check(medium.lay_down(copy), key, policy=policy)
    assert report.size == copy.size
    assert report.lines()[-1].startswith("not anchored: the department could still rewrite this")


@owners
def test_it_is_found_out_by_who_verified_before(medium, copy, key, attack) -> None:
    before = check(medium.lay_down(copy), key).state
    attack(copy, key)
    refuse(medium.lay_down(copy), key, since=before)


@owners
def test_it_is_found_out_by_who_kept_a_checkpoint(medium, copy, key, attack) -> None:
    newest = copy.notes[SIZE]
    assert check(medium.lay_down(copy), key, kept=list(copy.notes.values())).kept == COMMITS
    attack(copy, key)
    refuse(medium.lay_down(copy), key, kept=[newest])


@owners
def test_a_stolen_current_key_is_found_out_by_a_cosignature_of_before(
    medium, cosigned, key, policy, attack
) -> None:
    report = check(medium.lay_down(cosigned), key, policy=policy)
    assert (report.anchoring.size, report.lines()[-1]) == (SIZE, "anchored up to size 700: all of it")
    attack(cosigned, key)
    refuse(medium.lay_down(cosigned), key, policy=policy)


@owners
def test_a_cosigned_checkpoint_that_an_auditor_lays_over_an_export_is_judged(
    cosigned, key, policy, tmp_path, attack
) -> None:
    note, _, line = cosigned.cosigned.pop(SIZE)
    attack(cosigned, key)
    folder = cosigned.into_files(tmp_path / "export")
    (folder / "checkpoint.witnessed").write_bytes(note + line)
    refuse(folder, key, policy=policy)


@owners
def test_a_stolen_current_key_is_refused_by_the_witness(
    sqlite_ledger, cosigned, key, witness, attack
) -> None:
    attack(cosigned, key)
    cosigned.into_tables(sqlite_ledger)
    size = cosigned.size
    for old in {min(SIZE, size), 600}:
        with sqlite_ledger.reading() as connection:
            proof = tuple(Reader(connection).consistency_proof(old, size))
        answer = witness.add_checkpoint(ConsistencyProof(old, proof, cosigned.notes[size]).to_bytes())
        assert answer.status in {409, 422}
        if answer.status == 409:
            assert answer.body == b"700\n"  # the size that the witness holds


def test_what_grew_from_what_was_cosigned_is_accepted(medium, cosigned, key, policy) -> None:
    bodies = cosigned.bodies()
    kept = [cosigned.notes[SIZE]]
    before = check(medium.lay_down(cosigned), key).state
    cosigned.chain_anew(bodies + [bodies[7].replace(b'"n":6', b'"n":%d' % n) for n in range(900, 950)], key)
    report = check(medium.lay_down(cosigned), key, policy=policy, since=before, kept=kept)
    assert (report.size, report.first, report.anchoring.size, report.kept) == (750, 700, 700, (700,))
    assert "up to size 700" in "\n".join(line for line in report.lines() if line.startswith("kept"))
