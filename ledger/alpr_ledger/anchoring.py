"""How far somebody outside has confirmed a ledger: what its cosignatures are worth under a policy.

A witness signs only what grows from what it signed before, so its latest cosignature speaks for every entry before
it. A ledger is anchored up to the size that a quorum of witnesses has reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from . import tiles
from .cosignature import verify_cosignatures
from .errors import NoteError, VerificationError
from .merkle import consistency_proof, verify_consistency
from .note import NoteSignature, Vkey, parse_note, parse_signatures
from .policy import NONE, Policy
from .source import CosignatureRow, Source, read_checkpoint

NOT_ANCHORED = "not anchored: the department could still rewrite this"


@dataclass(frozen=True, slots=True)
class Witnessed:
    """The latest word of one witness.

    Attributes:
        name: the witness's.
        vkey: its verifier key.
        size: the number of entries that it confirmed.
        time: when, by its own clock, UTC.
    """

    name: str
    vkey: Vkey
    size: int
    time: datetime

    def __str__(self) -> str:
        return f"witnessed by {self.name} at {self.time:%Y-%m-%d %H:%M:%S} UTC: {self.size:,} entries"


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How far a ledger is anchored.

    Attributes:
        size: the number of entries that a quorum confirmed; 0 for none.
        witnessed: the latest word of each witness that the policy names, the largest size first.
        unjudged: whether there are cosignatures, and no policy said whom to trust.
    """

    size: int = 0
    witnessed: tuple[Witnessed, ...] = ()
    unjudged: bool = False

    def lines(self, size: int) -> list[str]:
        """What is anchored and what is not of a ledger of `size` entries, for a person."""
        lines = [str(one) for one in self.witnessed]
        if self.unjudged:
            lines.append("cosignatures are stored; to judge them, give the policy that names your witnesses")
        if not self.size:
            return [*lines, f"{NOT_ANCHORED}. Keep the checkpoint, and compare it later."]
        if self.size >= size:
            return [*lines, f"anchored up to size {self.size:,}: all of it"]
        return [
            *lines,
            f"anchored up to size {self.size:,}",
            f"tail after {self.size:,} unanchored: "
            f"the department could still rewrite these {size - self.size:,} entries",
        ]

    def as_json(self) -> dict[str, object]:
        """The same for a program."""
        return {
            "anchored": self.size > 0,
            "anchored_size": self.size,
            "witnesses": [
                {
                    "name": one.name,
                    "vkey": str(one.vkey),
                    "size": one.size,
                    "time": f"{one.time:%Y-%m-%dT%H:%M:%SZ}",
                }
                for one in self.witnessed
            ],
        }


def judge(
    rows: Iterable[CosignatureRow], note_at: Callable[[int], bytes | None], policy: Policy | None
) -> Anchoring:
    """Weigh cosignatures.

    Args:
        rows: cosignatures, newest first; read until each witness's newest is found.
        note_at: gives the note of the checkpoint of a size, one known to be this ledger's; None where there is none.
        policy: whom to trust; without one nobody is.

    Raises:
        VerificationError: the newest cosignature of a witness that the policy names is wrong.
    """
    if policy is None:
        return Anchoring(unjudged=any(True for _ in rows))
    known = {(one.name, one.key_id): one for one in policy.witness_keys()}
    words: list[Witnessed] = []
    for size, line in rows:
        if not known:
            break
        if not isinstance(size, int):
            raise VerificationError("a cosignature is stored for an impossible size", got=repr(size)[:30])
        one = _signature(line)
        witness = known.pop((one.name, one.key_id), None) if one else None
        if one and witness:
            words.append(_verified(size, one, witness, note_at(size)))
    return Anchoring(_reached(words, policy), tuple(words))


def judge_source(source: Source, policy: Policy | None, size: int, root: bytes) -> Anchoring:
    """Weigh the cosignatures beside a ledger, each over a tree that is proved to have grown into this one.

    Args:
        source: the ledger.
        policy: whom to trust.
        size: number of entries, as verified.
        root: the root over them, as verified.

    Raises:
        VerificationError: as `judge`, or a cosigned tree is not the beginning of this one.
        SourceError: they cannot be read.
    """
    rows = (row for page in source.cosignatures() for row in page)
    return judge(rows, proved_notes(source, size, root), policy)


def proved_notes(source: Source, size: int, root: bytes) -> Callable[[int], bytes | None]:
    """What gives the note of an earlier checkpoint, once its tree is proved to be the beginning of this one.

    Args:
        source: the ledger.
        size: number of entries, as verified.
        root: the root over them, as verified.

    Returns:
        A function from a size to the note, or to None where there is no checkpoint of that size. It raises
        VerificationError where that checkpoint is over another tree.
    """

    def node(level: int, n: int) -> bytes:
        found = tiles.node(source.tile, level, n)
        if found is None:
            raise VerificationError(f"the tile over level {level}, number {n} is too short")
        return found

    def note_at(earlier: int) -> bytes | None:
        page = next(source.checkpoints(earlier), [])
        if earlier > size or not page or page[0][0] != earlier:
            return None
        note = page[0][2]
        signed = read_checkpoint(note, f"the checkpoint of size {earlier}")
        proof = consistency_proof(earlier, size, node)
        verify_consistency(signed.size, size, signed.root, root, proof)
        return note

    return note_at


def _signature(line: object) -> NoteSignature | None:
    try:
        (one,) = parse_signatures(line.decode("utf-8")) if isinstance(line, bytes) else ()
    except (NoteError, ValueError):
        return None
    return one


def _verified(size: int, signature: NoteSignature, witness: Vkey, note: bytes | None) -> Witnessed:
    if note is None:
        raise VerificationError(f"{witness.name} cosigned size {size}, of which the ledger has no checkpoint")
    try:
        (found,) = verify_cosignatures(parse_note(note).text, [signature], [witness])
    except (NoteError, VerificationError) as error:
        raise VerificationError(f"cosignature over size {size} by {witness.name}: {error}") from None
    return Witnessed(witness.name, witness, size, found.time)


def _reached(witnessed: Sequence[Witnessed], policy: Policy) -> int:
    """The largest size that a quorum has reached. A policy without a quorum asks for nothing, and anchors nothing."""
    if policy.quorum == NONE:
        return 0
    for one in witnessed:  # the largest first
        if policy.is_met([other.vkey for other in witnessed if other.size >= one.size]):
            return one.size
    return 0
