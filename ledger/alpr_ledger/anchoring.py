"""How far somebody outside has confirmed a ledger: what its cosignatures are worth under a policy.

A witness signs only what grows from what it signed before, so its latest cosignature speaks for every entry before
it. A ledger is anchored up to the size that a quorum of witnesses has reached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from .cosignature import verify_cosignatures
from .errors import NoteError, VerificationError
from .note import NoteSignature, Vkey, parse_note, parse_signatures
from .policy import NONE, Policy

NOT_ANCHORED = "not anchored: the department could still rewrite this"

CosignatureRow = tuple[int, bytes]
"""size, the witness's signature line; as found, so not even the types are sure."""


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
        witnessed: the latest word of each witness that the policy names.
        strangers: cosignatures by others.
        pinned: whether a policy said whom to trust.
    """

    size: int = 0
    witnessed: tuple[Witnessed, ...] = ()
    strangers: int = 0
    pinned: bool = False

    def lines(self, size: int) -> list[str]:
        """What is anchored and what is not of a ledger of `size` entries, for a person."""
        lines = [str(one) for one in self.witnessed]
        if self.strangers and not self.pinned:
            lines.append(
                f"{self.strangers} cosignatures are stored; to judge them, give the policy that names your witnesses"
            )
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
        rows: of each witness at least the newest, by ascending size.
        note_at: gives the note of the checkpoint of a size, one known to be this ledger's; None where there is none.
        policy: whom to trust; without one nobody is.

    Raises:
        VerificationError: the newest cosignature of a witness that the policy names is wrong.
    """
    known = {(one.name, one.key_id): one for one in policy.witness_keys()} if policy else {}
    newest: dict[Vkey, tuple[int, NoteSignature]] = {}
    strangers = 0
    for size, line in rows:
        one = _signature(line)
        witness = known.get((one.name, one.key_id)) if one else None
        if one is None or witness is None:
            strangers += 1
        else:
            newest[witness] = size, one
    words = [_verified(size, one, witness, note_at(size)) for witness, (size, one) in newest.items()]
    witnessed = tuple(sorted(words, key=lambda one: (-one.size, one.name)))
    return Anchoring(_reached(witnessed, policy), witnessed, strangers, policy is not None)


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


def _reached(witnessed: tuple[Witnessed, ...], policy: Policy | None) -> int:
    """The largest size that a quorum has reached. A policy without a quorum asks for nothing, and anchors nothing."""
    if policy is None or policy.quorum == NONE:
        return 0
    for one in witnessed:  # the largest first
        if policy.is_met([other.vkey for other in witnessed if other.size >= one.size]):
            return one.size
    return 0
