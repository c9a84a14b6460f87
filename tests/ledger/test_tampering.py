"""Every tampering that is known of audit logs, on each medium, is detected, and the entry or the size is named.

An attack works on a copy of the ledger in memory, as thoroughly as its attacker can, and what it made is laid down
again without the tables' constraints: whoever owns the machine drops those first. A database is given to our
verification; an export also to the two verifiers of ``examples/verify_without_us``, which share no line with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from alpr_ledger.checkpoint import parse_checkpoint
from alpr_ledger.entry import splice
from alpr_ledger.errors import VerificationError
from alpr_ledger.export import export
from alpr_ledger.keys import SigningKey
from alpr_ledger.log import Log, draft
from alpr_ledger.merkle import HASH, Frontier, leaf_hash
from alpr_ledger.note import parse_note
from alpr_ledger.policy import read_policy
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify
from alpr_ledger.witness import Witness

COMMITS = (1, 400, 600, 700)
"""Sizes at which a checkpoint was signed. 700 entries: two full bundles and a partial one, a tile on level 1."""
WIDTH = 256


@dataclass
class Copy:
    """A ledger in memory: what an attacker reads, changes, and lays down again.

    Attributes:
        entries: their bytes.
        leaves: their hashes, which are also the tiles of level 0.
        prevs: the hash before each, as the database has it beside the bytes.
        roots: by the size of the checkpoint.
        notes: the signed checkpoints, by the size they are stored under.
        tiles: level and number of each tile from level 1 up.
    """

    entries: list[bytes]
    leaves: list[bytes] = field(default_factory=list)
    prevs: list[bytes] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    frontier: bytes = b""

    @property
    def size(self) -> int:
        return len(self.entries)

    def bodies(self) -> list[bytes]:
        return [data[len(b'{"b":') : data.rindex(b',"p":"')] for data in self.entries]

    def chain_anew(self, bodies: list[bytes], key: SigningKey | None = None) -> None:
        """Make a whole ledger of these bodies: every link, hash, root, tile, and with a key every signature.

        Without one the old signatures stay, under texts that say what the attacker wants them to say.
        """
        sizes = [size for size in self.notes if size <= len(bodies)]
        if len(bodies) not in sizes:
            sizes.append(len(bodies))
        signature = list(self.notes.values())[-1].partition(b"\n\n")[2]
        name = signature.decode().split(" ")[1]
        self.entries, self.leaves, self.prevs, self.roots, self.notes, self.tiles = [], [], [], {}, {}, {}
        tree, prev = Frontier(), bytes(HASH)
        for at, body in enumerate(bodies):
            data = splice(body, prev, at)
            self.entries.append(data)
            self.prevs.append(prev)
            prev = leaf_hash(data)
            self.leaves.append(prev)
            for level, n, node in tree.extend([prev]):
                place = (level // 8, n // WIDTH)
                self.tiles[place] = self.tiles.get(place, b"") + node
            if tree.size in sizes:
                self.roots[tree.size] = tree.root()
                own = key or SigningKey.generate(name)
                note = own.sign_checkpoint(tree.size, tree.root())
                self.notes[tree.size] = note if key else note.partition(b"\n\n")[0] + b"\n\n" + signature
        self.frontier = tree.to_bytes()

    def keep_newest(self) -> None:
        """Forget every checkpoint but the newest, as a forger without the key does: one lie is enough."""
        newest = max(self.notes)
        self.notes, self.roots = {newest: self.notes[newest]}, {newest: self.roots[newest]}

    def into_tables(self, ledger) -> None:
        """Lay it down in the ledger's database."""
        blob = "BLOB" if ledger.path else "BYTEA"
        for table in ("entry", "checkpoint", "tile"):
            ledger.tamper(f"DROP TABLE {table}")
        ledger.tamper(f"CREATE TABLE entry (idx BIGINT, bytes {blob}, leaf {blob}, prev {blob}, req TEXT)")
        ledger.tamper(f"CREATE TABLE checkpoint (size BIGINT, root {blob}, note {blob})")
        ledger.tamper(f"CREATE TABLE tile (level INTEGER, n BIGINT, hashes {blob})")
        with ledger.transaction() as connection:
            mark = "?" if ledger.path else "%s"
            rows = [
                (at, *row, None)
                for at, row in enumerate(zip(self.entries, self.leaves, self.prevs, strict=True))
            ]
            for table, values in (
                ("entry", rows),
                ("checkpoint", [(size, self.roots[size], note) for size, note in self.notes.items()]),
                ("tile", [(level, n, hashes) for (level, n), hashes in self.tiles.items()]),
            ):
                places = ", ".join([mark] * len(values[0]))
                connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({places})", values)
        ledger.tamper(
            "UPDATE head SET size = ?, leaf = ?, frontier = ?", self.size, self.leaves[-1], self.frontier
        )

    def into_files(self, folder: Path) -> Path:
        """Lay it down as C2SP tlog-tiles."""
        for first in range(0, self.size, WIDTH):
            bundle = self.entries[first : first + WIDTH]
            data = b"".join(len(one).to_bytes(2, "big") + one for one in bundle)
            _write(folder, "entries", first // WIDTH, len(bundle), data)
            hashes = self.leaves[first : first + WIDTH]
            _write(folder, "0", first // WIDTH, len(hashes), b"".join(hashes))
        for (level, n), hashes_above in self.tiles.items():
            _write(folder, str(level), n, len(hashes_above) // HASH, hashes_above)
        (folder / "checkpoint").write_bytes(self.notes[max(self.notes)])
        return folder


def _write(folder: Path, kind: str, n: int, width: int, data: bytes) -> None:
    path = folder / "tile" / kind / (f"{n:03}" + ("" if width == WIDTH else f".p/{width}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


# -- the attacks


def edit(copy: Copy, key: SigningKey) -> None:
    """One byte of an entry."""
    copy.entries[300] = copy.entries[300].replace(b'"n":299', b'"n":999')


def edit_and_hash(copy: Copy, key: SigningKey) -> None:
    """An entry and its own hash."""
    edit(copy, key)
    copy.leaves[300] = leaf_hash(copy.entries[300])


def edit_and_chain(copy: Copy, key: SigningKey) -> None:
    """An entry, and everything that follows from it; all but the signature."""
    bodies = copy.bodies()
    bodies[300] = bodies[300].replace(b'"n":299', b'"n":999')
    copy.chain_anew(bodies)
    copy.keep_newest()


def delete(copy: Copy, key: SigningKey) -> None:
    """An entry in the middle; those behind it move up."""
    for column in (copy.entries, copy.leaves, copy.prevs):
        del column[300]


def delete_and_chain(copy: Copy, key: SigningKey) -> None:
    """An entry in the middle, and everything that follows from it."""
    bodies = copy.bodies()
    del bodies[300]
    copy.chain_anew(bodies)
    copy.keep_newest()


def cut_tail(copy: Copy, key: SigningKey) -> None:
    """The newest entries, with their hashes."""
    for column in (copy.entries, copy.leaves, copy.prevs):
        del column[650:]


def cut_tail_and_claim_the_size(copy: Copy, key: SigningKey) -> None:
    """The newest entries, and the checkpoint's size line."""
    copy.chain_anew(copy.bodies()[:650])
    copy.keep_newest()


def reorder(copy: Copy, key: SigningKey) -> None:
    """Two entries change places together with their hashes: what x/mod's tile reader accepted before 0.40."""
    for column in (copy.entries, copy.leaves, copy.prevs):
        column[300], column[301] = column[301], column[300]


def reorder_and_chain(copy: Copy, key: SigningKey) -> None:
    """Two entries change places, and everything is computed anew."""
    bodies = copy.bodies()
    bodies[300], bodies[301] = bodies[301], bodies[300]
    copy.chain_anew(bodies)
    copy.keep_newest()


def insert(copy: Copy, key: SigningKey) -> None:
    """An entry that nobody recorded then."""
    data = splice(copy.bodies()[7], copy.leaves[299], 300)
    copy.entries.insert(300, data)
    copy.leaves.insert(300, leaf_hash(data))
    copy.prevs.insert(300, copy.leaves[299])


def insert_and_chain(copy: Copy, key: SigningKey) -> None:
    """An entry that nobody recorded then, and everything that follows from it."""
    bodies = copy.bodies()
    bodies.insert(300, bodies[7].replace(b'"n":6', b'"n":5555'))
    copy.chain_anew(bodies)
    copy.keep_newest()


def replay(copy: Copy, key: SigningKey) -> None:
    """A true entry once more, at the end."""
    for column in (copy.entries, copy.leaves, copy.prevs):
        column.append(column[300])


def replay_and_chain(copy: Copy, key: SigningKey) -> None:
    """A true entry's body once more, at the end, as a proper next entry."""
    bodies = copy.bodies()
    copy.chain_anew([*bodies, bodies[300]])
    copy.keep_newest()


def back_date(copy: Copy, key: SigningKey) -> None:
    """The time of an entry, and everything that follows from it."""
    bodies = copy.bodies()
    bodies[300] = bodies[300].replace(b"2026-11-23T06:34", b"2026-10-01T06:34")
    copy.chain_anew(bodies)
    copy.keep_newest()


def swap_keys(copy: Copy, key: SigningKey) -> None:
    """Everything anew under the attacker's own key, which his own opening names."""
    thief = SigningKey.generate(key.name)
    bodies = [body.replace(str(key.vkey).encode(), str(thief.vkey).encode()) for body in copy.bodies()]
    copy.chain_anew(bodies, thief)


def sign_with_another_key(copy: Copy, key: SigningKey) -> None:
    """The checkpoints alone, signed by another key of the same name."""
    thief = SigningKey.generate(key.name)
    for size in copy.notes:
        copy.notes[size] = thief.sign_checkpoint(size, copy.roots[size])


def change_the_size_line(copy: Copy, key: SigningKey) -> None:
    """The checkpoint's size, over entries that are as they were."""
    copy.notes[700] = copy.notes[700].replace(b"\n700\n", b"\n699\n")


def forge_the_signature(copy: Copy, key: SigningKey) -> None:
    """The bytes of the newest signature."""
    text, _, signature = copy.notes[700].partition(b"\n\n")
    old = signature.split(b" ")[2]
    copy.notes[700] = text + b"\n\n" + signature.replace(old, old[:20] + b"AAAA" + old[24:])


def older_note_for_the_newest(copy: Copy, key: SigningKey) -> None:
    """A true checkpoint of yesterday in place of today's."""
    copy.notes[700] = copy.notes[600]


def edit_level_0(copy: Copy, key: SigningKey) -> None:
    """A hash in a tile of level 0, of an entry that is as it was."""
    copy.leaves[300] = bytes(HASH)


def edit_bundle_and_level_0(copy: Copy, key: SigningKey) -> None:
    """An entry and its hash in the tile of level 0; the levels above stay true."""
    edit_and_hash(copy, key)
    for at in range(301, copy.size):  # and the links, so that only the tree can tell
        copy.entries[at] = splice(copy.bodies()[at], copy.leaves[at - 1], at)
        copy.prevs[at], copy.leaves[at] = copy.leaves[at - 1], leaf_hash(copy.entries[at])


def edit_level_1(copy: Copy, key: SigningKey) -> None:
    """A hash in a tile of level 1."""
    copy.tiles[1, 0] = bytes(HASH) + copy.tiles[1, 0][HASH:]


def edit_partial_bundle(copy: Copy, key: SigningKey) -> None:
    """The last entry of the last, partial bundle, with its hash: what a reader of full tiles never looks at."""
    copy.entries[699] = copy.entries[699].replace(b'"n":', b'"n":1')
    copy.leaves[699] = leaf_hash(copy.entries[699])


@dataclass(frozen=True)
class Attack:
    """One row of the table.

    Attributes:
        run: what the attacker does.
        table: which entry or size our verification names in a database.
        files: which place anyone's verification names in an export.
    """

    run: Callable[[Copy, SigningKey], None]
    table: str
    files: str


ATTACKS = [
    Attack(edit, "entry 300", "entry 30[01]|size 700"),
    Attack(edit_and_hash, "entry 301", "entry 30[01]|size 700"),
    Attack(edit_and_chain, "size 700", "size 700"),
    Attack(delete, "entry 300", "entry 300|entry 512"),
    Attack(delete_and_chain, "size 699", "size 699"),
    Attack(cut_tail, "entry 650", "entry 512"),
    Attack(cut_tail_and_claim_the_size, "size 650", "size 650"),
    Attack(reorder, "entry 300", "entry 300"),
    Attack(reorder_and_chain, "size 700", "size 700"),
    Attack(insert, "entry 301", "entry 30[01]|entry 512"),
    Attack(insert_and_chain, "size 701", "size 70[01]"),
    Attack(replay, "entry 700", "entry 512|entry 700"),
    Attack(replay_and_chain, "size 701", "size 70[01]"),
    Attack(back_date, "size 700", "size 700"),
    Attack(swap_keys, "entry 0", "entry 0|size 700"),
    Attack(sign_with_another_key, "size 1:", "size 700"),
    Attack(change_the_size_line, "size 700", "size 699|entry 512"),
    Attack(forge_the_signature, "size 700", "size 700"),
    Attack(older_note_for_the_newest, "size 700", "size 600|entry 512"),
    Attack(edit_level_0, "entry 300", "tile 0/001|tile/0/001|entry 300"),
    Attack(edit_bundle_and_level_0, "size 400", "size 700"),
    Attack(edit_level_1, "tile 1/0", "tile"),
    Attack(edit_partial_bundle, "size 700", "entry 699|size 700"),
]


@pytest.fixture
def filled(ledger, make_body):
    """A ledger of 700 entries under four checkpoints."""
    for first, end in pairwise(COMMITS):
        ledger.append(*(draft(make_body(n - 1)) for n in range(first, end)))
    return ledger


def copy_of(ledger) -> Copy:
    rows = ledger.query("SELECT bytes, leaf, prev FROM entry ORDER BY idx")
    entries, leaves, prevs = ([bytes(row[at]) for row in rows] for at in range(3))
    found = ledger.query("SELECT size, root, note FROM checkpoint ORDER BY size")
    tiles = ledger.query("SELECT level, n, hashes FROM tile")
    ((frontier,),) = ledger.query("SELECT frontier FROM head")
    return Copy(
        entries,
        leaves,
        prevs,
        roots={size: bytes(root) for size, root, _ in found},
        notes={size: bytes(note) for size, _, note in found},
        tiles={(level, n): bytes(hashes) for level, n, hashes in tiles},
        frontier=bytes(frontier),
    )


def test_a_copy_laid_down_unchanged_verifies(filled, key) -> None:
    copy_of(filled).into_tables(filled)
    with open_source(filled.target) as source:
        assert verify(source, vkeys=[str(key.vkey)]).size == COMMITS[-1]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_in_a_database_it_is_detected_and_the_place_named(filled, key, attack) -> None:
    copy = copy_of(filled)
    attack.run(copy, key)
    copy.into_tables(filled)
    with open_source(filled.target) as source, pytest.raises(VerificationError, match=attack.table):
        verify(source, vkeys=[str(key.vkey)], content=False)


# -- attacks by who holds the key: no signature is wrong, and only somebody's memory tells


def rewrite(copy: Copy, key: SigningKey) -> None:
    """An entry of the past, and everything that follows from it, signed anew."""
    bodies = copy.bodies()
    bodies[300] = bodies[300].replace(b'"n":299', b'"n":999')
    copy.chain_anew(bodies, key)


def back_date_and_sign(copy: Copy, key: SigningKey) -> None:
    """An entry that is put in among those of yesterday, signed anew."""
    bodies = copy.bodies()
    bodies.insert(300, bodies[7].replace(b'"n":6', b'"n":5555'))
    copy.chain_anew(bodies, key)


def fork(copy: Copy, key: SigningKey) -> None:
    """A second history of the same size: another last commit."""
    bodies = copy.bodies()
    copy.chain_anew(bodies[:600] + [body.replace(b'"n":', b'"n":7') for body in bodies[600:]], key)


def restore_a_backup(copy: Copy, key: SigningKey) -> None:
    """The database of yesterday, in perfect order."""
    copy.chain_anew(copy.bodies()[:600], key)


def restore_a_backup_and_go_on(copy: Copy, key: SigningKey) -> None:
    """The database of yesterday, to which more was appended than was lost."""
    bodies = copy.bodies()
    copy.chain_anew(
        bodies[:600] + [bodies[7].replace(b'"n":6', b'"n":%d' % n) for n in range(2000, 2200)], key
    )


OWNERS = [rewrite, back_date_and_sign, fork, restore_a_backup, restore_a_backup_and_go_on]
owners = pytest.mark.parametrize("attack", OWNERS, ids=lambda attack: attack.__name__)


@owners
def test_an_owner_of_the_key_is_found_out_by_who_verified_before(filled, key, attack) -> None:
    with open_source(filled.target) as source:
        before = verify(source, vkeys=[str(key.vkey)]).state
    copy = copy_of(filled)
    attack(copy, key)
    copy.into_tables(filled)
    with open_source(filled.target) as source:
        assert verify(source, vkeys=[str(key.vkey)]).size == copy.size  # by itself it is in perfect order
    with (
        open_source(filled.target) as source,
        pytest.raises(VerificationError, match=r"size|entry (699|700)"),
    ):
        verify(source, vkeys=[str(key.vkey)], since=before)


@owners
def test_an_owner_of_the_key_is_refused_by_a_witness(sqlite_ledger, exported, key, tmp_path, attack) -> None:
    policy = read_policy(f"log {key.vkey}\nquorum none\n".encode())
    witness = Witness(SigningKey.generate("witness.example"), policy, tmp_path, lambda: datetime.now(UTC))
    assert witness.add_checkpoint(ConsistencyProof(0, (), exported.notes[700]).to_bytes()).status == 200
    attack(exported, key)
    exported.into_tables(sqlite_ledger)
    size = exported.size
    for old in {min(700, size), 600}:
        with sqlite_ledger.reading() as connection:
            proof = tuple(Reader(connection).consistency_proof(old, size))
        answer = witness.add_checkpoint(ConsistencyProof(old, proof, exported.notes[size]).to_bytes())
        assert answer.status in {409, 422}
        if answer.status == 409:
            assert answer.body == b"700\n"  # the size that the witness holds


@owners
def test_an_owner_of_the_key_is_found_out_by_a_kept_checkpoint(
    exported, key, foreign, tmp_path, attack
) -> None:
    newest = keep(tmp_path, exported, COMMITS[-1])
    attack(exported, key)
    status, said = foreign(exported.into_files(tmp_path / "export"), str(key.vkey), newest)
    assert (status, "size" in said) == (1, True), said


# -- an export, and verifiers that share no line with ours


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


def test_software_that_is_not_ours_follows_the_keys_from_the_first_one_on(handed_over, key, foreign) -> None:
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


def test_a_key_that_the_former_one_did_not_name_is_refused(handed_over, key, foreign, tmp_path) -> None:
    folder, _, second = handed_over
    bundle = next((folder / "tile" / "entries").glob("001.p/*"))
    bundle.write_bytes(bundle.read_bytes().replace(str(second.vkey).encode(), str(key.vkey).encode()))
    status, said = foreign(folder, str(key.vkey))
    assert (status, "entry" in said) == (1, True), said


def test_the_copy_that_is_attacked_is_what_the_exporter_writes(sqlite_ledger, exported, tmp_path) -> None:
    with open_source(sqlite_ledger.target) as source:
        export(source, tmp_path / "written")
    laid_down = exported.into_files(tmp_path / "laid-down")
    files = {
        path.relative_to(laid_down): path.read_bytes() for path in laid_down.rglob("*") if path.is_file()
    }
    assert len(files) == 8
    for path, data in files.items():
        assert (tmp_path / "written" / path).read_bytes() == data


@pytest.fixture
def exported(sqlite_ledger, make_body) -> Copy:
    """What is laid down as an export, untouched."""
    for first, end in pairwise(COMMITS):
        sqlite_ledger.append(*(draft(make_body(n - 1)) for n in range(first, end)))
    return copy_of(sqlite_ledger)


def keep(folder: Path, copy: Copy, size: int) -> Path:
    """A checkpoint in somebody's drawer."""
    path = folder / f"kept-{size}"
    path.write_bytes(copy.notes[size])
    return path


def test_an_export_in_order_is_accepted_with_every_checkpoint_that_was_kept(
    exported, key, foreign, tmp_path
) -> None:
    kept = [keep(tmp_path, exported, size) for size in COMMITS]
    status, said = foreign(exported.into_files(tmp_path / "export"), str(key.vkey), *kept)
    assert (status, said.startswith("as signed: 700 entries")) == (0, True), said
    assert "4 kept checkpoints agree" in said


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_in_an_export_it_is_detected_and_the_place_named(exported, key, tmp_path, attack) -> None:
    attack.run(exported, key)
    folder = exported.into_files(tmp_path / "export")
    with pytest.raises(VerificationError, match=attack.files), open_source(folder) as source:
        verify(source, vkeys=[str(key.vkey)], content=False)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.run.__name__)
def test_in_an_export_it_is_detected_by_software_that_is_not_ours(
    exported, key, foreign, tmp_path, attack
) -> None:
    newest = keep(tmp_path, exported, COMMITS[-1])
    attack.run(exported, key)
    status, said = foreign(exported.into_files(tmp_path / "export"), str(key.vkey), newest)
    assert (status, said.startswith("REFUSED ")) == (1, True), said
    assert re.search(attack.files, said), said
