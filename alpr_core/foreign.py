"""Reads of other systems, as a data source takes them out of a message or a file. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from alpr_core import plates
from alpr_core.clock import require_utc
from alpr_core.models import Box, Candidate, Position

PICTURES = ("frame", "plate")
"""Kinds of pictures that are kept with a read."""

LONGEST_ID = 256
"""Characters of the name that another system has for one of its reads."""

LONGEST_CAMERA = 128
"""Characters of a camera's name."""

LONGEST_REGION = 16

OUTERMOST = 100_000
"""px from its corner that no picture has."""

EARLIEST = 2000
"""No read is of a year before this: its camera's clock was never set."""

AHEAD = timedelta(minutes=5)
"""So far another system's clock may run ahead of ours. Beyond it, nobody knows when the plate was seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRead:
    """One read of another system.

    Attributes:
        number: 1-based number of its line in a file, or of its element in a message.
        id: what the other system calls this read, for ever; what comes again under it is stored once.
        camera: the camera's name, as it is to be stored.
        captured_at: when the plate was seen first, UTC.
        last_seen: when it was seen last, UTC; None for the same moment.
        candidates: n-best in normal form, at least one, by descending confidence; 0 where the other system has none.
        detection_confidence: 0 to 1; 0 if unknown.
        region: as in `Reading`, "" if unknown.
        region_confidence: 0 to 1; 0 if unknown.
        frames: in how many pictures it was read.
        box: where the plate is, px; None if unknown.
        position: where the camera was, None if unknown.
        pictures: JPEG files by their kind, one of `PICTURES`.
    """

    number: int
    id: str
    camera: str
    captured_at: datetime
    last_seen: datetime | None = None
    candidates: tuple[Candidate, ...]
    detection_confidence: float = 0.0
    region: str = ""
    region_confidence: float = 0.0
    frames: int = 1
    box: Box | None = None
    position: Position | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "captured_at", require_utc(self.captured_at, "ForeignRead.captured_at"))
        if self.last_seen is not None:
            object.__setattr__(self, "last_seen", require_utc(self.last_seen, "ForeignRead.last_seen"))


@dataclass(frozen=True, kw_only=True, slots=True)
class RejectedRead:
    """A read of another system that was left out.

    Attributes:
        number: 1-based number of its line in a file, or of its element in a message.
        problem: what is wrong with it, without quoting it: it may hold a plate.
    """

    number: int
    problem: str


def problem_of(read: ForeignRead, now: datetime) -> str:
    """Return why a read cannot be stored, "" if it can; what it says is quoted nowhere.

    Args:
        read: as a data source made it.
        now: by this node's clock, UTC.
    """
    if not read.id or len(read.id) > LONGEST_ID or not read.id.isprintable():
        return f"the name that the other system has for it has 1 to {LONGEST_ID} printable characters"
    return problem_of_camera(read.camera) or _problem_of_times(read, now) or _problem_of_values(read)


def problem_of_camera(name: str) -> str:
    """Return why reads cannot be stored under a camera's name, "" if they can."""
    if not name or len(name) > LONGEST_CAMERA or not name.isprintable():
        return f"a camera's name has 1 to {LONGEST_CAMERA} printable characters"
    return ""


def _problem_of_times(read: ForeignRead, now: datetime) -> str:
    if read.captured_at.year < EARLIEST:
        return f"it was seen before the year {EARLIEST}, so the clock of its camera is wrong"
    if max(read.captured_at, read.last_seen or read.captured_at) > now + AHEAD:
        return "it was seen in the future, so one of the two clocks is wrong: set them, and send it again"
    if read.last_seen is not None and read.last_seen < read.captured_at:
        return "it was seen last before it was seen first"
    return ""


def _problem_of_values(read: ForeignRead) -> str:
    texts = [one.text for one in read.candidates]
    if not texts or not all(
        text and len(text) <= plates.LONGEST and plates.normalize(text) == text for text in texts
    ):
        return f"a plate has 1 to {plates.LONGEST} letters and digits"
    odds = [one.confidence for one in read.candidates]
    if odds != sorted(odds, reverse=True) or len(set(texts)) < len(texts):
        return "its candidates are not in the order of their confidence, or one is there twice"
    if not all(0 <= value <= 1 for value in (*odds, read.detection_confidence, read.region_confidence)):
        return "a confidence is none from 0 to 1"
    if len(read.region) > LONGEST_REGION or not (read.region.isprintable() and read.region.isascii()):
        return "its region is no code of a state"
    if not 1 <= read.frames <= 1_000_000:
        return "it was read in no picture, or in more than a million"
    if read.box is not None and any(abs(side) > OUTERMOST for side in read.box.bounds):
        return "its box lies outside of any picture"
    where = read.position
    if where is not None and not (-90 <= where.latitude <= 90 and -180 <= where.longitude <= 180):
        return "its position is none on the earth"
    return ""
