"""C2SP checkpoints (tlog-checkpoint v1.0.0): a signed note that commits to a tree of one size."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import NoteError
from .merkle import HASH
from .text import decode_base64, decode_decimal, encode_base64


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log.

    Attributes:
        origin: which log.
        size: number of entries.
        root: Merkle tree hash over them, 32 bytes.
        extensions: further lines; ours have none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text that is signed."""
        lines = [self.origin, str(self.size), encode_base64(self.root), *self.extensions]
        return "".join(f"{line}\n" for line in lines)


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint's note.

    Raises:
        NoteError: it is malformed.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or not all(lines[:-1]):
        raise NoteError("a checkpoint has an origin, a size and a root, each on its line, and no empty line")
    origin, digits, encoded, *extensions = lines[:-1]
    size = decode_decimal(digits)
    if size is None:
        raise NoteError(f"the checkpoint's size is not a plain decimal number: {digits[:30]!r}")
    root = decode_base64(encoded, HASH)
    if root is None:
        raise NoteError("the checkpoint's root is not the base64 of 32 bytes")
    return Checkpoint(origin, size, root, tuple(extensions))
