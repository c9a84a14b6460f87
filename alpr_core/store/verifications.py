"""How hits were verified: by sight, by a state's system, by what somebody reports of one; and what follows."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.answers import CONFIRMED, NO_ANSWER, REFUTED
from alpr_core.models import ReadKey
from alpr_core.store.batches import batches
from alpr_core.store.hits import WITHDRAWN
from alpr_core.store.tables import hit, verification

SIGHT = "sight"
"""The kind of a verification that a person made by looking at the picture."""

QUERY, CONFIRMATION, REPORTED = "query", "confirmation", "reported"
"""The other kinds: this node asked a state's system, or through it the agency that entered the record; or a
person tells what such a system answered elsewhere."""

AGREES, DIFFERS = "agrees", "differs"
"""What a person sees on the picture, beside what is listed."""


class HitState(StrEnum):
    """How far a hit is."""

    RAISED = "raised"
    SEEN = "seen"
    """A person saw the listed plate on the picture, and no system was asked."""
    NO_ANSWER = NO_ANSWER
    """A system was asked, and nothing is known."""
    CONFIRMED = CONFIRMED
    REFUTED = REFUTED
    """By sight or by a system; somebody says what became of it."""
    DISPOSED = "disposed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """One look at a hit's picture, or one answer about it.

    Attributes:
        hit: the hit's id.
        read: the hit's read.
        kind: `SIGHT`, `QUERY`, `CONFIRMATION` or `REPORTED`.
        result: of a sight `AGREES` or `DIFFERS`, else `CONFIRMED`, `REFUTED` or `NO_ANSWER`.
        at: when it was made or answered, UTC; of one that is reported, when that was said to be.
        made_by: pseudonym of who made or recorded it.
        system: code of the system, "" for a sight.
        why: why nothing is known, a code; "" where something is.
        plate: of a sight: what the person saw, in normal form.
        state: of a sight: two letters, "" if they did not say.
        agency: of a confirmation: whom it was asked of, an ORI.
        due_at: until when a confirmation that was asked may still be answered, UTC; None where it cannot be.
        ran_by: of one that is reported: who asked the system, by name or badge number.
        how: of one that is reported: "radio" or "terminal".
        simulated: whether a simulator answered.
        entry: index of its ledger entry.
        id: 0 before it is stored.
    """

    hit: str
    read: ReadKey
    kind: str
    result: str
    at: datetime
    made_by: str
    system: str = ""
    why: str = ""
    plate: str = ""
    state: str = ""
    agency: str = ""
    due_at: datetime | None = None
    ran_by: str = ""
    how: str = ""
    simulated: bool = False
    entry: int = -1
    id: int = 0


class Verifications:
    """How hits were verified, inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Verification) -> Verification:
        """Store a verification, and return it with its number."""
        values = asdict(one) | {"hit_id": one.hit, "day": one.read.day, "read_id": one.read.id}
        for name in ("id", "hit", "read"):
            del values[name]
        stored = sa.insert(verification).values(values).returning(verification.c.id)
        return replace(one, id=self._connection.execute(stored).scalar_one())

    def of(self, hit_id: str) -> tuple[Verification, ...]:
        """Return how a hit was verified, in the order in which that was recorded."""
        return self.of_hits([hit_id]).get(hit_id, ())

    def of_hits(self, ids: Collection[str]) -> dict[str, tuple[Verification, ...]]:
        """Return how each of these hits was verified, as `of` does; those that were not are left out."""
        found: dict[str, list[Verification]] = defaultdict(list)
        for some in batches(sorted(ids)):
            query = sa.select(verification).where(verification.c.hit_id.in_(some))
            for row in self._connection.execute(
                query.order_by(verification.c.entry, verification.c.id)
            ).mappings():
                values: dict[str, Any] = dict(row)
                key = ReadKey(day=values.pop("day"), id=values.pop("read_id"))
                one = Verification(hit=values.pop("hit_id"), read=key, **values)
                found[one.hit].append(one)
        return {hit_id: tuple(of_it) for hit_id, of_it in found.items()}

    def waiting(self, before: datetime, *, live: bool) -> int:
        """Return how many open hits, raised before a moment, are neither confirmed nor refuted."""
        query = sa.select(hit.c.id).where(hit.c.disposition == "", hit.c.raised_at < before)
        waiting = list(self._connection.scalars(query))
        made = self.of_hits(waiting)
        settled = (HitState.CONFIRMED, HitState.REFUTED)
        return sum(state_of("", made.get(one, ()), live=live) not in settled for one in waiting)


