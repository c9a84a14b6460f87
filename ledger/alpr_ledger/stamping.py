"""What the time stamps beside a ledger show under the certificates of the authorities that somebody trusts.

A stamp shows that a checkpoint, and so every entry under it, existed at a time: nobody wrote them later. It says
nothing of other checkpoints that an authority stamped too, so it anchors nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from .anchoring import proved_notes
from .errors import NoteError, VerificationError
from .note import parse_note
from .source import Source, StampRow
from .timestamp import Authorities, Stamp, is_available

NO_WITNESS = (
    "a time stamp shows that no entry under it was written later; "
    "it is no witness: a second history could be stamped too"
)
NO_CERTIFICATES = "to judge them, give the certificates of the authorities that you trust (--tsa-cert FILE)"
NOT_INSTALLED = "to judge them, more packages are needed: pip install 'alpr-ledger[timestamps]'"
FOREIGN = "they are of authorities whose certificates you did not give"


@dataclass(frozen=True, slots=True)
class Stamped:
    """One time stamp that holds.

    Attributes:
        authority: the subject of the certificate that signed.
        size: the number of entries that existed then.
        time: when, by the authority's clock, UTC.
    """

    authority: str
    size: int
    time: datetime

    def __str__(self) -> str:
        return f"stamped by {self.authority} at {_when(self.time)}: {self.size:,} entries existed then"


@dataclass(frozen=True, slots=True)
class Stamping:
    """What the time stamps show.

    Attributes:
        stamped: every stamp that holds, the largest size first.
        unjudged: how many stamps nothing is said of.
        reason: why, and what to do.
    """

    stamped: tuple[Stamped, ...] = ()
    unjudged: int = 0
    reason: str = ""

    def lines(self) -> list[str]:
        """The latest word of each authority, for a person."""
        lines = []
        for authority in dict.fromkeys(one.authority for one in self.stamped):
            latest, *earlier = [one for one in self.stamped if one.authority == authority]
            lines.append(str(latest))
            if earlier:
                first = earlier[-1]
                lines[-1] += (
                    f" ({len(earlier):,} earlier ones hold too, since {_when(first.time)}: {first.size:,})"
                )
        if self.stamped:
            lines.append(NO_WITNESS)
        if self.unjudged:
            more = "more " if self.stamped else ""
            lines.append(f"{more}time stamps are stored ({self.unjudged:,}): {self.reason}")
        return lines

    def as_json(self) -> dict[str, object]:
        """All of it, for a program."""
        return {
            "timestamps": [
                {"authority": one.authority, "size": one.size, "time": f"{one.time:%Y-%m-%dT%H:%M:%SZ}"}
                for one in self.stamped
            ],
            "timestamps_unjudged": self.unjudged,
            "timestamps_unjudged_why": self.reason,
        }


def judge_stamps(
    rows: Iterable[StampRow], note_at: Callable[[int], bytes | None], certificates: Sequence[bytes]
) -> Stamping:
    """Weigh time stamps: all that are given, each over its own checkpoint.

    Args:
        rows: time stamps, the largest size first.
        note_at: gives the note of the checkpoint of a size, one known to be this ledger's; None where there is none.
        certificates: the roots of the authorities that are trusted, DER.

    Raises:
        VerificationError: a stamp that claims to be of a trusted authority is wrong; says over which size.
        KeyRefused: a certificate is malformed.
    """
    if not certificates or not is_available():
        stored = sum(1 for _ in rows)
        reason = NOT_INSTALLED if certificates else NO_CERTIFICATES
        return Stamping(unjudged=stored, reason=reason if stored else "")
    authorities = Authorities(certificates)
    stamped, foreign = list[Stamped](), 0
    for size, _, token in rows:
        stamp = _verified(authorities, size, token, note_at)
        if stamp is None:
            foreign += 1
        else:
            stamped.append(Stamped(stamp.authority, size, stamp.time))
    return Stamping(tuple(stamped), foreign, FOREIGN if foreign else "")


def judge_source_stamps(source: Source, certificates: Sequence[bytes], size: int, root: bytes) -> Stamping:
    """Weigh the time stamps beside a ledger, each over a tree that is proved to have grown into this one.

    Args:
        source: the ledger.
        certificates: the roots of the authorities that are trusted, DER.
        size: number of entries, as verified.
        root: the root over them, as verified.

    Raises:
        VerificationError: as `judge_stamps`, or a stamped tree is not the beginning of this one.
        SourceError: they cannot be read.
    """
    rows = (row for page in source.stamps() for row in page)
    return judge_stamps(rows, proved_notes(source, size, root), certificates)


def _verified(
    authorities: Authorities, size: object, token: object, note_at: Callable[[int], bytes | None]
) -> Stamp | None:
    """The stamp, or None where nobody who is trusted stands behind it. A row is as found: it may hold anything."""
    if not isinstance(size, int) or not isinstance(token, bytes):
        raise VerificationError(f"a time stamp is stored as {type(token).__name__} over size {size!r}")
    if not authorities.vouch_for(token):
        return None
    note = note_at(size)
    if note is None:
        raise VerificationError(f"a time stamp is over size {size}, of which the ledger has no checkpoint")
    try:
        return authorities.read(token, parse_note(note).text)
    except (NoteError, VerificationError) as error:
        raise VerificationError(f"the time stamp over size {size} is refused: {error}") from None


def _when(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"
