"""How messages are told apart on a connection.

Nothing that can be cited says how a state's switch frames its messages, so this is our own: whoever connects a real
one puts a gateway before it that speaks this, or a framing of theirs into the profile.

A frame is four bytes, the length of what follows, most significant first; then one byte that says what it is, and the
content: ``H`` hello, ``M`` message, ``P`` is somebody there, ``Q`` yes. The side that was called says hello first, as
``alpr-switch/1``, a simulator as ``alpr-switch/1 SIMULATED``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from alpr_core import InputError
from alpr_source_switch.message import LONGEST

HELLO = b"alpr-switch/1"
SIMULATED = b" SIMULATED"


class FrameKind(Enum):
    """What a frame is."""

    HELLO = b"H"
    MESSAGE = b"M"
    PING = b"P"
    PONG = b"Q"


_KINDS = {kind.value: kind for kind in FrameKind}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    kind: FrameKind
    content: bytes = field(default=b"", repr=False)


class Framing(Protocol):
    """Takes apart what comes on one connection; made anew for each. It reads and writes nothing itself.

    Attributes:
        says_hello: whether the side that was called says hello before anything is sent to it.
    """

    says_hello: bool

    def wrap(self, frame: Frame) -> bytes:
        """Return a frame as it goes on the wire, b"" if this framing has no such frame."""
        ...

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield each frame that is complete with these bytes.

        Raises:
            InputError: what comes is none of this framing, or longer than any message: the connection is of no use.
        """
        ...


class LengthPrefixed:
    """The framing that this module describes.

    Args:
        longest: bytes of a message at the most.
    """

    says_hello = True

    def __init__(self, longest: int = LONGEST) -> None:
        self._longest = longest
        self._waiting = bytearray()

    def wrap(self, frame: Frame) -> bytes:
        """Return a frame with its length before it."""
        return struct.pack(">I", 1 + len(frame.content)) + frame.kind.value + frame.content

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Yield each frame that is complete; what is announced too long is refused before it comes."""
        self._waiting += data
        while len(self._waiting) >= 4:
            (length,) = struct.unpack_from(">I", self._waiting)
            if not 1 <= length <= 1 + self._longest:
                raise InputError("a frame is empty, or longer than any message")
            if len(self._waiting) < 4 + length:
                return
            kind, content = bytes(self._waiting[4:5]), bytes(self._waiting[5 : 4 + length])
            del self._waiting[: 4 + length]
            if kind not in _KINDS:
                raise InputError("a frame is of no known kind")
            yield Frame(_KINDS[kind], content)


def is_simulated(first: Frame) -> bool:
    """Say whether who says hello, in the first frame of a connection, is a simulator.

    Raises:
        InputError: it is no hello.
    """
    if first.kind is not FrameKind.HELLO or first.content not in (HELLO, HELLO + SIMULATED):
        raise InputError("the other side does not say hello as this framing does")
    return first.content.endswith(SIMULATED)
