"""``alpr-core recognize`` through the command line, on pictures drawn here."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from alpr_core.cli import cli

FONT = cv2.FONT_HERSHEY_DUPLEX


@pytest.fixture(autouse=True)
def nowhere(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No node around, no models installed, so that ``auto`` is the embedded recognizer."""
    monkeypatch.delenv("ALPR_HOME", raising=False)
    monkeypatch.setenv("ALPR_MODELS", str(tmp_path_factory.mktemp("models")))
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))


def recognize(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["recognize", *map(str, arguments)])


def drawn(text: str, left: int = 60) -> np.ndarray:
    """A grey picture, 400×200, with a white plate; without one for ""."""
    noise = np.random.default_rng(1).integers(-8, 8, (200, 400, 3))
    image = np.clip(105 + noise, 0, 255).astype(np.uint8)
    if text:
        cv2.rectangle(image, (left, 70), (left + 190, 132), (235, 235, 235), cv2.FILLED)
        cv2.rectangle(image, (left, 70), (left + 190, 132), (40, 40, 40), 2)
        (width, height), _ = cv2.getTextSize(text, FONT, 1.25, 3)
        where = (left + (190 - width) // 2, 70 + (62 + height) // 2)
        cv2.putText(image, text, where, FONT, 1.25, (60, 20, 10), 3, cv2.LINE_AA)
    return image


def photo(path: Path, text: str = "CKT 4830") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded = cv2.imencode(".png", drawn(text))[1]
    path.write_bytes(encoded.tobytes())
    return path


def video(path: Path, text: str = "CKT 4830", frames: int = 3) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 10, (400, 200))
    for index in range(frames):
        writer.write(drawn(text, left=40 + 8 * index))
    writer.release()
    return path


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def plates_of(line: dict[str, object]) -> list[str]:
    return [found["plate"] for found in line["results"]]


# --- what it shows -----------------------------------------------------------------------------------------


def test_the_table_names_the_plate_and_where_it_was_seen(tmp_path):
    result = recognize(photo(tmp_path / "car.png"))
    assert result.exit_code == 0
    assert "CKT4830" in result.stdout
    assert "car.png" in result.stdout


def test_json_is_one_line_a_frame_also_without_plates(tmp_path):
    photo(tmp_path / "1.png")
    photo(tmp_path / "2.png", text="")
    result = recognize("-j", tmp_path)
    assert result.exit_code == 0
    assert [plates_of(line) for line in lines(result)] == [["CKT4830"], []]


def test_json_keys_stand_in_openalprs_order(tmp_path):
    (line,) = lines(recognize("--json", "--topn", "3", photo(tmp_path / "car.png")))
    assert list(line) == [
        "version", "data_type", "epoch_time", "img_width", "img_height", "processing_time_ms",
        "regions_of_interest", "results",
    ]  # fmt: skip
    (found,) = line["results"]
    assert list(found) == [
        "plate", "confidence", "matches_template", "plate_index", "region", "region_confidence",
        "processing_time_ms", "requested_topn", "coordinates", "candidates",
    ]  # fmt: skip
    assert (line["img_width"], line["img_height"]) == (400, 200)
    assert line["processing_time_ms"] > 0
    assert found["requested_topn"] == len(found["candidates"]) == 3


def test_a_region_prefers_the_first_candidate_of_its_layout_and_leaves_the_order(tmp_path):
    car = photo(tmp_path / "car.png")  # seven characters: six of them are a plate of Missouri
    (free,) = lines(recognize("-j", "--topn", "20", car))[0]["results"]
    (found,) = lines(recognize("-j", "--topn", "20", "-p", "us-mo", car))[0]["results"]
    matching = [one["plate"] for one in found["candidates"] if one["matches_template"]]
    assert free["plate"] == "CKT4830"
    assert found["plate"] == matching[0] != "CKT4830"
    assert (found["region"], found["matches_template"]) == ("us-mo", 1)
    assert [one["plate"] for one in found["candidates"]] == [one["plate"] for one in free["candidates"]]
    assert found["plate"] in recognize("--topn", "20", "-p", "us-mo", car).stdout


def test_an_unknown_region_is_answered_with_the_nearest_known(tmp_path):
    result = recognize("-p", "us-orr", photo(tmp_path / "car.png"))
    assert result.exit_code == 2
    assert "Did you mean 'us-or'?" in result.stderr


def test_an_unknown_recognizer_is_an_error_that_names_it(tmp_path):
    result = recognize("--recognizer", "rapidocrr", photo(tmp_path / "car.png"))
    assert result.exit_code != 0
    assert "rapidocrr" in result.stderr
    assert result.stdout == ""


def test_nothing_seen_is_said_on_stderr(tmp_path):
    result = recognize(photo(tmp_path / "car.png", text=""))
    assert (result.exit_code, result.stdout) == (0, "")
    assert "No plate was seen." in result.stderr


