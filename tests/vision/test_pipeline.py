"""From frames to readings to sightings; with the real recognizer on a real street where both are there."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from alpr_core import Box, Candidate, Frame, InputError, Reading, Recognizer, plates
from alpr_core.models import Sighting
from alpr_core.vision.frames import Source, find_sources
from alpr_core.vision.pipeline import Reader, sightings
from alpr_core.vision.scenes import render_video

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def frame(index: int = 0) -> Frame:
    image = np.zeros((100, 200, 3), dtype=np.uint8)
    return Frame(source="test", taken_at=NOON + timedelta(seconds=index / 10), image=image, index=index)


def reading(*candidates: tuple[str, float], at: tuple[int, int] = (10, 10), region: str = "") -> Reading:
    left, top = at
    return Reading(
        candidates=tuple(Candidate(text=text, confidence=p) for text, p in candidates),
        characters=(0.5,) * len(candidates[0][0]),
        box=Box.rectangle(left, top, left + 40, top + 20),
        detection_confidence=0.9,
        region=region,
    )


class Script:
    """A recognizer that returns what it was told, whatever the frame."""

    def __init__(self, *readings: Reading) -> None:
        self.readings = readings

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        return self.readings


class Frames:
    """A source of some frames, which may break after them."""

    name = "test"

    def __init__(self, count: int, *, moving: bool, breaks: bool = False) -> None:
        self.frame_count, self.moving, self.breaks = count, moving, breaks

    def frames(self) -> Iterator[Frame]:
        yield from (frame(index) for index in range(self.frame_count))
        if self.breaks:
            raise InputError("test: ends early")


OREGON = plates.SyntaxBook(
    (plates.Syntax(region="us-or", name="passenger", pattern="###@@@", source="a test"),)
)


# --- one frame -----------------------------------------------------------------------------------------------


def test_candidates_are_weighed_by_the_syntaxes():
    seen = reading(("1Z3ABC", 0.5), ("123ABC", 0.3), region="us-or")
    (read,) = Reader(Script(seen), syntaxes=OREGON).read(frame())
    assert [candidate.text for candidate in read.candidates] == ["123ABC", "1Z3ABC"]
    assert len(read.characters) == 6


def test_the_recognizers_characters_stay_while_its_first_candidate_does():
    seen = reading(("123ABC", 0.5), ("1Z3ABC", 0.3), region="us-or")
    (read,) = Reader(Script(seen), syntaxes=OREGON).read(frame())
    assert read.characters == seen.characters


def test_a_plate_of_a_country_without_known_syntaxes_is_left_alone():
    seen = reading(("1Z3ABC", 0.5), ("123ABC", 0.45), region="fr")
    (read,) = Reader(Script(seen), syntaxes=OREGON).read(frame())
    assert read == seen


def test_a_plugin_may_improve_a_reading_after_weighing():
    better = reading(("999ZZZ", 1.0))
    told = []

    def improve(read: Reading) -> Reading:
        told.append(read.text)
        return better

    seen = reading(("1Z3ABC", 0.5), ("123ABC", 0.3), region="us-or")
    assert Reader(Script(seen), syntaxes=OREGON, recognized=improve).read(frame()) == (better,)
    assert told == ["123ABC"]


def test_a_plugin_that_has_nothing_to_say_changes_nothing():
    seen = reading(("123ABC", 0.5))
    assert Reader(Script(seen), recognized=lambda read: None).read(frame())[0].text == "123ABC"


def test_plates_come_from_the_top_down_and_from_the_left():
    low, right, left = (
        reading((text, 0.9), at=at) for text, at in (("A1", (0, 60)), ("B2", (90, 5)), ("C3", (5, 5)))
    )
    assert [read.text for read in Reader(Script(low, right, left)).read(frame())] == ["C3", "B2", "A1"]


@pytest.mark.parametrize("returned", [None, ["ABC123"], [None]])
def test_a_recognizer_that_returns_nonsense_is_reported_with_the_picture(returned):
    class Nonsense:
        def recognize(self, frame: Frame) -> Sequence[Reading]:
            return returned

    with pytest.raises(InputError, match="test: the recognizer failed at this picture"):
        Reader(Nonsense()).read(frame())


# --- a source --------------------------------------------------------------------------------------------------


def test_on_still_images_each_reading_is_a_sighting():
    seen = (reading(("ABC123", 0.2)), reading(("XYZ987", 0.9), at=(90, 5)))
    found = list(sightings(Frames(3, moving=False), Reader(Script(*seen))))
    assert len(found) == 6
    assert {sighting.frames for sighting in found} == {1}
    assert found[2].first_seen == found[2].last_seen == frame(1).taken_at


def test_in_a_video_the_readings_of_a_vehicle_are_one_sighting():
    (found,) = sightings(Frames(30, moving=True), Reader(Script(reading(("ABC123", 0.9)))))
    assert (found.reading.text, found.frames) == ("ABC123", 30)


@pytest.mark.parametrize("moving", [False, True])
def test_what_was_seen_before_a_source_breaks_is_kept_and_then_the_problem_told(moving):
    source = Frames(5, moving=moving, breaks=True)
    found = sightings(source, Reader(Script(reading(("ABC123", 0.9)))))
    assert sum(next(found).frames for _ in range(1 if moving else 5)) == 5
    with pytest.raises(InputError, match="ends early"):
        next(found)


@pytest.mark.parametrize("failure", [ArithmeticError, SystemExit])
@pytest.mark.parametrize("moving", [False, True])
def test_what_was_seen_before_the_recognizer_fails_is_kept_and_then_the_problem_told(moving, failure):
    class Fails:
        def recognize(self, frame: Frame) -> Sequence[Reading]:
            if frame.index == 5:
                raise failure(3)
            return [reading(("ABC123", 0.9))]

    found = sightings(Frames(9, moving=moving), Reader(Fails()))
    assert sum(next(found).frames for _ in range(1 if moving else 5)) == 5
    with pytest.raises(InputError, match=f"test: the recognizer failed at this picture .{failure.__name__}"):
        next(found)


def test_every_frame_is_shown_with_its_readings():
    shown = []
    reader = Reader(Script(reading(("ABC123", 0.9))))
    list(
        sightings(
            Frames(3, moving=True), reader, seen=lambda f, readings: shown.append((f.index, len(readings)))
        )
    )
    assert shown == [(0, 1), (1, 1), (2, 1)]


# --- the real thing ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def fast_alpr(shared: Path) -> Recognizer:
    pytest.importorskip("open_image_models", reason="the extra fast-alpr is not installed")
    plugin = pytest.importorskip("alpr_recognizer_fast_alpr")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPR_MODELS", str(shared / "models"))
        return plugin.make(plugin.FastAlprOptions())


def street(shared: Path, stride: int = 1) -> Source:
    (source,) = find_sources(shared / "video" / "street-es.mp4", taken_at=NOON, stride=stride)
    return source


NOBODY_CAN_READ = "356KWY"
"""What can be read of a plate whose first character nobody can tell: such a read counts neither way."""

ALSO_THERE = {"5238LBF", "1103LTP"}
"""Readable for a person, though hard: right is welcome."""


def judge(shared: Path, found: Sequence[Sighting]) -> tuple[list[str], list[str]]:
    """The plates of the list that were not seen exactly once, and further reads."""
    with (shared / "video" / "street-es.csv").open() as file:
        listed = [row["plate"].split("|") for row in csv.DictReader(file)]
    texts = [sighting.reading.text for sighting in found]
    missed = [ways[0] for ways in listed if sum(text in ways for text in texts) != 1]
    known = {text for ways in listed for text in ways} | ALSO_THERE
    return missed, [text for text in texts if text not in known and NOBODY_CAN_READ not in text]


@pytest.mark.parametrize(
    "stride", [pytest.param(1, marks=pytest.mark.soak), pytest.param(2, marks=pytest.mark.soak), 3]
)
def test_each_car_of_the_street_is_seen_once(shared, fast_alpr, stride):
    found = list(sightings(street(shared, stride), Reader(fast_alpr)))
    missed, further = judge(shared, found)
    assert missed == []
    assert len(further) <= 1
    hidden = next(sighting for sighting in found if sighting.reading.text == "6806LNL")
    assert (
        hidden.last_seen - hidden.first_seen
    ).total_seconds() > 4  # behind a van for two seconds in between


def test_a_drawn_car_that_drives_away_is_seen_once(fast_alpr):
    class Drawn:
        name, moving, frame_count = "drawn", True, 12

        def frames(self) -> Iterator[Frame]:
            for index, scene in enumerate(render_video(4, state="us-or", text="123ABC", frames=12)):
                at = NOON + timedelta(seconds=index / 6)
                yield Frame(source="drawn", taken_at=at, image=scene.image, index=index)

    (found,) = sightings(Drawn(), Reader(fast_alpr))
    assert found.reading.text == "123ABC"
    assert found.frames >= 10
