"""Which key may sign which sizes of a ledger: the key of entry 0, then each successor.

An entry ``key.rotate`` with index n hands the ledger over. Its field ``note`` is a C2SP signed note in the form of
a checkpoint, signed by the old and the new key::

    alpr-ledger/succession/v1
    n
    root of the tree over the n entries before
    verifier key of the old key
    verifier key of the new key

    — signatures of both

So a reader of the entries alone, who has no stored checkpoints, still sees that each key vouched for the whole
history when it handed over. Both keys have the ledger's name. The old key signs checkpoints up to size n + 1, the
new one from there on, and the first checkpoint that covers the entry is signed by both. An entry ``key.revoke`` names
a former key and the last size for which its signature still counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from .checkpoint import Checkpoint
from .entry import parse_entry
from .errors import EntryError, KeyRefused, NoteError, VerificationError
from .keys import SigningKey, sign_note
from .note import Note, Vkey, parse_note, verify_note

FORMAT = "alpr-ledger/succession/v1"
ROTATE, REVOKE = "key.rotate", "key.revoke"
MARK = b'"kind":"key.'
"""In the bytes of every canonical entry about keys, and of few others."""


@dataclass(frozen=True, slots=True)
class KeyRange:
    """One key, and the sizes that it may sign for.

    Attributes:
        vkey: the key.
        first: the first size.
        last: the last size; None while the key is current.
        revoked: index of the entry that revoked it, if one did.
    """

    vkey: Vkey
    first: int
    last: int | None = None
    revoked: int | None = None

    def as_json(self) -> dict[str, object]:
        """The range for a program."""
        return {"vkey": str(self.vkey), "first": self.first, "last": self.last, "revoked": self.revoked}

    def __str__(self) -> str:
        until = "on" if self.last is None else f"to {self.last:,}"
        revoked = "" if self.revoked is None else f", revoked by entry {self.revoked}"
        return f"{self.vkey} signs sizes {self.first:,} {until}{revoked}"


def succession_note(old: SigningKey, new: SigningKey, size: int, root: bytes) -> bytes:
    """The signed note that hands the ledger over after `size` entries with this root."""
    return sign_note(_text(old.vkey, new.vkey, size, root), [old, new])


class KeyRing:
    """The keys of one ledger, as its entries tell them; fed by whoever reads the entries in order.

    Args:
        genesis: the key that entry 0 names.
    """

    def __init__(self, genesis: Vkey) -> None:
        self._ranges = [KeyRange(genesis, 1)]
        self._leaving: list[Vkey] = []

    @classmethod
    def of(cls, ranges: Sequence[KeyRange]) -> KeyRing:
        """The key ring that had these ranges when a checkpoint covered all that it had read."""
        ring = cls(ranges[0].vkey)
        ring._ranges = list(ranges)
        return ring

    @property
    def ranges(self) -> tuple[KeyRange, ...]:
        """Every key with its sizes, oldest first."""
        return tuple(self._ranges)

    @property
    def current(self) -> Vkey:
        """The key that signs now."""
        return self._ranges[-1].vkey

    @property
    def changes(self) -> bool:
        """Whether the next checkpoint is the first that covers a succession, so that its signatures must be read."""
        return bool(self._leaving)

    def read(self, idx: int, data: bytes, root: bytes) -> None:
        """Follow one entry; those that do not speak of keys are passed over.

        Args:
            idx: its index.
            data: its bytes.
            root: of the tree over the `idx` entries before it.

        Raises:
            VerificationError: it hands over or revokes as no honest log does.
        """
        try:
            body = parse_entry(data).body
        except EntryError as error:
            raise VerificationError(str(error), entry=idx) from None
        public = body.get("public")
        fields = public if isinstance(public, dict) else {}
        if body.get("kind") == ROTATE:
            self._rotate(idx, fields.get("note"), root)
        elif body.get("kind") == REVOKE:
            self._revoke(idx, fields.get("vkey"), fields.get("last"))

    def check_signatures(self, note: Note) -> None:
        """Check that the keys that have to signed this checkpoint, which covers all that was read.

        Raises:
            VerificationError: one did not.
        """
        _check_signed(note, [self.current, *self._leaving])

    def covered(self) -> None:
        """Note that a checkpoint covers all that was read."""
        self._leaving.clear()

    def allows(self, vkey: Vkey, size: int) -> bool:
        """Whether a signature by this key counts for a checkpoint of this size."""
        return any(
            one.vkey == vkey and one.first <= size and (one.last is None or size <= one.last)
            for one in self._ranges
        )

    def _rotate(self, idx: int, text: object, root: bytes) -> None:
        try:
            note = parse_note(str(text).encode("utf-8"))
            new = Vkey.parse(note.text.split("\n")[-2])
        except (NoteError, KeyRefused, IndexError) as error:
            raise VerificationError(f"its succession note cannot be read: {error}", entry=idx) from None
        expected = _text(self.current, new, idx, root)
        if note.text != expected:
            raise VerificationError(
                "its note hands over another ledger", entry=idx, expected=repr(expected), got=repr(note.text)
            )
        if new.name != self.current.name or any(new.key_id == one.vkey.key_id for one in self._ranges):
            raise VerificationError(
                "it hands over to a key of another name, or to a former key", entry=idx, got=new
            )
        try:
            _check_signed(note, [self.current, new])
        except VerificationError as error:
            raise VerificationError(f"its succession note: {error}", entry=idx) from None
        self._leaving.append(self.current)
        self._ranges[-1] = replace(self._ranges[-1], last=idx + 1)
        self._ranges.append(KeyRange(new, idx + 1))

    def _revoke(self, idx: int, vkey: object, last: object) -> None:
        for at, one in enumerate(self._ranges):
            if str(one.vkey) == vkey and one.last is not None:
                if type(last) is not int or not 0 <= last <= one.last:
                    raise VerificationError(
                        "it names a last good size that its key never signed", entry=idx, got=last
                    )
                self._ranges[at] = replace(one, last=last, revoked=idx)
                return
        raise VerificationError(
            "it revokes a key that is not a former key of this ledger", entry=idx, got=vkey
        )


def range_lines(ranges: Sequence[KeyRange]) -> list[str]:
    """What a report says of several keys; nothing of a single one."""
    lines = [f"          {one}" for one in ranges] if len(ranges) > 1 else []
    for one, successor in pairwise(ranges):
        if one.revoked is not None and one.last is not None and one.last < successor.first - 1:
            lines.append(
                f"          entries {one.last:,} to {successor.first - 1:,} were signed by a revoked key: only its "
                "successor vouches for them. Compare them with a checkpoint that someone outside holds."
            )
    return lines


def _text(old: Vkey, new: Vkey, size: int, root: bytes) -> str:
    return Checkpoint(FORMAT, size, root, (str(old), str(new))).text()


def _check_signed(note: Note, keys: Sequence[Vkey]) -> None:
    signed = verify_note(note, keys)
    for key in keys:
        if key not in signed:
            raise VerificationError("a key that has to sign it did not", expected=key)
