"""The records that walk through the house: frozen, keyword-only, times in UTC; imported for nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from secrets import randbits
from typing import TYPE_CHECKING, Any
from uuid import UUID

from alpr_core.clock import require_utc
from alpr_core.origins import Origin
from alpr_core.places import Circle
from alpr_core.places import Position as Position  # of a frame and a read: a name for plugins too

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Image = NDArray[np.uint8]
    """BGR uint8 H×W×3, as OpenCV has it."""


# -- Seeing: frame -> reading -> sighting ---------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One picture to be looked at.

    Attributes:
        source: the camera's name, or the file the picture came from.
        taken_at: when it was taken, UTC.
        image: BGR uint8 H×W×3.
        index: 0-based number of the frame in its source.
        position: where it was taken, if known.
    """

    source: str
    taken_at: datetime
    image: Image
    index: int = 0
    position: Position | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "taken_at", require_utc(self.taken_at, "Frame.taken_at"))


Point = tuple[int, int]
"""(x, y) in px of the frame."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A plate's four corners in px of the frame, clockwise from top-left."""

    corners: tuple[Point, Point, Point, Point]

    @classmethod
    def rectangle(cls, left: float, top: float, right: float, bottom: float) -> Box:
        """Return the upright box with these edges in px."""
        x1, y1, x2, y2 = round(left), round(top), round(right), round(bottom)
        return cls(corners=((x1, y1), (x2, y1), (x2, y2), (x1, y2)))

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """(left, top, right, bottom) of the upright rectangle around the corners, px."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)

    @property
    def width(self) -> int:
        """Width of the bounds, px."""
        left, _, right, _ = self.bounds
        return right - left

    @property
    def height(self) -> int:
        """Height of the bounds, px."""
        _, top, _, bottom = self.bounds
        return bottom - top


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """One way to read a plate.

    Attributes:
        text: the plate's normal form (`plates.normalize`): A-Z and 0-9 only.
        confidence: probability, 0 to 1.
    """

    text: str
    confidence: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a recognizer returned for one plate in one frame.

    Attributes:
        candidates: n-best, at least one, by descending confidence, no text twice.
        characters: confidence 0 to 1 of each character of the first candidate.
        box: where the plate is.
        detection_confidence: the detector's own score, 0 to 1.
        region: ISO-like code of the issuing state ("us-or") or country ("es"), "" if unknown.
        region_confidence: 0 to 1; 0 if unknown.
        processing_seconds: time spent on this plate.
    """

    candidates: tuple[Candidate, ...]
    characters: tuple[float, ...]
    box: Box
    detection_confidence: float
    region: str = ""
    region_confidence: float = 0.0
    processing_seconds: float = 0.0

    def __post_init__(self) -> None:
        if not self.candidates:
            raise ValueError("a Reading needs at least one candidate")

    @property
    def text(self) -> str:
        """The first candidate's text."""
        return self.candidates[0].text

    @property
    def confidence(self) -> float:
        """The first candidate's confidence."""
        return self.candidates[0].confidence


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """One vehicle's readings over the frames of one source, merged.

    Attributes:
        reading: the merged reading; its box belongs to ``frame``.
        frame: the frame with the best crop.
        first_seen: UTC time of the first frame with this plate.
        last_seen: UTC time of the last one.
        frames: how many frames it was read in.
    """

    reading: Reading
    frame: Frame
    first_seen: datetime
    last_seen: datetime
    frames: int


