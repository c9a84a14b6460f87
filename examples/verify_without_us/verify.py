#!/usr/bin/env python3
"""Check an exported ledger with nothing of its authors': Python's standard library and the openssl command.

    python3 verify.py DIRECTORY VKEY [CHECKPOINT-YOU-KEPT ...]

DIRECTORY is an export as C2SP tlog-tiles describes it: ``checkpoint``, ``tile/entries/...``, ``tile/0/...`` and up.
VKEY is the verifier key that you were given when the ledger was opened. A checkpoint that you kept, from any day
since, shows that the ledger of that day is still the beginning of this one: without one, whoever holds the ledger's
signing key could have rewritten everything. Exit status 0: it is as signed. 1: it is not, and the line says where.

Every format is public: https://c2sp.org/signed-note, /tlog-checkpoint, /tlog-tiles, and RFC 6962 section 2.1.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

SPKI_ED25519 = bytes.fromhex(
    "302a300506032b6570032100"
)  # RFC 8410: what openssl wants before a key's 32 bytes
WIDTH = 256


class Refused(Exception):
    """The export is not what was signed."""


def decode(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if encode(data) != text:
        raise Refused(f"not canonical base64: {text[:60]}")
    return data


def encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def signed_by(vkey: str, text: bytes, signature: bytes) -> bool:
    """Whether the key ``name+id+base64`` signed the text."""
    name, identity, encoded = vkey.split("+", 2)
    typed = decode(encoded)
    if sha256(f"{name}\n".encode() + typed).hexdigest()[:8] != identity or typed[0] != 1 or len(typed) != 33:
        raise Refused(f"the verifier key {vkey} was mistyped, or is no Ed25519 key")
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("key", "text", "signature")]
        for file, content in zip(files, (SPKI_ED25519 + typed[1:], text, signature), strict=True):
            file.write_bytes(content)
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", str(files[0])]
        command += ["-rawin", "-in", str(files[1]), "-sigfile", str(files[2])]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


class Note:
    """A signed note: lines of text, an empty line, and lines of signatures."""

    def __init__(self, data: bytes) -> None:
        text, _, signatures = data.rpartition(b"\n\n")
        self.text = text + b"\n"
        self.lines = text.decode().split("\n")
        self.signatures = {}
        for line in signatures.decode().splitlines():
            dash, signer, encoded = line.split(" ")
            if dash != "\N{EM DASH}":
                raise Refused("a signature line does not begin with a dash")
            signed = decode(encoded)
            self.signatures[f"{signer}+{signed[:4].hex()}"] = signed[4:]

    def has(self, vkey: str) -> bool:
        """Whether that key signed; a wrong signature by it is refused."""
        signature = self.signatures.get("+".join(vkey.split("+")[:2]))
        if signature is None:
            return False
        if not signed_by(vkey, self.text, signature):
            raise Refused(f"size {self.lines[1]}: the signature by {vkey} is wrong")
        return True


class Keys:
    """The key of the opening, and those that followed it: each for a range of sizes.

    An entry ``key.rotate`` holds a note, signed by the old and the new key, over the root of all entries before it.
    An entry ``key.revoke`` names the last size for which a former key still counts.
    """

    def __init__(self, genesis: str) -> None:
        self.ranges: list[tuple[str, int, int | None]] = [(genesis, 1, None)]

    def follow(self, index: int, body: dict, tree: Tree) -> None:
        """Read one entry's body; the tree is of the entries before it."""
        public, (current, first, _) = body.get("public", {}), self.ranges[-1]
        if body["kind"] == "key.rotate":
            note = Note(public["note"].encode())
            new = note.lines[-1]
            expected = [
                "alpr-ledger/succession/v1",
                str(index),
                encode(tree.root()),
                current,
                new,
            ]
            try:
                handed_over = note.lines == expected and note.has(current) and note.has(new)
            except Refused as error:
                raise Refused(f"entry {index}: {error}") from None
            if not handed_over:
                raise Refused(f"entry {index}: it hands the ledger over to another key as no honest one does")
            self.ranges[-1:] = [(current, first, index + 1), (new, index + 1, None)]
        elif body["kind"] == "key.revoke":
            last = public["last"]
            self.ranges = [(key, a, last if key == public["vkey"] else z) for key, a, z in self.ranges]

    def check(self, checkpoint: Note) -> None:
        """A checkpoint is signed by a key that may sign at its size."""
        origin, size = checkpoint.lines[0], int(checkpoint.lines[1])
        valid = [key for key, first, last in self.ranges if first <= size and (last is None or size <= last)]
        if not any(checkpoint.has(key) for key in valid):
            raise Refused(f"size {size}: the checkpoint is not signed by {' or '.join(valid)}")
        if origin != self.ranges[0][0].split("+")[0] or len(checkpoint.lines) != 3:
            raise Refused(f"size {size}: the checkpoint is of another ledger, {origin}")


