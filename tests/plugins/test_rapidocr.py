"""The embedded recognizer: on plates drawn here, and on photographs where they are beside the repository."""

from __future__ import annotations

import csv
import itertools
import logging
import math
import socket
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import alpr_recognizer_rapidocr as plugin
from alpr_core import Frame, InputError, ModelsMissing, Reading, Recognizer, plates
from alpr_recognizer_rapidocr import choosing, ctc, lines, models, reading

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FONT = cv2.FONT_HERSHEY_DUPLEX


@pytest.fixture(scope="module")
def recognizer() -> Recognizer:
    assert plugin.missing() is None
    return plugin.make(plugin.RapidOCROptions(threads=1))


def frame(image: np.ndarray) -> Frame:
    return Frame(source="photo.jpg", taken_at=NOW, image=image)


def street(*texts: tuple[str, tuple[int, int]]) -> np.ndarray:
    """A grey picture, 960×540, with each text on a white plate of 190×62 px whose top-left is given."""
    noise = np.random.default_rng(1).integers(-8, 8, (540, 960, 3))
    image = np.clip(105 + noise, 0, 255).astype(np.uint8)
    for text, (x, y) in texts:
        cv2.rectangle(image, (x, y), (x + 190, y + 62), (235, 235, 235), cv2.FILLED)
        cv2.rectangle(image, (x, y), (x + 190, y + 62), (40, 40, 40), 2)
        (width, height), _ = cv2.getTextSize(text, FONT, 1.25, 3)
        cv2.putText(
            image,
            text,
            (x + (190 - width) // 2, y + (62 + height) // 2),
            FONT,
            1.25,
            (60, 20, 10),
            3,
            cv2.LINE_AA,
        )
    return image


def best(readings: Iterable[Reading]) -> list[str]:
    """The first candidates after weighing, as the pipeline hands them on."""
    return sorted(plates.weigh(reading.candidates, reading.region)[0].text for reading in readings)


# --- what it is --------------------------------------------------------------------------------------------


def test_importing_the_plugin_imports_nothing_heavy():
    heavy = "{'cv2', 'onnxruntime', 'rapidocr', 'omegaconf'}"
    code = (
        f"import sys, alpr_recognizer_rapidocr as p; p.missing(); print(sorted({heavy} & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_it_needs_no_network_and_says_nothing(monkeypatch, caplog, capfd):
    def no_network(*_: object) -> None:
        raise AssertionError("the recognizer reached for the network")

    monkeypatch.setattr(socket, "socket", no_network)
    monkeypatch.setattr(socket, "create_connection", no_network)
    with caplog.at_level(logging.DEBUG):
        fresh = plugin.make(plugin.RapidOCROptions(threads=1))
        assert best(fresh.recognize(frame(street(("CKT 4830", (300, 240)))))) == ["CKT4830"]
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_without_its_models_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(models, "_folder", lambda: tmp_path)
    assert "pip install" in (plugin.missing() or "")
    with pytest.raises(ModelsMissing, match="PP-OCRv6_det_small"):
        plugin.make(plugin.RapidOCROptions())


def test_damaged_models_are_an_error_that_names_the_file(monkeypatch, tmp_path):
    for name in (models.DETECTION, models.RECOGNITION):
        (tmp_path / name).write_bytes(b"not a model")
    monkeypatch.setattr(models, "_folder", lambda: tmp_path)
    with pytest.raises(ModelsMissing, match=r"PP-OCRv6_det_small\.onnx.*reinstall"):
        plugin.make(plugin.RapidOCROptions())


# --- what it reads -----------------------------------------------------------------------------------------


def test_each_plate_is_one_reading(recognizer):
    image = street(("CKT 4830", (80, 100)), ("7EAV033", (620, 380)))
    assert best(recognizer.recognize(frame(image))) == ["7EAV033", "CKT4830"]


def test_a_reading_is_whole(recognizer):
    (only,) = recognizer.recognize(frame(street(("CKT 4830", (300, 240)))))
    assert only.text == "CKT4830"
    assert len(only.characters) == len(only.text)
    assert all(0.5 < confidence <= 1 for confidence in only.characters)
    assert 0.5 < only.detection_confidence <= 1
    assert only.processing_seconds > 0
    assert only.region == ""


def test_candidates_are_plate_shaped_distinct_and_in_order(recognizer):
    (only,) = recognizer.recognize(frame(street(("DKO 172", (300, 240)))))
    texts = [candidate.text for candidate in only.candidates]
    confidences = [candidate.confidence for candidate in only.candidates]
    assert {"DKO172", "DK0172"} <= set(texts)
    assert len(set(texts)) == len(texts) <= plugin.RapidOCROptions().candidates
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) <= 1 + 1e-6
    assert all(4 <= len(text) <= 8 and text == plates.normalize(text) for text in texts)


def test_the_box_goes_clockwise_from_the_top_left_of_the_characters(recognizer):
    (only,) = recognizer.recognize(frame(street(("CKT 4830", (300, 240)))))
    (left, top), (right, _), (_, bottom), _ = only.box.corners
    assert 295 <= left < 330
    assert 235 <= top < 265
    assert 460 < right <= 495
    assert 275 < bottom <= 307


def test_a_tilted_plate_has_a_tilted_box(recognizer):
    turn = cv2.getRotationMatrix2D((395, 270), -14, 1)
    image = cv2.warpAffine(street(("CKT 4830", (300, 240))), turn, (960, 540), borderMode=cv2.BORDER_REFLECT)
    (only,) = recognizer.recognize(frame(image))
    assert plates.weigh(only.candidates)[0].text == "CKT4830"
    (x1, y1), (x2, y2), *_ = only.box.corners
    assert 9 < math.degrees(math.atan2(y2 - y1, x2 - x1)) < 19


def test_text_that_is_no_plate_is_left_out(recognizer):
    image = street(("EXIT", (60, 60)), ("376-8750", (380, 60)), ("10:42:07", (700, 60)), ("1056", (60, 300)))
    cv2.putText(image, "2026-04-29 08:03:31", (340, 520), FONT, 1, (255, 255, 255), 2, cv2.LINE_AA)
    cv2.putText(image, "Self Storage", (600, 330), FONT, 1.2, (255, 255, 255), 2, cv2.LINE_AA)
    assert best(recognizer.recognize(frame(image))) == []


def test_the_words_around_a_plate_are_no_plates_of_their_own(recognizer):
    image = street(("CKT 4830", (300, 240)))
    cv2.putText(image, "TEXAS", (355, 232), FONT, 0.7, (230, 230, 230), 1, cv2.LINE_AA)
    cv2.putText(image, "MOTORS 24", (330, 326), FONT, 0.7, (230, 230, 230), 1, cv2.LINE_AA)
    assert best(recognizer.recognize(frame(image))) == ["CKT4830"]


def test_a_plate_is_found_in_a_huge_picture_and_in_its_own_coordinates(recognizer):
    image = cv2.resize(street(("CKT 4830", (300, 240))), None, fx=5, fy=5)
    (only,) = recognizer.recognize(frame(image))
    assert plates.weigh(only.candidates)[0].text == "CKT4830"
    left, top, right, bottom = only.box.bounds
    assert 1475 <= left < right <= 2475
    assert 1175 <= top < bottom <= 1535


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 4000, 3), (4000, 2, 3), (32, 32, 3)])
def test_pictures_of_odd_sizes_hold_no_plate(recognizer, shape):
    assert recognizer.recognize(frame(np.full(shape, 127, np.uint8))) == []