# ---------------------------------------------------------------------------
# What follows, pure
# ---------------------------------------------------------------------------


def state_of(disposition: str, made: Sequence[Verification], *, live: bool) -> HitState:
    """Return how far a hit is.

    Args:
        disposition: the hit's, "" while it is open.
        made: its verifications in their order.
        live: whether the node is: then nothing that a simulator said counts.
    """
    if disposition:
        return HitState.WITHDRAWN if disposition == WITHDRAWN else HitState.DISPOSED
    seen = sight_of(made)
    if seen is not None and seen.result == DIFFERS:
        return HitState.REFUTED
    if (said := word_of(made, live=live)) is not None:
        return HitState(said.result)
    if any(one.kind != SIGHT for one in made):
        return HitState.NO_ANSWER
    return HitState.RAISED if seen is None else HitState.SEEN


def sight_of(made: Sequence[Verification]) -> Verification | None:
    """Return what a person saw last, None if nobody looked."""
    return next((one for one in reversed(made) if one.kind == SIGHT), None)


def word_of(made: Sequence[Verification], *, live: bool) -> Verification | None:
    """Return the last word of any system that confirms or refutes, None if none does."""
    return next(iter(_words(made, live)[::-1]), None)


def _words(made: Sequence[Verification], live: bool) -> list[Verification]:
    """Return the answers that confirm or refute; a file still lists what its agency took back, and counts no more."""
    words: list[Verification] = []
    for one in made:
        if _says(one, live) and not (one.kind == QUERY and any(word.kind == CONFIRMATION for word in words)):
            words.append(one)
    return words


def waits_until(made: Sequence[Verification], *, live: bool) -> datetime | None:
    """Return until when the last confirmation that was asked for is to be answered; None where none is open."""
    return next((one.due_at for one in unanswered(made, live=live)), None)


def unanswered(made: Sequence[Verification], *, live: bool, agency: str = "") -> list[Verification]:
    """Return the confirmations that were asked for since anybody last gave their word on one, the newest first.

    What failed before it could be answered, an outage or a reject, was not asked.

    Args:
        made: the hit's verifications in their order.
        live: as `state_of`.
        agency: those of one agency only, "" for all.
    """
    asked = [
        one
        for one in made
        if one.kind == REPORTED or (one.kind == CONFIRMATION and agency in ("", one.agency))
    ]
    since = itertools.takewhile(lambda one: not _says(one, live), reversed(asked))
    return [one for one in since if one.due_at is not None]


def verified_by(made: Sequence[Verification], wanted: Collection[str], *, live: bool) -> str:
    """Return the system by which a hit counts as verified, "" if none confirmed it, or one refutes it.

    Args:
        made: its verifications in their order.
        wanted: the systems that the policy names: where several confirm, one of these is returned.
        live: whether the node is.
    """
    seen = sight_of(made)
    last = {one.system: one.result for one in _words(made, live)}
    if REFUTED in last.values() or (seen is not None and seen.result == DIFFERS):
        return ""
    return next((system for system in last if system in wanted), next(iter(last), ""))


def outcome_of(made: Sequence[Verification]) -> dict[str, Any]:
    """Return what stays of a hit's verifications when its read is gone: columns of the table ``hit_outcome``."""
    systems = [one for one in made if one.kind != SIGHT]
    real = [
        one for one in systems if not one.simulated
    ] or systems  # what was invented stays only where it is all
    last = word_of(real, live=False) or (real[-1] if real else None)
    if last is None:
        return {"system": "", "verified": "", "verified_by": "", "simulated": False}
    return {
        "system": last.system,
        "verified": last.result,
        "verified_by": last.kind,
        "simulated": last.simulated,
    }


def _says(one: Verification, live: bool) -> bool:
    decides = one.kind != SIGHT and one.result in (CONFIRMED, REFUTED)
    return decides and not (live and one.simulated)
