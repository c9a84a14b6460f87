"""Which hotlist entries a read meets, and why: exactly, by a lesser candidate, by look-alikes, or as a partial plate.

Matching is pure. The database only narrows a million entries down to those that have a candidate's skeleton, and
the partial plates. A partial plate is taken at its word: whoever is unsure of a character writes ``?``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from alpr_core import plates
from alpr_core.models import Candidate, HotlistEntry, Match, MatchKind, Read
from alpr_core.store.hotlists import Hotlists, ListedPlate

ORDER = tuple(MatchKind)
"""Kinds of match, best first."""


class Found(NamedTuple):
    """A read that met a hotlist entry."""

    read: Read
    hotlist: str
    listed: HotlistEntry
    match: Match


def find_matches(hotlists: Hotlists, reads: Sequence[Read], at: datetime) -> list[Found]:
    """Return what these reads meet on the hotlists: in the order of the reads, the most urgent of each first.

    One query for all reads together, and a second one only if anything is met. Several entries of one plate,
    on several lists or for several states, are several matches.

    Args:
        hotlists: as the transaction sees them.
        reads: those of one batch.
        at: entries in force at this time count, UTC.
    """
    texts = {candidate.text for read in reads for candidate in read.candidates}
    listed = _Listed(hotlists.within_reach(texts, at))
    met = [
        (read, one.id, match)
        for read in reads
        for one in listed.near(read.candidates)
        if (match := match_plate(read.candidates, one.plate)) is not None
    ]
    entries = hotlists.entries({entry_id for _, entry_id, _ in met})
    found = [
        Found(read, entries[entry_id].hotlist, entries[entry_id].entry, match)
        for read, entry_id, match in met
    ]
    position = {read.key: n for n, read in enumerate(reads)}
    found.sort(key=lambda one: (position[one.read.key], -one.listed.priority, ORDER.index(one.match.kind)))
    return [one._replace(match=_with_state(one)) for one in found]


def match_plate(candidates: Sequence[Candidate], listed: str) -> Match | None:
    """Say how a read's candidates meet a listed plate: the best way, None if they don't.

    A candidate that is the plate itself wins over a better candidate that only looks like it.

    Args:
        candidates: of one read, by descending confidence.
        listed: normal form, or a partial plate.
    """
    if plates.is_partial(listed):
        return _match_partial(candidates, listed)
    for rank, candidate in enumerate(candidates, start=1):
        if candidate.text == listed:
            kind = MatchKind.EXACT if rank == 1 else MatchKind.CANDIDATE
            return _match(kind, candidates, rank)
    for rank, candidate in enumerate(candidates, start=1):
        if confusions := plates.confusions(candidate.text, listed):
            pairs = ", ".join(f"{pair} at position {position}" for position, pair in confusions)
            return _match(MatchKind.CONFUSABLE, candidates, rank, pairs)
    return None


def _match_partial(candidates: Sequence[Candidate], listed: str) -> Match | None:
    partial = _partial(listed)
    for rank, candidate in enumerate(candidates, start=1):
        if partial.matches(candidate.text):
            return _match(MatchKind.PARTIAL, candidates, rank, f"fits {listed}")
    return None


def _match(kind: MatchKind, candidates: Sequence[Candidate], rank: int, how: str = "") -> Match:
    place = f"candidate {rank} of {len(candidates)}"
    return Match(
        kind=kind,
        candidate=candidates[rank - 1].text,
        rank=rank,
        of=len(candidates),
        explanation=f"{place}; {how}" if how else place,
    )


def _with_state(found: Found) -> Match:
    """Return the match with a word on the state, where list and camera disagree about it.

    It stays a match: a camera takes one state's plate for another's more easily than one letter for another.
    """
    country, _, state = found.read.region.upper().partition("-")
    seen, listed = state or country, found.listed.state.upper()
    # "us" alone says nothing about the state; the code of any other country does.
    if not listed or seen in ("", "US", listed):
        return found.match
    return replace(
        found.match, explanation=f"{found.match.explanation}; state differs: listed {listed}, read {seen}"
    )


class _Listed:
    """The listed plates that a batch may meet, sorted so that each read's own few are quickly found."""

    def __init__(self, listed: Sequence[ListedPlate]) -> None:
        self._by_skeleton: dict[str, list[ListedPlate]] = defaultdict(list)
        self._by_first: dict[str, list[ListedPlate]] = defaultdict(list)
        for one in listed:
            if plates.is_partial(one.plate):
                self._by_first[one.plate[0]].append(one)
            else:
                self._by_skeleton[plates.skeleton(one.plate)].append(one)

    def near(self, candidates: Sequence[Candidate]) -> Iterator[ListedPlate]:
        """Yield, once each, the plates that look like a candidate and the partial ones that may begin like one."""
        for skeleton in dict.fromkeys(plates.skeleton(candidate.text) for candidate in candidates):
            yield from self._by_skeleton.get(skeleton, ())
        for first in dict.fromkeys([*(candidate.text[:1] for candidate in candidates), "?", "*"]):
            yield from self._by_first.get(first, ())


@lru_cache(maxsize=10_000)
def _partial(text: str) -> plates.Partial:
    """Return the partial plate; kept, because its expression costs more than the matching."""
    return plates.Partial.parse(text)