def test_noise_holds_no_plate(recognizer):
    noise = np.random.default_rng(7).integers(0, 255, (360, 640, 3)).astype(np.uint8)
    assert recognizer.recognize(frame(noise)) == []


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((20, 20), np.uint8),
        np.zeros((20, 20, 4), np.uint8),
        np.zeros((20, 20, 3)),
        np.zeros((0, 20, 3), np.uint8),
    ],
)
def test_what_is_no_bgr_picture_is_refused(recognizer, image):
    with pytest.raises(InputError, match=r"photo\.jpg"):
        recognizer.recognize(frame(image))


def test_a_number_of_candidates_can_be_chosen():
    few = plugin.make(plugin.RapidOCROptions(threads=1, candidates=2))
    (only,) = few.recognize(frame(street(("DKO 172", (300, 240)))))
    assert len(only.candidates) == 2


# --- photographs -------------------------------------------------------------------------------------------


def photographs(shared: Path) -> list[tuple[str, np.ndarray]]:
    """Label and image of each."""
    folder = shared / "images" / "us"
    with (folder / "labels.csv").open(newline="") as opened:
        return [(row["plate"], cv2.imread(str(folder / row["file"]))) for row in csv.DictReader(opened)]


def score(recognizer: Recognizer, photos: Sequence[tuple[str, np.ndarray]]) -> tuple[float, float, float]:
    """Per photo: read right, right within ten candidates, results without the label."""
    right = within = wrong = 0
    for label, image in photos:
        answers = [
            [candidate.text for candidate in plates.weigh(found.candidates, found.region)[:10]]
            for found in recognizer.recognize(frame(image))
        ]
        right += any(texts[0] == label for texts in answers)
        within += any(label in texts for texts in answers)
        wrong += sum(label not in texts for texts in answers)
    return right / len(photos), within / len(photos), wrong / len(photos)


