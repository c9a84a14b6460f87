"""Verification of a whole ledger, in two passes that read it as a stream.

*Chain*: of each entry the first and last bytes, the leaf hash and the index; the Merkle tree; the root of every
stored checkpoint; the signatures. *Content*: each entry is the one canonical spelling of its JSON and holds
what the catalogue declares for its kind. Whoever checks something returns None or raises VerificationError.

Neither can know what an owner of the signing key rewrote before anybody outside saw a checkpoint: the report
says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from .anchoring import judge_source
from .checkpoint import Checkpoint, parse_checkpoint
from .content import check as check_content
from .entry import GENESIS_PREV, HEAD, parse_entry, tail
from .errors import EntryError, KeyRefused, NoteError, VerificationError
from .kept import check_kept
from .merkle import HASH, TILE_HEIGHT, CompletedNode, Frontier, leaf_hash
from .note import Vkey, parse_note
from .policy import Policy
from .report import Report
from .source import CheckpointRow, EntryRow, Source
from .stamping import judge_source_stamps
from .state import State
from .succession import MARK, KeyRing
from .tiles import WIDTH

RECOVER = b'"kind":"ledger.recover"'
"""In the bytes of every entry by which two persons had a ledger go on after a loss."""

CHEAP_SIGNATURES = 10_000
"""Up to so many checkpoints every signature is verified unasked; it takes about a second."""

Row = TypeVar("Row")
Progress = Callable[[str, int, int], None]
"""(pass, entries done, entries in all)."""


def verify(
    source: Source,
    *,
    vkeys: Sequence[str] = (),
    policy: Policy | None = None,
    certificates: Sequence[bytes] = (),
    since: State | None = None,
    kept: Sequence[bytes] = (),
    content: bool = True,
    all_checkpoints: bool = False,
    processes: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Verify a whole ledger, or what came since an earlier verification.

    Args:
        source: where it is, from `open_source`.
        vkeys: verifier keys that the caller holds, of which one must be the ledger's first or a successor's;
            without one, the key that entry 0 names is believed.
        policy: the logs and witnesses that the caller trusts; its log keys count as `vkeys`.
        certificates: of the time-stamping authorities that the caller trusts: their roots, DER.
        since: where an earlier verification ended; the entries before are not read again.
        kept: checkpoints that the caller kept, of which each must be the beginning of this ledger.
        content: whether to run the content pass too.
        all_checkpoints: verify every checkpoint's signature, also where there are more than 10,000.
        processes: at most so many for the content pass of a large ledger. They are spawned, so a program that
            asks for more than one must be importable without running (``if __name__ == "__main__"``).
        progress: told now and then how far it is.

    Raises:
        VerificationError: something is not what was signed; it says which entry, expected and got.
        SourceError: the ledger cannot be read.
            A kept checkpoint that is none counts as such.
        KeyRefused: one of `vkeys` or `certificates` is malformed.
    """
    trusted = [*(Vkey.parse(text) for text in vkeys), *(one.vkey for one in (policy.logs if policy else ()))]
    chain = _Chain(source, trusted, all_checkpoints, progress or _silent, since)
    chain.run()
    size, root = chain.frontier.size, chain.frontier.root()
    sizes = check_kept(source, kept, chain.keys, size, root)
    unknown: Counter[str] = Counter()
    if content:
        unknown = check_content(source, chain.first, size, processes, progress or _silent)
    return Report(
        origin=chain.keys.current.name,
        vkey=str(chain.keys.current),
        keys=chain.keys.ranges,
        pinned=bool(trusted),
        size=size,
        root=root,
        checkpoint=chain.newest,
        checkpoints=chain.checkpoints,
        signatures=chain.signatures,
        content=content,
        state=chain.state(),
        first=chain.first,
        recoveries=tuple(chain.recoveries),
        unknown_kinds=dict(unknown),
        kept=sizes,
        anchoring=judge_source(source, policy, size, root),
        stamping=judge_source_stamps(source, certificates, size, root),
    )


