"""One byte changed, anywhere in what is stored or handed out, never passes.

| changed in | then |
|---|---|
| an entry, a leaf hash, a tile, a root, a head, a checkpoint's text, a log's signature | the ledger is refused |
| a proof, its entry or its checkpoint | the proof is refused; of a consistency proof see `test_proof` |
| a witness's cosignature | it is refused, or counts for nobody |
| a value in the vault, an opening that was disclosed | it does not open |

A succession's note lies in an entry; that its signatures too are needed shows `test_succession`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alpr_ledger.commitment import check_opening, commit
from alpr_ledger.cosignature import cosign, witness_vkey
from alpr_ledger.errors import VaultError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import draft
from alpr_ledger.note import parse_note
from alpr_ledger.policy import read_policy
from alpr_ledger.proof import TlogProof
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.vault import open_value, seal
from alpr_ledger.verify import verify
from tampering import COMMITS, Exports

# A third of the profile's count for each line of the tables below: an example verifies a whole ledger.
some = settings(
    max_examples=settings.default.max_examples // 3,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
anywhere = given(which=st.integers(0, 10_000), at=st.integers(0, 200_000), change=st.integers(1, 255))

CELLS = {
    "an entry": ("entry", "idx", "bytes"),
    "a leaf hash": ("entry", "idx", "leaf"),
    "the hash of the entry before": ("entry", "idx", "prev"),
    "a tile": ("tile", "n", "hashes"),
    "a root": ("checkpoint", "size", "root"),
    "a checkpoint's text or signature": ("checkpoint", "size", "note"),
    "the head's leaf hash": ("head", "id", "leaf"),
    "the head's frontier": ("head", "id", "frontier"),
}
FILES = {
    "an entry": "tile/entries",
    "a leaf hash": "tile/0",
    "a tile": "tile/1",
    "a checkpoint's text or signature": "checkpoint",
    "a cosigned checkpoint's text or log signature": "checkpoint.witnessed",
}
CLERK = SigningKey("clerk.example", bytes([7]) * 32)
AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
SIZE = COMMITS[-1]


def flip(data: bytes, at: int, change: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ change]) + data[at + 1 :]


def check(target, **options):
    with open_source(target) as source:
        return verify(source, content=False, **options)


@pytest.fixture(scope="module")
def filled(database, original):
    """A ledger laid down in a database, and every cell of it that holds bytes."""
    database.lay_down(original)
    cells = {
        what: database.ledger.query(f"SELECT {key}, {column} FROM {table} ORDER BY {key}")
        for what, (table, key, column) in CELLS.items()
    }
    yield database.ledger, cells
    assert check(database.ledger.target).size == SIZE


@pytest.mark.parametrize("what", CELLS)
@some
@anywhere
def test_in_a_database_it_is_refused(filled, what, which, at, change) -> None:
    ledger, cells = filled
    table, key, column = CELLS[what]
    number, value = cells[what][which % len(cells[what])]
    write = f"UPDATE {table} SET {column} = ? WHERE {key} = ?"
    ledger.tamper(write, flip(bytes(value), at, change), number)
    try:
        with pytest.raises(VerificationError):
            check(ledger.target)
    finally:
        ledger.tamper(write, bytes(value), number)


@pytest.fixture(scope="module")
def exported(original, tmp_path_factory):
    """A ledger laid down as an export; an older checkpoint, which a witness will cosign, beside the newest."""
    folder = original.into_files(tmp_path_factory.mktemp("any-byte"))
    (folder / "checkpoint.witnessed").write_bytes(original.notes[600])
    yield folder
    assert check(folder).size == SIZE


@pytest.mark.parametrize("what", FILES)
@some
@anywhere
def test_in_an_export_it_is_refused(exported, what, which, at, change) -> None:
    place = exported / FILES[what]
    files = sorted(path for path in place.rglob("*") if path.is_file()) or [place]
    file = files[which % len(files)]
    data = file.read_bytes()
    file.write_bytes(flip(data, at, change))
    try:
        with pytest.raises(VerificationError):
            check(exported)
    finally:
        file.write_bytes(data)


@pytest.fixture(scope="module")
def cosigned(medium, original, key):
    """A ledger with a cosignature, on each medium; how to write another line in its place; and the policy."""
    line = cosign(CLERK, parse_note(original.notes[SIZE]).text, AT).line().encode()
    vkey = witness_vkey(CLERK)
    original.cosigned[SIZE] = (original.notes[SIZE], str(vkey), line)
    target = medium.lay_down(original)
    original.cosigned.clear()

    def write(changed: bytes) -> None:
        if isinstance(medium, Exports):
            (Path(target) / "checkpoint").write_bytes(original.notes[SIZE] + changed)
        else:
            medium.ledger.tamper("UPDATE cosignature SET line = ?", changed)

    policy = read_policy(f"log {key.vkey}\nwitness w {vkey}\nquorum w\n".encode())
    yield target, line, write, policy
    assert check(target, policy=policy).anchoring.size == SIZE


@some
@anywhere
def test_in_a_cosignature_it_is_refused_or_counts_for_nobody(cosigned, which, at, change) -> None:
    target, line, write, policy = cosigned
    write(flip(line, at, change))
    try:
        report = check(target, policy=policy)
    except VerificationError:
        report = None
    finally:
        write(line)
    assert report is None or report.anchoring.size == 0


@pytest.fixture(scope="module")
def proof(make_ledger, tmp_path_factory) -> bytes:
    """A proof of one entry, with that entry in it, as it is handed out."""
    ledger = make_ledger(tmp_path_factory.mktemp("proof") / "ledger.db")
    ledger.append_some(699)
    with ledger.reading() as connection:
        reader = Reader(connection)
        found, entry = reader.prove(300), reader.entry(300).data
    return TlogProof(found.index, found.path, found.checkpoint, extra=entry).to_bytes()


@anywhere
def test_in_a_proof_or_the_entry_in_it_it_is_refused(proof, key, which, at, change) -> None:
    whole = TlogProof.parse(proof)
    assert whole.verify(whole.extra, [key.vkey]).size == SIZE
    with pytest.raises(VerificationError):
        changed = TlogProof.parse(flip(proof, at, change))
        changed.verify(changed.extra or b"", [key.vkey])


class OneKey:
    """The keys of a vault: one of everything."""

    def current(self, *_: str) -> tuple[str, bytes]:
        return "key", bytes(32)

    def get(self, _: str) -> bytes:
        return bytes(32)

    def index_key(self, _: str) -> bytes:
        return bytes(32)


@pytest.fixture(scope="module")
def sealed(make_ledger, make_body, tmp_path_factory):
    """A ledger with a value in its vault."""
    ledger, one = make_ledger(tmp_path_factory.mktemp("vault") / "ledger.db"), commit("plate", "ABC123")
    body = make_body(committed={"plate": one.c})
    receipt = ledger.append(draft(body, sealed=seal([one], "access", OneKey())))
    ((row,),) = ledger.query("SELECT sealed FROM vault")
    return ledger, receipt.first, row


@some
@anywhere
def test_in_the_vault_the_opening_fails(sealed, which, at, change) -> None:
    ledger, idx, row = sealed
    ledger.tamper("UPDATE vault SET sealed = ?", flip(row, at, change))
    with ledger.reading() as connection, pytest.raises(VaultError, match="altered"):
        open_value(connection, idx, "plate", OneKey())
    ledger.tamper("UPDATE vault SET sealed = ?", row)
    with ledger.reading() as connection:
        assert open_value(connection, idx, "plate", OneKey()).value == "ABC123"


@anywhere
def test_in_a_disclosed_value_or_its_salt_it_does_not_open(which, at, change) -> None:
    one = commit("plate", "ABC123", salt=bytes(range(32)))
    with pytest.raises(VerificationError):
        check_opening(one.c, "plate", flip(one.salt, at, change), one.value)
    other = flip(one.value.encode(), at, change).decode("latin-1")
    with pytest.raises(VerificationError):
        check_opening(one.c, "plate", one.salt, other)