def test_some_photographs_are_read_as_well_as_promised(recognizer, shared):
    right, _, wrong = score(recognizer, photographs(shared)[::14])
    assert right >= 0.7
    assert wrong <= 0.35


@pytest.mark.soak
def test_all_photographs_are_read_as_well_as_promised(recognizer, shared):
    right, within, wrong = score(recognizer, photographs(shared))
    assert right >= 0.82
    assert within >= 0.9
    assert wrong <= 0.2


# --- the search over the model's steps ---------------------------------------------------------------------


def spelled(path: Sequence[int]) -> str:
    """What a path through the steps spells: repeats merged, then blanks out."""
    merged = [index for index, _ in itertools.groupby(path)]
    return "".join(plates.ALPHABET[index - 1] for index in merged if index)


@given(
    st.lists(
        st.lists(st.integers(1, 50), min_size=3, max_size=3),
        min_size=1,
        max_size=5,
    )
)
def test_a_string_has_the_probability_of_all_paths_that_spell_it(weights):
    steps = np.zeros((len(weights), 1 + len(plates.ALPHABET)))
    steps[:, :3] = np.array(weights) / np.sum(weights, axis=1, keepdims=True)
    expected: dict[str, float] = {}
    for path in itertools.product(range(3), repeat=len(weights)):
        probability = math.prod(steps[step, index] for step, index in enumerate(path))
        expected[spelled(path)] = expected.get(spelled(path), 0.0) + probability
    assert ctc.strings(steps, width=1000) == pytest.approx(expected)


def test_lower_case_counts_as_its_capital_and_other_marks_as_none():
    characters = [*"aA-", *plates.ALPHABET.replace("A", ""), *"bcdefghijklmnopqrstuvwxyz"]
    charset = ctc.Charset(characters)
    output = np.zeros((2, len(characters) + 2), np.float32)
    output[0, [1, 2, 3]] = 0.5, 0.3, 0.2  # a, A, hyphen
    output[1, 3] = 1.0
    assert charset.text(output) == "a-"
    assert ctc.strings(charset.steps(output), 10) == pytest.approx({"A": 0.8, "": 0.2})


# --- geometry and choice -----------------------------------------------------------------------------------


def line(left: float, top: float, width: float, height: float, score: float = 0.8) -> lines.Line:
    corners = np.array(
        [[left, top], [left + width, top], [left + width, top + height], [left, top + height]], np.float32
    )
    return lines.Line(corners, score)