# -- Storing: read, hotlist, hit ------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadKey:
    """A read's key: the UTC date of capture (``YYYY-MM-DD``) and a UUIDv7 minted where it was captured."""

    day: str
    id: str

    @classmethod
    def mint(cls, captured_at: datetime) -> ReadKey:
        """Return a new key for a read captured at this time: a UUIDv7 (RFC 9562, 5.7) of its millisecond."""
        milliseconds = int(captured_at.timestamp() * 1000)
        value = milliseconds << 80 | 0x7 << 76 | randbits(12) << 64 | 0b10 << 62 | randbits(62)
        return cls(day=f"{captured_at:%Y-%m-%d}", id=str(UUID(int=value)))

    def __str__(self) -> str:
        return f"{self.day}/{self.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """A plate seen and stored. What was observed never changes; ``corrected`` stands beside it, if not ""."""

    key: ReadKey
    plate: str
    candidates: tuple[Candidate, ...]
    confidence: float
    detection_confidence: float
    region: str
    region_confidence: float
    captured_at: datetime
    last_seen: datetime
    frames: int
    camera: str
    box: Box
    position: Position | None = None
    retention_class: str = "default"
    images: tuple[str, ...] = ()
    corrected: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadFilter:
    """What to look for among the reads.

    Attributes:
        plate: normal form, or a partial with ``?`` and ``*``; "" for any.
        confusable: also find plates that look alike (O for 0, I for 1 ...).
        fuzzy: also find plates with one character more, less or other; not of a partial plate.
        since: captured at or after, UTC.
        until: captured before, UTC.
        cameras: these only, () for any.
        near: within this circle only.
        canvass: reads of this canvass only, by its number; 0 for any.
        limit: at most so many, newest first.
    """

    plate: str = ""
    confusable: bool = True
    fuzzy: bool = False
    since: datetime | None = None
    until: datetime | None = None
    cameras: tuple[str, ...] = ()
    near: Circle | None = None
    canvass: int = 0
    limit: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class HotlistEntry:
    """One line of a hotlist. ``plate`` may hold the wildcards ``?`` (one) and ``*`` (any number).

    ``fields`` has the names of NCIC's files; all of the line came from ``origin``.
    """

    plate: str
    state: str = ""
    category: str = ""
    priority: int = 0
    effective: datetime | None = None
    expires: datetime | None = None
    added_by: str = ""
    reason: str = ""
    case_number: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    origin: Origin = Origin.OWN


class MatchKind(StrEnum):
    """How a read met a hotlist entry, best first."""

    EXACT = "exact"
    CANDIDATE = "candidate"
    CONFUSABLE = "confusable"
    PARTIAL = "partial"


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Why a read's candidates meet a hotlist plate.

    Attributes:
        kind: how.
        candidate: text of the candidate that met it.
        rank: 1-based rank of that candidate.
        of: how many candidates the read has.
        explanation: for a person: "candidate 2 of 10; 0/O at position 3".
    """

    kind: MatchKind
    candidate: str
    rank: int
    of: int
    explanation: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """A read that met a hotlist entry."""

    id: str
    read: ReadKey
    plate: str
    hotlist: str
    listed: HotlistEntry
    match: Match
    raised_at: datetime
    disposition: str = ""


# -- Deciding: actor, request, decision -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """Who acts.

    Attributes:
        id: pseudonym that stands on the ledger; the person's name is in the vault and the people table.
        roles: what the pack calls them.
        session: public part of the session's id; "" for jobs and at the very start.
        name: the legal name, for screens; never on the ledger in clear.
        delegated_by: for ``system:<job>``, the pseudonym of the person who ordered it.
    """

    id: str
    roles: frozenset[str] = frozenset()
    session: str = ""
    name: str = ""
    delegated_by: str = ""

    @property
    def is_known(self) -> bool:
        """Whether somebody has logged in."""
        return self.id != ANONYMOUS_ID


ANONYMOUS_ID = "anonymous"
ANONYMOUS = Actor(id=ANONYMOUS_ID)
"""Nobody is logged in: the gate denies whatever is not open to all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """A purpose code of the pack, and what it means."""

    code: str
    title: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What the gate is asked.

    Attributes:
        action: an entry kind (``search.run``).
        actor: who.
        at: when, UTC.
        purpose: purpose code, "" if none was given.
        case: case or incident number, "" if none was given.
        reason: free text, "" if none was given.
        origin: where the data stands: "server" or "vehicle".
        facts: further named facts that rules may look at.
    """

    action: str
    actor: Actor
    at: datetime
    purpose: str = ""
    case: str = ""
    reason: str = ""
    origin: str = "server"
    facts: Mapping[str, Any] = field(default_factory=dict)


class Verdict(StrEnum):
    """What the gate says."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One clause's word on a request."""

    verdict: Verdict
    clause: str
    says: str
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The gate's answer: the verdict and every clause that spoke."""

    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def allowed(self) -> bool:
        """Whether the act may go on (a warning may)."""
        return self.verdict is not Verdict.DENY

    @property
    def clauses(self) -> tuple[str, ...]:
        """Ids of the clauses behind the verdict: those that deny if denied, else every one that spoke."""
        return tuple(
            dict.fromkeys(f.clause for f in self.findings if self.allowed or f.verdict is Verdict.DENY)
        )

    @property
    def reasons(self) -> tuple[str, ...]:
        """For a person: why, with paragraph and words, by each clause behind the verdict."""
        return tuple(
            f"{f.because} [{f.clause}: {f.says}]" for f in self.findings if f.verdict is self.verdict
        )

    @property
    def explanation(self) -> str:
        """The reasons in one line."""
        return "; ".join(self.reasons)
