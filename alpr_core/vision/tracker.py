"""Readings of one vehicle over frames become one sighting.

A reading belongs to the vehicle whose plate is expected where its box is. A vehicle out of sight for a while (behind
a van, at a bend) is known again by what was read of it. When it has been gone for long enough its readings have
voted (`vote.Vote`), and it is reported if enough of them were clear.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from datetime import datetime

from alpr_core.models import Box, Frame, Reading, Sighting
from alpr_core.vision.vote import Vote, character_confidences

LOST_SECONDS = 0.6
"""After this long without a reading, a box alone no longer tells that it is the same vehicle."""

GONE_SECONDS = 4.5
"""After this long without a reading the vehicle is gone; until then the same text is the same vehicle."""

LEAST_CONFIDENCE = 0.4
"""A vehicle is reported when its merged first candidate is at least this probable ..."""

LEAST_CLEAR_VIEWS = 0.5
"""... and was read in at least this many frames' worth of clear view."""

CANDIDATES = 10
"""How many merged candidates a sighting has at most."""

REACH = 1.0
"""How far from where it is expected a plate may be, in plate widths; a plate height counts as half a width."""

FIRST_REACH = 1.5
"""The same for a vehicle read once: its speed is not known yet."""

GROWTH = 2.0
"""A plate's height changes by at most this factor from one reading to the next."""

LIKENESS = 0.5
"""How far a reading is brought nearer, in plate widths, by the very text that the vehicle is known by."""

SURE = 0.6
"""Texts this probable that are not alike are of two vehicles, however near their boxes are."""

CUT_WEIGHT = 0.25
"""Weight of a reading whose box touches the frame's edge: characters may lie outside."""

SMOOTHING = 0.5
"""Share of the newest step in a vehicle's speed."""


