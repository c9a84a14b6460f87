"""The Merkle tree of RFC 6962 section 2: hashes, the frontier that grows it, proofs and their verification.

Verification functions return None, or raise ProofError. Nothing here reads a database: the makers of proofs
are given a function that knows the hashes of complete subtrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from .errors import ProofError, VerificationError

HASH = 32
EMPTY_ROOT = sha256(b"").digest()
TILE_HEIGHT = 8
"""Complete subtrees of every 8th level are kept: those are the tiles of C2SP tlog-tiles."""

NodeHash = Callable[[int, int], bytes]
"""(level, n) -> hash of the complete subtree over leaves n*2^level .. (n+1)*2^level - 1."""

CompletedNode = tuple[int, int, bytes]
"""(level, n, hash) of a subtree that has just become complete."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The roots of the complete subtrees that a tree of `size` leaves falls into, largest first.

    It is all that is needed to append leaves and to know the root (a "compact range" from 0).
    """

    __slots__ = ("_nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if size < 0 or len(nodes) != size.bit_count() or any(len(node) != HASH for node in nodes):
            raise VerificationError("the frontier does not fit the size of the tree", got=f"size {size}")
        self.size = size
        self._nodes = list(nodes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> Frontier:
        """The frontier that `to_bytes` of a tree of `size` leaves gave."""
        if len(data) % HASH:
            raise VerificationError("the frontier is not a row of 32-byte hashes", got=f"{len(data)} bytes")
        return cls(size, [data[at : at + HASH] for at in range(0, len(data), HASH)])

    def to_bytes(self) -> bytes:
        """The subtree roots one after another, largest subtree first."""
        return b"".join(self._nodes)

    def extend(self, leaves: Iterable[bytes]) -> list[CompletedNode]:
        """Append leaf hashes; return the subtrees of tile levels (8, 16, ...) that this completed."""
        nodes, size, completed = self._nodes, self.size, []
        for leaf in leaves:
            node, rest, level = leaf, size, 0
            while rest & 1:
                node = sha256(b"\x01" + nodes.pop() + node).digest()
                rest >>= 1
                level += 1
                if not level % TILE_HEIGHT:
                    completed.append((level, rest, node))
            nodes.append(node)
            size += 1
        self.size = size
        return completed

    def root(self) -> bytes:
        """The Merkle tree hash of all leaves so far."""
        if not self._nodes:
            return EMPTY_ROOT
        root = self._nodes[-1]
        for node in reversed(self._nodes[:-1]):
            root = sha256(b"\x01" + node + root).digest()
        return root


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over 2^k hashes of one level."""
    row = list(hashes)
    if not row or len(row) & (len(row) - 1):
        raise VerificationError("only a power of two of hashes folds into one", got=len(row))
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def range_root(start: int, end: int, node: NodeHash) -> bytes:
    """MTH(D[start:end]) of RFC 6962 section 2.1, for a range that is a node of some tree."""
    width = end - start
    if width == 1:
        return node(0, start)
    if not width & (width - 1):
        level = width.bit_length() - 1
        return node(level, start >> level)
    split = _split(width)
    return node_hash(range_root(start, start + split, node), range_root(start + split, end, node))


def inclusion_proof(index: int, size: int, node: NodeHash) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, leaf to root."""
    if not 0 <= index < size:
        raise ProofError("a tree of this size has no such entry", entry=index, got=f"size {size}")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        split = start + _split(end - start)
        if index < split:
            path.append(range_root(split, end, node))
            end = split
        else:
            path.append(range_root(start, split, node))
            start = split
    return path[::-1]


def consistency_proof(size1: int, size2: int, node: NodeHash) -> list[bytes]:
    """PROOF(size1, D[size2]) of RFC 6962 section 2.1.2; empty for size1 = 0 and for equal sizes."""
    if not 0 <= size1 <= size2:
        raise ProofError("the older tree must not be larger", got=f"sizes {size1} and {size2}")
    if size1 in (0, size2):
        return []
    proof: list[bytes] = []
    start, end, known = 0, size2, True
    while size1 != end:
        split = start + _split(end - start)
        if size1 <= split:
            proof.append(range_root(split, end, node))
            end = split
        else:
            proof.append(range_root(start, split, node))
            start, known = split, False
    if not known:
        proof.append(range_root(start, end, node))
    return proof[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that `leaf` is entry `index` of the tree with `size` entries and `root` (RFC 9162 2.1.3.2).

    Args:
        index: 0-based index of the entry.
        size: number of entries of the tree.
        leaf: the entry's leaf hash, 32 bytes.
        proof: the audit path, leaf to root.
        root: the tree's root, 32 bytes.

    Raises:
        ProofError: the proof does not show it.
    """
    _check_hashes([leaf, root, *proof])
    if not 0 <= index < size:
        raise ProofError("a tree of this size has no such entry", entry=index, got=f"size {size}")
    at, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofError("the inclusion proof is too long", entry=index)
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the inclusion proof is too short", entry=index)
    _check_root("the inclusion proof leads to another root", root, node, entry=index)


def verify_consistency(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (size1, root1) is a prefix of the tree (size2, root2) (RFC 9162 2.1.4.2).

    The empty tree is a prefix of every tree: size1 = 0 demands its root, SHA-256 of nothing, and an empty
    proof, as C2SP tlog-witness has it. (Some libraries refuse size1 = 0 altogether.)

    Raises:
        ProofError: the proof does not show it.
    """
    if not 0 <= size1 <= size2:
        raise ProofError("the older tree must not be larger", got=f"sizes {size1} and {size2}")
    if size1 in (0, size2) and proof:
        raise ProofError("nothing is to be proved, so the proof must be empty", got=f"{len(proof)} hashes")
    if size1 == 0:
        _check_root("the root of the empty tree is wrong", EMPTY_ROOT, root1)
    if size1 == size2:
        _check_root("trees of one size have two roots", root1, root2)
        return
    _check_hashes([root1, root2, *proof])
    if size1:
        _verify_proper_prefix(size1, size2, root1, root2, proof)


def _verify_proper_prefix(size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]) -> None:
    path = list(proof) if size1 & (size1 - 1) else [root1, *proof]
    if not path:
        raise ProofError("the consistency proof is empty", got=f"sizes {size1} and {size2}")
    at, last = size1 - 1, size2 - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofError("the consistency proof is too long", got=f"{len(proof)} hashes")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the consistency proof is too short", got=f"{len(proof)} hashes")
    _check_root(f"the consistency proof leads to another root at size {size1}", root1, old)
    _check_root(f"the consistency proof leads to another root at size {size2}", root2, new)


def _split(width: int) -> int:
    """The largest power of two below `width`."""
    return 1 << ((width - 1).bit_length() - 1)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    for value in hashes:
        if len(value) != HASH:
            raise ProofError("a hash has the wrong length", expected="32 bytes", got=f"{len(value)} bytes")


def _check_root(problem: str, expected: bytes, got: bytes, *, entry: int | None = None) -> None:
    if expected != got:
        raise ProofError(problem, entry=entry, expected=expected.hex(), got=got.hex())
