"""Capturing: what is seen is stored, whatever becomes of a source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pytest

from alpr_core.errors import Denied, InputError
from alpr_core.models import Box, Candidate, Frame, Reading
from alpr_core.services.capture import capture
from alpr_core.vision.pipeline import Reader


class EachFrame:
    """A recognizer that sees one plate in every frame."""

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        reading = Reading(
            candidates=(Candidate(text=f"ABC{frame.index:03}", confidence=0.9),),
            characters=(0.9,) * 6,
            box=Box.rectangle(2, 2, 30, 12),
            detection_confidence=0.9,
        )
        return [reading]


@dataclass
class Pictures:
    """Stills, of which the last may be broken or too long."""

    site: object
    count: int
    breaks: bool = False
    longest: int = 40
    name = "street"
    moving = False

    @property
    def frame_count(self) -> int:
        return self.count

    def frames(self) -> Iterator[Frame]:
        for index in range(self.count):
            width = self.longest if index == self.count - 1 else 40
            taken_at = self.site.clock() + timedelta(seconds=index)
            image = np.zeros((20, width, 3), np.uint8)
            yield Frame(source=self.name, taken_at=taken_at, image=image, index=index)
        if self.breaks:
            raise InputError("street: ends early")


def run(act, *sources: Pictures, camera: str = "car-7") -> tuple[list[str], list[str]]:
    problems: list[InputError] = []
    batches = list(capture(act, sources, Reader(EachFrame()), camera=camera, on_problem=problems.append))
    return [read.plate for batch in batches for read in batch.reads], [one.message for one in problems]


@pytest.fixture
def officer(act_as):
    return act_as("officer")


def test_every_sighting_is_stored_however_many_there_are(site, officer) -> None:
    plates, problems = run(officer, Pictures(site, 45))
    assert len(plates) == 45
    assert problems == []


def test_a_source_that_breaks_loses_nothing_that_was_seen_before(site, officer) -> None:
    plates, problems = run(officer, Pictures(site, 3, breaks=True), Pictures(site, 2))
    assert len(plates) == 5
    assert problems == ["street: ends early"]


def test_a_picture_too_long_to_be_stored_is_named_and_the_others_are_stored(site, officer) -> None:
    plates, (problem,) = run(officer, Pictures(site, 3, longest=70_000), Pictures(site, 1))
    assert len(plates) == 3
    assert "65,500 pixels a side" in problem


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 129, "\udcff"])
def test_a_camera_has_a_name_that_can_be_shown(site, officer, name) -> None:
    with pytest.raises(InputError, match="camera's name"):
        run(officer, Pictures(site, 1), camera=name)


def test_who_may_not_capture_is_denied_before_the_first_frame(site, act_as) -> None:
    class Untouched(Pictures):
        def frames(self) -> Iterator[Frame]:
            pytest.fail("no frame must be looked at")

    with pytest.raises(Denied):
        run(act_as("auditor"), Untouched(site, 1), camera="")