def path_of(number: int, width: int) -> str:
    """Where tile or bundle `number` lies: digits in threes, all but the last behind an x; if partial, its width."""
    groups = []
    while True:
        number, rest = divmod(number, 1000)
        groups.insert(0, f"x{rest:03}" if groups else f"{rest:03}")
        if not number:
            return "/".join(groups) + ("" if width == WIDTH else f".p/{width}")


def entries_of(folder: Path, size: int) -> Iterator[tuple[int, bytes]]:
    """Every entry, from the bundles: two bytes of length, then the entry."""
    for first in range(0, size, WIDTH):
        width = min(WIDTH, size - first)
        place = Path("tile", "entries", path_of(first // WIDTH, width))
        try:
            data = Path(folder, place).read_bytes()
        except OSError as error:
            raise Refused(f"entry {first}: its bundle {place} cannot be read: {error.strerror}") from None
        for index in range(first, first + width):
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise Refused(f"entry {index}: its bundle is cut off")
            yield index, data[2 : 2 + length]
            data = data[2 + length :]
        if data:
            raise Refused(f"entry {first + width}: its bundle holds more than the checkpoint covers")


def check_link(index: int, entry: bytes, before: bytes) -> dict:
    """Each entry names its own place and the hash of the entry before it, which anyone can follow by eye."""
    fields = json.loads(entry)
    if fields["s"] != index or decode(fields["p"]) != before:
        raise Refused(f"entry {index}: it does not stand where it says, or does not follow the entry before")
    return fields["b"]


class Tree:
    """The Merkle tree of RFC 6962, grown leaf by leaf; keeps the hashes that tiles hold."""

    def __init__(self) -> None:
        self.size = 0
        self.stack: list[bytes] = []  # roots of the complete subtrees, largest first
        self.levels: dict[int, list[bytes]] = {}

    def add(self, node: bytes) -> None:
        """Append the hash of a leaf."""
        self.levels.setdefault(0, []).append(node)
        rest, level, self.size = self.size, 0, self.size + 1
        while rest & 1:
            node, rest, level = sha256(b"\x01" + self.stack.pop() + node).digest(), rest >> 1, level + 1
            if level % 8 == 0:
                self.levels.setdefault(level // 8, []).append(node)
        self.stack.append(node)

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self.stack:
            return sha256(b"").digest()
        *larger, root = self.stack
        for node in reversed(larger):
            root = sha256(b"\x01" + node + root).digest()
        return root


def check_tiles(folder: Path, tree: Tree) -> None:
    for level, hashes in tree.levels.items():
        for first in range(0, len(hashes), WIDTH):
            expected = hashes[first : first + WIDTH]
            place = Path("tile", str(level), path_of(first // WIDTH, len(expected)))
            if (folder / place).read_bytes() != b"".join(expected):
                raise Refused(f"{place} does not hold the hashes of its entries")


def verify(folder: Path, vkey: str, kept: list[Path]) -> int:
    """Check it all; return the size."""
    newest = Note(Path(folder, "checkpoint").read_bytes())
    checkpoints = [Note(path.read_bytes()) for path in kept] + [newest]
    size = int(newest.lines[1])
    roots: dict[int, bytes] = {}
    for one in checkpoints:
        at, root = int(one.lines[1]), decode(one.lines[2])
        if roots.setdefault(at, root) != root:
            raise Refused(
                f"size {at}: you kept a checkpoint of this size with another root: a fork, or a forgery"
            )
    if max(roots) > size:
        raise Refused(f"size {size}: you kept a checkpoint of size {max(roots)}: the tail was cut off")
    tree, keys, before = Tree(), Keys(vkey), bytes(32)
    for index, entry in entries_of(folder, size):
        keys.follow(index, check_link(index, entry, before), tree)
        before = sha256(b"\x00" + entry).digest()
        tree.add(before)
        if tree.size in roots and roots[tree.size] != tree.root():
            raise Refused(f"size {tree.size}: these are not the entries that its checkpoint was signed for")
    for one in checkpoints:
        keys.check(one)
    check_tiles(folder, tree)
    return size


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__)
        return 2
    folder, vkey, *kept = sys.argv[1:]
    try:
        size = verify(Path(folder), vkey, [Path(path) for path in kept])
    except Refused as error:
        print(f"REFUSED {error}")
        return 1
    except (OSError, LookupError, TypeError, ValueError) as error:
        print(f"REFUSED {type(error).__name__}: {error}")
        return 1
    print(f"as signed: {size} entries, every hash, tile and signature; {len(kept)} kept checkpoints agree")
    return 0


if __name__ == "__main__":
    sys.exit(main())