@given(
    st.floats(-40, 40),
    st.integers(0, 3),
    st.booleans(),
)
def test_corners_come_in_reading_order_however_they_went_in(degrees, start, mirrored):
    turn = cv2.getRotationMatrix2D((0, 0), -degrees, 1)[:, :2]
    upright = np.array([[-30, -10], [30, -10], [30, 10], [-30, 10]], np.float32)
    expected = upright @ turn.T
    shuffled = np.roll(expected[::-1] if mirrored else expected, start, axis=0)
    assert lines.in_reading_order(shuffled) == pytest.approx(expected, abs=1e-3)


def test_a_line_is_larger_than_its_core_by_the_same_on_every_side():
    map_ = np.zeros((160, 320), np.float32)
    map_[70:90, 60:260] = 0.9
    (found,) = lines.lines_of(map_, (2.0, 2.0))
    beyond = 2 * 1.6 * (200 * 20) / (2 * (200 + 20))  # area × 1.6 / circumference, in the doubled scale
    assert found.width == pytest.approx(400 + 2 * beyond, abs=6)
    assert found.height == pytest.approx(40 + 2 * beyond, abs=6)
    assert found.centre == pytest.approx([320, 160], abs=2)
    assert found.score == pytest.approx(0.9, abs=0.05)


def test_faint_cores_are_no_text():
    map_ = np.zeros((160, 320), np.float32)
    map_[70:90, 60:260] = 0.4
    assert lines.lines_of(map_, (2.0, 2.0)) == []


def test_a_line_is_cut_out_upright():
    image = np.zeros((100, 200, 3), np.uint8)
    image[40:60, 50:150] = 255
    cut = reading.straightened(image, line(50, 40, 100, 20), 0.0, 0.0, 1.0)
    assert cut.shape == (48, 240, 3)
    assert cut[4:-4, 4:-4].min() == 255


@pytest.mark.parametrize(
    ("strings", "raw", "is_plate"),
    [
        ({"YG9X2G": 0.9}, "YG9-X2G", True),
        ({"CC2881": 0.9}, "CC=2881", True),
        ({"1366026": 0.9}, "1366026", True),
        ({"0624844": 0.3, "0624044": 0.3}, "0624844", False),  # a clock that cannot be read
        ({"3768750": 1.0}, "376-8750", False),
        ({"104207": 1.0}, "10:42:07", False),
        ({"TEXAS": 1.0}, "TEXAS", False),
        ({"A1": 1.0}, "A1", False),
        ({"24HRVIDEO": 1.0}, "24HR VIDEO", False),
        ({"SUITE24": 1.0}, "suite24", False),
        ({"YG9X2G": 0.1}, "YG9-X2G", False),
    ],
)
def test_which_text_is_a_plate(strings, raw, is_plate):
    assert (choosing.plate_in(line(0, 0, 90, 40), strings, raw, least=0.3) is not None) == is_plate


@pytest.mark.parametrize(
    ("where", "could_be"),
    [
        (line(0, 0, 90, 40), True),
        (line(0, 0, 300, 60), True),
        (line(0, 0, 20, 8), False),
        (line(0, 0, 40, 40), False),
        (line(0, 0, 400, 40), False),
    ],
)
def test_which_lines_could_be_plates(where, could_be):
    assert choosing.could_be_plate(where) == could_be


def test_of_two_readings_in_one_place_the_one_with_a_layout_stays():
    whole = choosing.Plate(line(100, 100, 200, 60), {"4ASC7399": 0.5}, "4ASC7399")
    part = choosing.Plate(line(120, 102, 178, 58), {"ASC7399": 0.4}, "ASC7399")
    assert choosing.without_neighbours([whole, part]) == [part]


def test_two_plates_side_by_side_both_stay():
    one = choosing.Plate(line(100, 100, 100, 40), {"ASC7399": 0.9}, "ASC7399")
    other = choosing.Plate(line(230, 100, 100, 40), {"ASV9218": 0.9}, "ASV9218")
    assert len(choosing.without_neighbours([one, other])) == 2