def test_a_video_is_a_line_a_frame_and_a_row_a_vehicle(tmp_path):
    clip = video(tmp_path / "clip.mp4")
    assert len(lines(recognize("-j", clip))) == 3
    table = recognize(clip)
    assert table.exit_code == 0
    assert table.stdout.count("clip.mp4") == 1
    assert "CKT4830" in table.stdout


# --- broken input ------------------------------------------------------------------------------------------


def test_what_is_broken_is_named_and_the_rest_goes_on(tmp_path):
    photo(tmp_path / "1.png")
    whole = photo(tmp_path / "2.png").read_bytes()
    (tmp_path / "2.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "3.jpg").write_bytes(b"<html>not found</html>")
    (tmp_path / "4.png").write_bytes(b"")
    photo(tmp_path / "5.png", text="7EA V033")
    result = recognize("-j", tmp_path, tmp_path / "absent.png")
    assert result.exit_code == 1
    assert [plates_of(line) for line in lines(result)] == [["CKT4830"], ["7EAV033"]]
    assert all(name in result.stderr for name in ("2.png", "3.jpg", "4.png", "absent.png"))
    assert "4 of 6" in result.stderr
    assert "Traceback" not in result.output


def test_a_video_that_ends_in_the_middle_gives_what_it_had_and_exits_1(tmp_path):
    writer = cv2.VideoWriter(str(tmp_path / "clip.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10, (400, 200))
    for index in range(8):
        writer.write(drawn("CKT 4830", left=40 + 8 * index))
    writer.release()
    whole = (tmp_path / "clip.avi").read_bytes()
    (tmp_path / "clip.avi").write_bytes(whole[: len(whole) * 6 // 10])
    result = recognize("-j", tmp_path / "clip.avi")
    assert result.exit_code == 1
    assert 1 <= len(lines(result)) < 8
    assert "clip.avi" in result.stderr


def test_a_folder_without_pictures_is_an_error(tmp_path):
    (tmp_path / "notes.txt").write_text("no picture")
    result = recognize(tmp_path)
    assert result.exit_code == 1
    assert "no image or video" in result.stderr
    assert "Traceback" not in result.output


def test_without_any_path_the_usage_is_shown():
    result = recognize()
    assert result.exit_code == 2
    assert "PATH" in result.stderr


@pytest.mark.parametrize("name", ["\x1b[31mred\x1b[0m.png", "‮gnp.png", "a b;$(touch pwned).png", "-j.png"])
def test_a_hostile_file_name_does_nothing(tmp_path, name):
    photo(tmp_path / "in" / name)
    result = recognize(tmp_path / "in", "--annotate", tmp_path / "out")
    assert result.exit_code == 0
    assert "CKT4830" in result.stdout
    assert "\x1b" not in result.output
    assert "‮" not in result.output
    (written,) = (tmp_path / "out").iterdir()
    assert written.name.isprintable()
    assert not written.name.startswith("-")


# --- annotated copies --------------------------------------------------------------------------------------


def test_annotate_writes_a_copy_of_each_picture_and_leaves_the_picture(tmp_path):
    before = photo(tmp_path / "in" / "car.png").read_bytes()
    photo(tmp_path / "in" / "empty.png", text="")
    assert recognize(tmp_path / "in", "--annotate", tmp_path / "a" / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "a" / "out").iterdir()) == ["car.jpg", "empty.jpg"]
    assert (tmp_path / "in" / "car.png").read_bytes() == before
    copy = cv2.imread(str(tmp_path / "a" / "out" / "car.jpg"))
    assert copy.shape == (200, 400, 3)
    assert np.abs(copy.astype(int) - drawn("CKT 4830")).max() > 100


def test_annotate_overwrites_nothing(tmp_path):
    photo(tmp_path / "a" / "car.png")
    photo(tmp_path / "b" / "car.png")
    out = tmp_path / "out"
    out.mkdir()
    (out / "car.jpg").write_bytes(b"mine")
    assert recognize(tmp_path / "a", tmp_path / "b", "--annotate", out).exit_code == 0
    assert sorted(path.name for path in out.iterdir()) == ["car-2.jpg", "car-3.jpg", "car.jpg"]
    assert (out / "car.jpg").read_bytes() == b"mine"


def test_annotate_numbers_the_frames_of_a_video(tmp_path):
    recognize(video(tmp_path / "clip.mp4", frames=3), "--annotate", tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "clip-000000.jpg",
        "clip-000001.jpg",
        "clip-000002.jpg",
    ]


def test_annotating_into_a_file_is_an_error(tmp_path):
    taken = tmp_path / "taken"
    taken.write_text("a file")
    result = recognize(photo(tmp_path / "car.png"), "--annotate", taken / "below")
    assert result.exit_code == 1
    assert str(taken) in result.stderr
    assert "Traceback" not in result.output