class Tracker:
    """Follows the plates of one source. Frames come in the order of their times.

    Memory holds one frame for each vehicle in view or lately gone.
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []

    def add(self, frame: Frame, readings: Sequence[Reading]) -> list[Sighting]:
        """Take one frame's readings.

        Args:
            frame: kept while it is the best view of some vehicle.
            readings: what was read in it, one for each plate.

        Returns:
            The vehicles that are gone by now, in the order in which they were last seen.
        """
        now = frame.taken_at
        followed = [track for track in self._tracks if track.silent_seconds(now) <= LOST_SECONDS]
        left = list(readings)
        for _, track, reading in sorted(_pairs(followed, readings, now), key=lambda pair: pair[0]):
            if track in followed and any(reading is other for other in left):
                followed.remove(track)
                left = [other for other in left if other is not reading]
                track.add(frame, reading)
        self._tracks += [_Track(frame, reading) for reading in left]
        return self._report([track for track in self._tracks if track.silent_seconds(now) > GONE_SECONDS])

    def close(self) -> list[Sighting]:
        """Return the vehicles still followed: the source has ended."""
        return self._report(self._tracks)

    def _report(self, gone: Sequence[_Track]) -> list[Sighting]:
        sightings = []
        for track in sorted(gone, key=lambda track: track.last_seen):
            self._tracks.remove(track)
            if not track.is_readable:
                continue
            again = next((other for other in self._tracks if other.continues(track)), None)
            if again is None:
                sightings.append(track.sighting())
            else:
                again.absorb(track)
        return sightings


class _Track:
    """One vehicle, followed."""

    def __init__(self, frame: Frame, reading: Reading) -> None:
        self.first_seen = self.last_seen = frame.taken_at
        self._vote = Vote()
        self._frames = 0
        self._speed: tuple[float, float] | None = None  # px a second
        self._box = reading.box
        self._regions: dict[str, float] = {}
        self._best = (-1.0, frame, reading)
        self._count(frame, reading)

    def add(self, frame: Frame, reading: Reading) -> None:
        """Count a further reading of this vehicle."""
        seconds = self.silent_seconds(frame.taken_at)
        if seconds > 0.0:
            (old_x, old_y), (x, y) = _centre(self._box), _centre(reading.box)
            step_x, step_y = (x - old_x) / seconds, (y - old_y) / seconds
            speed_x, speed_y = self._speed or (step_x, step_y)
            self._speed = (
                speed_x + SMOOTHING * (step_x - speed_x),
                speed_y + SMOOTHING * (step_y - speed_y),
            )
        self._box = reading.box
        self.last_seen = max(self.last_seen, frame.taken_at)
        self._count(frame, reading)

    def silent_seconds(self, now: datetime) -> float:
        """Return how long ago it was read last; a clock that was set back counts as no time."""
        return max(0.0, (now - self.last_seen).total_seconds())

    def distance(self, reading: Reading, now: datetime) -> float:
        """Return how far the reading is from where this vehicle is expected, in plate widths; inf if out of reach."""
        seconds = self.silent_seconds(now)
        speed_x, speed_y = self._speed or (0.0, 0.0)
        (old_x, old_y), (x, y) = _centre(self._box), _centre(reading.box)
        width = max(self._box.width, reading.box.width, 1)
        height = max(self._box.height, reading.box.height, 1)
        if height > GROWTH * max(1, min(self._box.height, reading.box.height)):
            return math.inf
        away = math.hypot(
            (x - old_x - speed_x * seconds) / width, (y - old_y - speed_y * seconds) / (2 * height)
        )
        if away > (FIRST_REACH if self._speed is None else REACH):
            return math.inf
        known = self._vote.candidates(1)[0]
        alike = difflib.SequenceMatcher(None, known.text, reading.text, autojunk=False).ratio()
        if alike < 0.5 and min(known.confidence, reading.confidence) >= SURE:
            return math.inf
        return away - LIKENESS * alike

    @property
    def is_readable(self) -> bool:
        """Whether enough was read to report it."""
        first = self._vote.candidates(1)[0]
        return first.confidence >= LEAST_CONFIDENCE and self._vote.clear_views() >= LEAST_CLEAR_VIEWS

    def continues(self, earlier: _Track) -> bool:
        """Say whether this is the vehicle of ``earlier``, come into view again.

        Two plates seen at one time are two vehicles' unless they read alike to the letter.
        """
        if not self.is_readable:
            return False
        gap = (self.first_seen - earlier.last_seen).total_seconds()
        if gap <= 0.0:
            return self._vote.best() == earlier._vote.best()
        return gap <= GONE_SECONDS and self._vote.agrees(earlier._vote)

    def absorb(self, other: _Track) -> None:
        """Take over all that was seen of ``other``."""
        self.first_seen = min(self.first_seen, other.first_seen)
        self.last_seen = max(self.last_seen, other.last_seen)
        self._vote.absorb(other._vote)
        self._frames += other._frames
        self._best = max(self._best, other._best, key=lambda best: best[0])
        for region, weight in other._regions.items():
            self._regions[region] = self._regions.get(region, 0.0) + weight

    def sighting(self) -> Sighting:
        """Return what the readings say together, on the frame with the best view."""
        _, frame, reading = self._best
        candidates = self._vote.candidates(CANDIDATES)
        region = max(self._regions, key=self._regions.__getitem__)
        merged = Reading(
            candidates=candidates,
            characters=character_confidences(candidates),
            box=reading.box,
            detection_confidence=reading.detection_confidence,
            region=region,
            region_confidence=self._regions[region] / max(sum(self._regions.values()), 1e-9),
            processing_seconds=reading.processing_seconds,
        )
        return Sighting(
            reading=merged,
            frame=frame,
            first_seen=self.first_seen,
            last_seen=self.last_seen,
            frames=self._frames,
        )

    def _count(self, frame: Frame, reading: Reading) -> None:
        weight = reading.detection_confidence * (CUT_WEIGHT if _is_cut(reading.box, frame) else 1.0)
        self._frames += 1
        self._vote.add(reading, weight)
        self._regions[reading.region] = self._regions.get(reading.region, 0.0) + reading.region_confidence
        quality = weight * reading.confidence * math.sqrt(max(reading.box.height, 1))
        if quality > self._best[0]:
            self._best = (quality, frame, reading)


def _pairs(
    tracks: Sequence[_Track], readings: Sequence[Reading], now: datetime
) -> list[tuple[float, _Track, Reading]]:
    pairs = [(track.distance(reading, now), track, reading) for track in tracks for reading in readings]
    return [pair for pair in pairs if pair[0] < math.inf]


def _centre(box: Box) -> tuple[float, float]:
    left, top, right, bottom = box.bounds
    return (left + right) / 2, (top + bottom) / 2


def _is_cut(box: Box, frame: Frame) -> bool:
    height, width = frame.image.shape[:2]
    left, top, right, bottom = box.bounds
    return left <= 1 or top <= 1 or right >= width - 1 or bottom >= height - 1
