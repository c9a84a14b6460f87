"""What an auditor keeps of a verification, so that the next one reads only what came since.

The file is the auditor's own, and trusted as such: it stands for everything that was read before. Later edits of old
entries in the department's database are not seen that way, which is why full verifications stay necessary.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import KeyRefused, SourceError, VerificationError
from .merkle import HASH, Frontier
from .note import Vkey
from .succession import KeyRange
from .text import MAX_DECIMAL, decode_base64, encode_base64

FORMAT = "alpr-ledger/state/v1"
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class State:
    """Where a verification ended.

    Attributes:
        keys: every key of the ledger so far with its sizes, oldest first.
        size: number of entries that were verified.
        leaf: leaf hash of the last one.
        frontier: of the tree over them.
        checkpoint: the signed note over them.
    """

    keys: tuple[KeyRange, ...]
    size: int
    leaf: bytes
    frontier: bytes
    checkpoint: bytes

    def to_bytes(self) -> bytes:
        """The state as a file holds it."""
        fields = {
            "format": FORMAT,
            "keys": [one.as_json() for one in self.keys],
            "size": self.size,
            "leaf": encode_base64(self.leaf),
            "frontier": encode_base64(self.frontier),
            "checkpoint": self.checkpoint.decode("utf-8"),
        }
        return json.dumps(fields, indent=2).encode("utf-8") + b"\n"

    @classmethod
    def parse(cls, data: bytes) -> State:
        """Read a state.

        Raises:
            SourceError: it is none.
        """
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError):
            fields = None
        if not isinstance(fields, dict) or fields.get("format") != FORMAT:
            raise SourceError(f"not a state of a verification: the file has no format {FORMAT!r}")
        try:
            return cls._of(fields)
        except (KeyRefused, VerificationError) as error:
            raise SourceError(f"the state of the verification is damaged: {error}") from None

    @classmethod
    def load(cls, path: Path) -> State:
        """Read a state from its file.

        Raises:
            SourceError: it cannot be read, or is none.
        """
        try:
            with path.open("rb") as file:
                data = file.read(_LONGEST)
        except OSError as error:
            raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
        try:
            return cls.parse(data)
        except SourceError as error:
            raise SourceError(f"{path}: {error}") from None

    def save(self, path: Path) -> None:
        """Write the state to its file, in place of the one before.

        Raises:
            SourceError: it cannot be written.
        """
        partial = path.with_name(f".{path.name}.new")
        try:
            partial.write_bytes(self.to_bytes())
            partial.replace(path)
        except OSError as error:
            raise SourceError(f"{path}: cannot be written: {error.strerror}") from None

    @classmethod
    def _of(cls, fields: Mapping[str, object]) -> State:
        ranges = fields.get("keys")
        keys = tuple(_key_range(one) for one in ranges) if isinstance(ranges, list) else ()
        size = _size(fields.get("size"))
        leaf = _bytes(fields.get("leaf"))
        frontier = _bytes(fields.get("frontier"))
        note = fields.get("checkpoint")
        if not keys or not size or len(leaf) != HASH or not isinstance(note, str):
            raise VerificationError("a value is missing or of the wrong kind")
        Frontier.from_bytes(size, frontier)
        return cls(keys, size, leaf, frontier, note.encode("utf-8", "replace"))


def _key_range(value: object) -> KeyRange:
    fields = value if isinstance(value, dict) else {}
    last, revoked = fields.get("last"), fields.get("revoked")
    return KeyRange(
        Vkey.parse(str(fields.get("vkey"))),
        _size(fields.get("first")),
        None if last is None else _size(last),
        None if revoked is None else _size(revoked),
    )


def _size(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_DECIMAL:
        raise VerificationError("a size is not a number", got=repr(value)[:30])
    return value


def _bytes(value: object) -> bytes:
    data = decode_base64(value) if isinstance(value, str) else None
    if data is None:
        raise VerificationError("a hash is not base64")
    return data
