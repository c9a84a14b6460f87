"""Every tampering that is known of audit logs, each as thorough as its attacker can be, and the place that is named.

`ATTACKS` are made without the signing key, `OWNERS` by who holds it: its owner, or a thief of the current key. Each
works on a `Copy`, which the tests lay down on SQLite, on PostgreSQL and as an export.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alpr_ledger.entry import splice
from alpr_ledger.keys import SigningKey
from alpr_ledger.merkle import HASH, leaf_hash
from tampering import Copy


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


def cut_beginning(copy: Copy, key: SigningKey) -> None:
    """The oldest entries, with their hashes, as if the ledger had been opened later."""
    for column in (copy.entries, copy.leaves, copy.prevs):
        del column[:10]


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
        database: which entry or size verification names in a database.
        export: which place anyone's verification names in an export.
    """

    run: Callable[[Copy, SigningKey], None]
    database: str
    export: str


ATTACKS = [
    Attack(edit, "entry 300", "entry 30[01]|size 700"),
    Attack(edit_and_hash, "entry 301", "entry 30[01]|size 700"),
    Attack(edit_and_chain, "size 700", "size 700"),
    Attack(delete, "entry 300", "entry 300|entry 512"),
    Attack(delete_and_chain, "size 699", "size 699"),
    Attack(cut_beginning, "entry 0", "entry 0|entry 512"),
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
