"""The recognizer fast_alpr: with its real model files where they are beside the repository."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

import alpr_recognizer_fast_alpr as plugin
from alpr_core import Frame, InputError, ModelsMissing, Recognizer, plates
from alpr_core.weights import read_pins
from alpr_recognizer_fast_alpr.regions import CODES

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def frame(image: np.ndarray, source: str = "photo.jpg") -> Frame:
    return Frame(source=source, taken_at=NOW, image=image)


def test_without_its_models_it_says_which_command_brings_them(tmp_path, monkeypatch):
    monkeypatch.setenv("ALPR_MODELS", str(tmp_path))
    assert "alpr-core models install fast-alpr" in (plugin.missing() or "")
    with pytest.raises(ModelsMissing, match="alpr-core models install fast-alpr"):
        plugin.make(plugin.FastAlprOptions())


def test_every_pinned_file_has_an_address_a_hash_and_a_licence():
    pins = read_pins(plugin.MODELS)
    assert set(pins.needs) == {weight.role for weight in pins.weights}
    for weight in pins.weights:
        assert weight.url.startswith("https://github.com/")
        assert len(weight.sha256) == 64
        assert weight.licence
        assert weight.folder_only or weight.url.endswith(weight.name)


def test_no_two_countries_share_a_code():
    assert len(set(CODES.values())) == len(CODES)


# --- with the real models ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recognizer(shared: Path) -> Recognizer:
    pytest.importorskip("open_image_models", reason="the extra fast-alpr is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALPR_MODELS", str(shared / "models"))
        assert plugin.missing() is None
        return plugin.make(plugin.FastAlprOptions(threads=1))


@pytest.fixture(scope="module")
def photos(shared: Path) -> list[tuple[str, np.ndarray]]:
    """Label and image of each photograph."""
    folder = shared / "images" / "us"
    with (folder / "labels.csv").open(newline="") as opened:
        return [(row["plate"], cv2.imread(str(folder / row["file"]))) for row in csv.DictReader(opened)]


def test_the_photographs_are_read_as_well_as_promised(recognizer, photos):
    top = within = wrong = 0
    for label, image in photos:
        answers = [
            [c.text for c in plates.weigh(r.candidates, r.region)[:10]]
            for r in recognizer.recognize(frame(image))
        ]
        top += any(texts[0] == label for texts in answers)
        within += any(label in texts for texts in answers)
        wrong += sum(label not in texts for texts in answers)
    assert top / len(photos) >= 0.86
    assert within / len(photos) >= 0.95
    assert wrong / len(photos) <= 0.2


def test_a_reading_says_all_that_is_known_of_its_plate(recognizer, photos):
    label, image = photos[0]
    (reading,) = recognizer.recognize(frame(image))
    assert label in [candidate.text for candidate in reading.candidates]
    assert len(reading.candidates) == 10
    assert sum(candidate.confidence for candidate in reading.candidates) <= 1 + 1e-9
    assert len(reading.characters) == len(reading.text)
    assert all(0 <= confidence <= 1 for confidence in reading.characters)
    left, top, right, bottom = reading.box.bounds
    assert 0 <= left < right <= image.shape[1]
    assert 0 <= top < bottom <= image.shape[0]
    assert reading.region == "us"
    assert 0 < reading.region_confidence <= 1
    assert 0 < reading.detection_confidence <= 1
    assert reading.processing_seconds > 0


def test_the_same_photograph_is_read_the_same_twice(recognizer, photos):
    first, second = (recognizer.recognize(frame(photos[1][1])) for _ in range(2))
    assert [reading.candidates for reading in first] == [reading.candidates for reading in second]


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (1, 60_000, 3), (60_000, 1, 3), (480, 640, 3)])
def test_an_image_without_a_plate_gives_no_reading(recognizer, shape):
    assert list(recognizer.recognize(frame(np.zeros(shape, np.uint8)))) == []


@pytest.mark.parametrize(
    "image", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32), np.zeros((0, 9, 3), np.uint8)]
)
def test_what_is_no_image_is_refused_with_its_source(recognizer, image):
    with pytest.raises(InputError, match=r"photo\.jpg"):
        recognizer.recognize(frame(image))


def test_two_boxes_of_one_plate_give_one_detection():
    pytest.importorskip("open_image_models", reason="the extra fast-alpr is not installed")
    from alpr_recognizer_fast_alpr.recognizer import Detection, distinct

    sure, inner, far = (
        Detection(100, 100, 200, 150, 0.9),
        Detection(110, 105, 190, 148, 0.5),
        Detection(210, 100, 300, 150, 0.4),
    )
    assert distinct([far, inner, sure]) == [sure, far]
