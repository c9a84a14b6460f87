"""``alpr-core reads import``: files of other systems, each read once, bad lines by their numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parents[1] / "plugins" / "golden" / "reads"

FLOCK = """
[[source]]
use = "flock"
[source.options]
time_format = "%m/%d/%Y %I:%M:%S %p"
timezone = "America/Los_Angeles"
percent = true
cameras = { "Main St North" = "gate-1" }
[source.options.columns]
plate = "Plate"
captured_at = "Capture Time"
camera = "Camera"
state = "State"
confidence = "Confidence"
"""


@pytest.fixture
def imported(as_officer):
    """Import files as an officer, and return what is said of each."""

    def imported(source: str, *files: object) -> list[dict]:
        result = as_officer("reads", "import", source, *map(str, files), "--json")
        assert result.exit_code == 0, result.output
        return [json.loads(line) for line in result.stdout.splitlines()]

    return imported


def test_a_file_is_stored_once_however_often_it_is_imported(as_officer, imported) -> None:
    first, again = imported("platerecognizer", GOLDEN / "platerecognizer.csv", GOLDEN / "platerecognizer.csv")
    assert (first["stored"], first["doubles"], first["hits"]) == (2, 0, 0)
    assert first["rejected"] == [{"number": 3, "problem": "timestamp says no offset from UTC"}]
    assert (again["stored"], again["doubles"], again["recorded"]) == (0, 2, [])
    (body,) = as_officer.entries("read.record")
    assert (body["public"]["source"], body["public"]["count"]) == ("platerecognizer", 2)
    assert as_officer.committed("read.record", "camera") == ["camera-1"]


def test_a_read_from_a_file_is_found_like_our_own(as_officer, imported) -> None:
    imported("openalpr", GOLDEN / "openalpr_group.json")
    found = as_officer("reads", "search", "ABC123", "--purpose", "stolen_vehicle", "--case", "26-1", "--json")
    (row,) = [json.loads(line) for line in found.stdout.splitlines()]
    assert (row["plate"], row["confidence"], row["camera"], row["region"]) == (
        "ABC123",
        91.2,
        "AGENT1-7",
        "us-or",
    )


def test_the_options_of_a_source_stand_in_alpr_toml(as_officer, imported) -> None:
    with (as_officer.folder / "alpr.toml").open("a") as file:
        file.write(FLOCK)
    as_officer.accept()
    (row,) = imported("flock", GOLDEN / "flock.csv")
    assert (row["stored"], [one["number"] for one in row["rejected"]]) == (2, [4, 5])
    assert as_officer.committed("read.record", "camera") == ["gate-1"]


def test_a_person_is_told_the_numbers_of_bad_lines_and_no_plate(as_officer) -> None:
    result = as_officer("reads", "import", "platerecognizer", str(GOLDEN / "platerecognizer.csv"))
    assert "platerecognizer.csv: 3: timestamp says no offset" in result.stderr
    assert "ABC123" not in result.output.upper().replace("-", "")


def test_a_broken_file_is_an_error_and_the_others_are_imported(as_officer, tmp_path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    good = tmp_path / "good.json"
    shutil.copy(GOLDEN / "verkada.json", good)
    result = as_officer("reads", "import", "verkada", str(broken), str(good), "--json")
    assert (result.exit_code, json.loads(result.stdout)["stored"]) == (1, 1)
    assert "broken.json: it is no JSON" in result.stderr
    assert "1 of 2 files could not be read." in result.stderr


@pytest.mark.parametrize(
    ("source", "said"), [("openalp", "Did you mean 'openalpr'?"), ("hotfile", "delivers no reads")]
)
def test_a_source_that_has_no_reads_is_named(as_officer, source, said) -> None:
    result = as_officer("reads", "import", source, str(GOLDEN / "verkada.json"))
    assert (result.exit_code, said in result.stderr) == (1, True)
