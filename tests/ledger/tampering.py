"""A ledger in memory, as whoever owns the machine can change it, and what it is laid down on again.

The tables are laid down without their constraints and triggers: an attacker drops those first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from alpr_ledger.entry import splice
from alpr_ledger.keys import SigningKey
from alpr_ledger.merkle import HASH, Frontier, leaf_hash
from alpr_ledger.tiles import WIDTH, bundle_path, encode_bundle, tile_path

COMMITS = (1, 400, 600, 700)
"""Sizes at which a checkpoint was signed. 700 entries: two full bundles and a partial one, a tile on level 1."""


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
        frontier: of the tree, as the head has it.
        cosigned: a checkpoint that a witness has cosigned, with the witness's line; by its size.
    """

    entries: list[bytes]
    leaves: list[bytes] = field(default_factory=list)
    prevs: list[bytes] = field(default_factory=list)
    roots: dict[int, bytes] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)
    frontier: bytes = b""
    cosigned: dict[int, tuple[bytes, str, bytes]] = field(default_factory=dict)

    @classmethod
    def of(cls, ledger) -> Copy:
        """Everything in a ledger's database."""
        rows = ledger.query("SELECT bytes, leaf, prev FROM entry ORDER BY idx")
        entries, leaves, prevs = ([bytes(row[at]) for row in rows] for at in range(3))
        found = ledger.query("SELECT size, root, note FROM checkpoint ORDER BY size")
        tiles = ledger.query("SELECT level, n, hashes FROM tile")
        ((frontier,),) = ledger.query("SELECT frontier FROM head")
        return cls(
            entries,
            leaves,
            prevs,
            roots={size: bytes(root) for size, root, _ in found},
            notes={size: bytes(note) for size, _, note in found},
            tiles={(level, n): bytes(hashes) for level, n, hashes in tiles},
            frontier=bytes(frontier),
        )

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
        columns = {
            "entry": f"idx BIGINT, bytes {blob}, leaf {blob}, prev {blob}, req TEXT",
            "checkpoint": f"size BIGINT, root {blob}, note {blob}",
            "tile": f"level INTEGER, n BIGINT, hashes {blob}",
            "cosignature": f"size BIGINT, vkey TEXT, line {blob}",
        }
        rows: dict[str, list[tuple[object, ...]]] = {
            "entry": [
                (at, *row, None)
                for at, row in enumerate(zip(self.entries, self.leaves, self.prevs, strict=True))
            ],
            "checkpoint": [(size, self.roots[size], note) for size, note in self.notes.items()],
            "tile": [(level, n, hashes) for (level, n), hashes in self.tiles.items()],
            "cosignature": [(size, vkey, line) for size, (_, vkey, line) in self.cosigned.items()],
        }
        for table, names in columns.items():
            ledger.tamper(f"DROP TABLE {table}")
            ledger.tamper(f"CREATE TABLE {table} ({names})")
        with ledger.transaction() as connection:
            for table, values in rows.items():
                places = ", ".join(["?" if ledger.path else "%s"] * (columns[table].count(",") + 1))
                if values:
                    connection.exec_driver_sql(f"INSERT INTO {table} VALUES ({places})", values)
        ledger.tamper(
            "UPDATE head SET size = ?, leaf = ?, frontier = ?", self.size, self.leaves[-1], self.frontier
        )

    def into_files(self, folder: Path) -> Path:
        """Lay it down as C2SP tlog-tiles, with the cosigned checkpoint where an exporter puts it."""
        for first in range(0, self.size, WIDTH):
            bundle, hashes = self.entries[first : first + WIDTH], self.leaves[first : first + WIDTH]
            _write(folder / bundle_path(first // WIDTH, len(bundle)), encode_bundle(bundle))
            _write(folder / tile_path(0, first // WIDTH, len(hashes)), b"".join(hashes))
        for (level, n), above in self.tiles.items():
            _write(folder / tile_path(level, n, len(above) // HASH), above)
        newest = max(self.notes)
        lines = b""
        for size, (note, _, line) in self.cosigned.items():
            if size == newest:
                lines = line
            else:
                _write(folder / "checkpoint.witnessed", note + line)
        _write(folder / "checkpoint", self.notes[newest] + lines)
        return folder


class Database:
    """A ledger's database, on which one copy after another is laid down."""

    def __init__(self, ledger) -> None:
        self.ledger = ledger

    def lay_down(self, copy: Copy) -> str:
        """Put a copy there; return what `open_source` takes to find it."""
        copy.into_tables(self.ledger)
        return self.ledger.target


class Exports:
    """A folder of exports, each copy in one of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lay_down(self, copy: Copy) -> str:
        """Put a copy there; return what `open_source` takes to find it."""
        return str(copy.into_files(self._folder / str(len(list(self._folder.iterdir())))))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