class _Chain:
    """The chain pass: one walk over entries and checkpoints side by side."""

    keys: KeyRing

    def __init__(
        self,
        source: Source,
        trusted: Sequence[Vkey],
        all_checkpoints: bool,
        progress: Progress,
        since: State | None,
    ) -> None:
        self.frontier, self.newest, self.last = Frontier(), b"", GENESIS_PREV
        if since:
            self.frontier = Frontier.from_bytes(since.size, since.frontier)
            self.newest, self.last = since.checkpoint, since.leaf
            self.keys = KeyRing.of(since.keys)
        self.covered = self.first = self.frontier.size  # entries under the newest checkpoint; read before
        self.checkpoints = 0
        self.signatures = 0
        self.recoveries: list[int] = []
        self._source = source
        self._trusted = trusted
        self._progress = progress
        self._total = source.checkpoint_count()
        self._all_signatures = all_checkpoints or self._total <= CHEAP_SIGNATURES
        self._signed = 0  # size of the newest checkpoint whose signatures were verified
        self._tiles: dict[tuple[int, int], tuple[int, bytearray]] = {}  # from which hash on, and the hashes

    def run(self) -> None:
        head = self._source.head()
        if head is None:
            raise VerificationError("the ledger's head is missing")
        self._walk(head[0])
        size = self.frontier.size
        self._check_pinned()
        if self._signed != size:
            self._verify_signature(self.newest, size)
        if head[0] != size:
            raise VerificationError(
                "the head disagrees with the entries", expected=f"size {size}", got=head[0]
            )
        self._check_tiles()  # before the head, which in an export comes from them: they are named
        if head[1:] != (self.last, self.frontier.to_bytes()):
            raise VerificationError("the head's hashes disagree with the entries", got=f"size {size}")

    def state(self) -> State:
        """Where the walk ended."""
        return State(self.keys.ranges, self.frontier.size, self.last, self.frontier.to_bytes(), self.newest)

    def _walk(self, total: object) -> None:
        """Check every entry against the one before, and every checkpoint at its size."""
        checkpoints = _flatten(self._source.checkpoints(self.first))
        last, size, pending = self.last, self.first, list[bytes]()
        due = self._begin(checkpoints)
        for page in self._source.entries(self.first):
            for row in page:
                idx, data, leaf, prev, _ = row
                if (
                    type(data) is not bytes
                    or idx != size
                    or prev != last
                    or not data.startswith(HEAD)
                    or not data.endswith(tail(last, size))
                    or leaf_hash(data) != leaf
                ):
                    _explain(row, size, last)
                if size == 0:
                    self.keys = KeyRing(_genesis_key(data))
                elif MARK in data:
                    self._complete(self.frontier.extend(pending))
                    pending.clear()
                    self.keys.read(size, data, self.frontier.root())
                elif RECOVER in data:
                    self.recoveries.append(size)
                pending.append(leaf)
                last = leaf
                size += 1
                if size == due[0]:
                    self._complete(self.frontier.extend(pending))
                    pending.clear()
                    self._check_checkpoint(due)
                    due = self._next(checkpoints, size)
            self._progress("chain", size, total if isinstance(total, int) else size)
        if due[0]:
            raise VerificationError(
                "entries are missing at the end: a checkpoint was signed for more",
                entry=size,
                expected=f"size {due[0]}",
                got=f"size {size}",
            )
        if pending or not size:
            raise VerificationError("no checkpoint covers this entry", entry=self.covered)
        self.last = last

    def _begin(self, checkpoints: Iterator[CheckpointRow]) -> CheckpointRow:
        """The first checkpoint to come. One over exactly what was read before must be over the same."""
        due = self._next(checkpoints, max(self.first - 1, 0))
        if self.first and not due[0]:
            raise VerificationError(
                f"entries are missing at the end: {self.first} were verified before", entry=self.first - 1
            )
        if self.first and due[0] == self.first:
            self._check_checkpoint(due)
            due = self._next(checkpoints, self.first)
        return due

    def _check_pinned(self) -> None:
        if self._trusted and not any(one.vkey in self._trusted for one in self.keys.ranges):
            raise VerificationError(
                "the ledger was opened under another key than yours, and not handed over to yours",
                entry=0,
                expected=" or ".join(str(one) for one in self._trusted),
                got=self.keys.ranges[0].vkey,
            )

    def _next(self, checkpoints: Iterator[CheckpointRow], size: int) -> CheckpointRow:
        """The next checkpoint; of size 0, which no entry reaches, when there is none."""
        row = next(checkpoints, None)
        if row is None:
            return 0, b"", b""
        if not isinstance(row[0], int) or row[0] <= size:
            raise VerificationError("a checkpoint has an impossible size", got=row[0])
        return row

    def _check_checkpoint(self, row: CheckpointRow) -> None:
        size, root, note = row
        computed = self.frontier.root()
        if root != computed:
            raise VerificationError(
                f"the stored root of the checkpoint of size {size} is not that of the entries",
                entry=size - 1,
                expected=computed.hex(),
                got=_hex(root),
            )
        signed = _read_checkpoint(note, size)
        expected = Checkpoint(self.keys.current.name, size, computed)
        if signed != expected:
            raise VerificationError(
                f"the checkpoint stored for size {size} is signed for another tree",
                entry=size - 1,
                expected=repr(expected.text()),
                got=repr(signed.text()),
            )
        if not self._source.has_tables or size > self.keys.ranges[-1].first:
            # The checkpoint that both keys signed is an older one: in an export, and in a database that took entries
            # over from one. Both have signed the note in the entry.
            self.keys.covered()
        if self._all_signatures or self.keys.changes:
            self._verify_signature(note, size)
        self.keys.covered()
        self.newest, self.covered = note, size
        self.checkpoints += 1

    def _verify_signature(self, data: bytes, size: int) -> None:
        try:
            self.keys.check_signatures(parse_note(data))
        except (NoteError, VerificationError) as error:
            raise VerificationError(f"checkpoint of size {size}: {error}", entry=size - 1) from None
        self.signatures += 1
        self._signed = size

    def _complete(self, nodes: Sequence[CompletedNode]) -> None:
        for level, n, node in nodes:
            place = (level // TILE_HEIGHT, n // WIDTH)
            self._tiles.setdefault(place, (n % WIDTH, bytearray()))[1].extend(node)

    def _check_tiles(self) -> None:
        for level, n, hashes in _flatten(self._source.tiles()):
            start, expected = self._tiles.pop((level, n), (0, None))
            if expected is None and self._was_verified(level, n):
                continue
            got = hashes[start * HASH :] if isinstance(hashes, bytes) else hashes
            if expected is None or got != expected:
                raise VerificationError(
                    f"tile {level}/{n} does not hold the hashes of its entries",
                    expected="no such tile" if expected is None else _differing(bytes(expected), got, start),
                    got=_hex(got)[:64],
                )
        if self._tiles:
            level, n = min(self._tiles)
            raise VerificationError(f"tile {level}/{n} is missing")

    def _was_verified(self, level: object, n: object) -> bool:
        """Whether a tile was complete when this verification began; its place is as found, and may be no number."""
        if not (isinstance(level, int) and isinstance(n, int)) or level < 0 or n < 0:
            return False
        return n * WIDTH < self.first >> (TILE_HEIGHT * level)


def _explain(row: EntryRow, size: int, last: bytes) -> None:
    """Raise for a row that is not entry `size` after an entry of leaf hash `last`, with what is wrong."""
    idx, data, leaf, prev, _ = row
    if idx != size:
        raise VerificationError(
            "an entry is missing here, or is out of order", entry=size, got=f"index {idx}"
        )
    if not isinstance(data, bytes):
        raise VerificationError("its bytes are stored as something else", entry=size, got=type(data).__name__)
    computed = leaf_hash(data)
    if computed != leaf:
        raise VerificationError(
            "its bytes are not those that were hashed", entry=size, expected=_hex(leaf), got=computed.hex()
        )
    if prev != last:
        raise VerificationError(
            "it does not follow the entry before", entry=size, expected=last.hex(), got=_hex(prev)
        )
    if not data.startswith(HEAD):
        raise VerificationError(
            "it does not begin as an entry", entry=size, expected=HEAD, got=data[: len(HEAD)]
        )
    expected = tail(last, size)
    raise VerificationError(
        "its last bytes do not name the entry before and its index",
        entry=size,
        expected=expected,
        got=data[-len(expected) :],
    )


def _genesis_key(data: bytes) -> Vkey:
    """The key that entry 0 names."""
    try:
        body = parse_entry(data).body
        public = body.get("public")
        opening = public if isinstance(public, dict) and body.get("kind") == "ledger.open" else {}
        key = Vkey.parse(str(opening.get("vkey")))
    except (EntryError, KeyRefused) as error:
        raise VerificationError(f"it is no opening of a ledger: {error}", entry=0) from None
    if opening.get("origin") != key.name:
        raise VerificationError("its origin is not its key's name", entry=0, expected=key.name)
    return key


def _read_checkpoint(note: object, size: int) -> Checkpoint:
    if not isinstance(note, bytes):
        raise VerificationError(f"the checkpoint of size {size} is stored as {type(note).__name__}")
    try:
        return parse_checkpoint(parse_note(note).text)
    except NoteError as error:
        raise VerificationError(f"the checkpoint of size {size} cannot be read: {error}") from None


def _flatten(pages: Iterator[list[Row]]) -> Iterator[Row]:
    for page in pages:
        yield from page


def _differing(expected: bytes, got: object, start: int) -> str:
    """The first hash that differs, where there is one; `start` is the number of the first."""
    if isinstance(got, bytes):
        for at in range(0, len(expected), HASH):
            if got[at : at + HASH] != expected[at : at + HASH]:
                return f"hash {start + at // HASH} {expected[at : at + HASH].hex()}"
    return f"{len(expected) // HASH} hashes"


def _hex(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else repr(value)


def _silent(_name: str, _done: int, _total: int) -> None:
    pass
