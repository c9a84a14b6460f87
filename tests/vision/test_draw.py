"""Pictures with what was read drawn onto them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from alpr_core import Box, Candidate, Reading
from alpr_core.vision.draw import COLOR, annotate, crop


def reading(box: Box, text: str = "ABC123") -> Reading:
    candidate = Candidate(text=text, confidence=0.876)
    return Reading(candidates=(candidate,), characters=(), box=box, detection_confidence=0.9)


def grey(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 90, dtype=np.uint8)


def colored(image: np.ndarray) -> np.ndarray:
    """Where the box's or the label's colour is."""
    return np.all(np.abs(image.astype(np.int16) - np.array(COLOR, dtype=np.int16)) < 12, axis=2)


def test_the_picture_itself_stays_as_it_is():
    image = grey(200, 300)
    annotate(image, [reading(Box.rectangle(100, 100, 200, 140))])
    assert np.array_equal(image, grey(200, 300))


def test_without_readings_nothing_is_drawn():
    assert np.array_equal(annotate(grey(50, 50), []), grey(50, 50))


def test_the_box_is_drawn_at_its_corners():
    box = Box(corners=((100, 110), (200, 100), (200, 140), (100, 150)))
    drawn = colored(annotate(grey(300, 400), [reading(box)]))
    assert all(drawn[y - 2 : y + 3, x - 2 : x + 3].any() for x, y in box.corners)
    assert not drawn[125, 150]  # the plate itself can still be read


@pytest.mark.parametrize(("height", "width"), [(60, 80), (240, 320), (720, 1280), (2160, 3840)])
def test_the_label_grows_with_the_picture(height, width):
    box = Box.rectangle(width * 0.4, height * 0.5, width * 0.6, height * 0.6)
    drawn = colored(annotate(grey(height, width), [reading(box)]))
    above = drawn[: box.bounds[1] - max(2, height // 200)]
    rows = np.flatnonzero(above.any(axis=1))
    label_height = rows[-1] - rows[0] + 1
    assert label_height >= max(10, 0.025 * min(height, width))
    assert label_height <= max(20, 0.12 * min(height, width))


def test_labels_say_the_text_and_its_percents(monkeypatch):
    said = []
    monkeypatch.setattr(cv2, "putText", lambda canvas, text, *rest: said.append(text))
    annotate(grey(200, 300), [reading(Box.rectangle(10, 100, 90, 130), "7VJW81")])
    assert said == ["7VJW81 88%"]


@pytest.mark.parametrize(
    "box",
    [
        Box.rectangle(0, 0, 60, 20),  # no room above
        Box.rectangle(350, 280, 400, 300),  # nor to the right
        Box.rectangle(-50, -50, -10, -10),
        Box.rectangle(500, 500, 900, 900),
        Box.rectangle(0, 0, 400, 300),
        Box.rectangle(10, 10, 10, 10),
    ],
)
def test_the_label_stays_within_the_picture(box):
    drawn = colored(annotate(grey(300, 400), [reading(box)]))
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    assert drawn.sum() > 500
    assert len(rows) > 10
    assert len(columns) > 50


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3)])
def test_a_tiny_picture_can_be_drawn_on(size):
    assert annotate(grey(*size), [reading(Box.rectangle(0, 0, 2, 2))]).shape == (*size, 3)


def test_a_crop_has_the_plate_and_its_surroundings():
    image = grey(200, 300)
    image[100:120, 100:180] = 255
    cut = crop(image, Box.rectangle(100, 100, 180, 120), margin=0.5)
    assert cut.shape == (40, 100, 3)
    assert cut[10:30, 10:90].min() == 255
    cut[:] = 0
    assert image[110, 110, 0] == 255  # a copy


@pytest.mark.parametrize(
    "box", [Box.rectangle(-50, -50, -10, -10), Box.rectangle(500, 500, 600, 600), Box.rectangle(5, 5, 5, 5)]
)
def test_a_crop_is_never_empty(box):
    assert crop(grey(100, 100), box).size > 0
