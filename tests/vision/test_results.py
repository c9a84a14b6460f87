"""The result of a frame in OpenALPR's JSON, against one of its own outputs and a line of ours."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.models import Box, Candidate, Frame, Reading
from alpr_core.vision.results import best_candidate, openalpr_line

NOW = datetime(2026, 11, 23, 12, 0, 0, 250_000, tzinfo=UTC)
FRAME = Frame(source="car.jpg", taken_at=NOW, image=np.zeros((720, 1280, 3), np.uint8))

GOLDEN = (
    '{"version":2,"data_type":"alpr_results","epoch_time":1795435200250,"img_width":1280,"img_height":720,'
    '"processing_time_ms":125.500000,"regions_of_interest":[{"x":0,"y":0,"width":1280,"height":720}],'
    '"results":[{"plate":"O81KTY","confidence":87.654321,"matches_template":0,"plate_index":0,"region":"us-mo",'
    '"region_confidence":93,"processing_time_ms":12,"requested_topn":2,'
    '"coordinates":[{"x":904,"y":133},{"x":982,"y":129},{"x":984,"y":167},{"x":905,"y":172}],'
    '"candidates":[{"plate":"O81KTY","confidence":87.654321,"matches_template":0},'
    '{"plate":"081KTY","confidence":10,"matches_template":0}]}]}'
)


def reading(*candidates: tuple[str, float], region: str = "us-mo") -> Reading:
    return Reading(
        candidates=tuple(Candidate(text=text, confidence=confidence) for text, confidence in candidates),
        characters=(0.9,) * len(candidates[0][0]),
        box=Box(corners=((904, 133), (982, 129), (984, 167), (905, 172))),
        detection_confidence=0.8,
        region=region,
        region_confidence=0.93 if region else 0.0,
        processing_seconds=0.012,
    )


TWO_WAYS = reading(("O81KTY", 0.87654321), ("081KTY", 0.1), ("O81KTV", 0.01))


def line(*readings: Reading, **changed: Any) -> str:
    return openalpr_line(FRAME, readings, **{"started_at": NOW, "seconds": 0.1255, **changed})


def shape(value: object) -> object:
    """Keys in their order and types, numbers as one; of a list its first item."""
    if isinstance(value, list):
        return [shape(part) for part in value[:1]]
    if isinstance(value, dict):
        return [(key, shape(part)) for key, part in value.items()]
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def test_a_frame_is_the_line_that_it_was():
    assert line(TWO_WAYS, topn=2) == GOLDEN


def test_keys_order_and_types_are_those_of_openalpr(shared: Path):
    theirs = json.loads((shared / "openalpr_sample.json").read_text())
    ours = json.loads(line(TWO_WAYS))
    assert shape(ours) == shape(theirs)
    integers = ("epoch_time", "img_width", "img_height", "version")
    assert all(type(theirs[key]) is type(ours[key]) is int for key in integers)


def test_a_frame_without_plates_has_a_line_too():
    assert json.loads(line())["results"] == []
    assert line().endswith('"results":[]}')


def test_plates_are_numbered_in_order():
    numbers = [result["plate_index"] for result in json.loads(line(TWO_WAYS, TWO_WAYS))["results"]]
    assert numbers == [0, 1]


def test_without_a_region_plate_is_the_first_candidate_and_nothing_matches():
    (result,) = json.loads(line(TWO_WAYS))["results"]
    assert result["plate"] == "O81KTY"
    assert {candidate["matches_template"] for candidate in result["candidates"]} == {0}


def test_with_a_region_plate_is_the_first_candidate_of_its_layout_and_the_order_stays():
    (result,) = json.loads(line(TWO_WAYS, region="us-or"))["results"]
    assert result["plate"] == "081KTY"
    assert result["confidence"] == 10
    assert result["matches_template"] == 1
    assert result["region"] == "us-or"
    assert result["region_confidence"] == 0
    assert [(c["plate"], c["matches_template"]) for c in result["candidates"]] == [
        ("O81KTY", 0),
        ("081KTY", 1),
        ("O81KTV", 0),
    ]


def test_a_layout_beyond_the_asked_candidates_is_not_reached():
    (result,) = json.loads(line(TWO_WAYS, region="us-or", topn=1))["results"]
    assert result["plate"] == "O81KTY"
    assert len(result["candidates"]) == result["requested_topn"] == 1


def test_a_region_that_no_candidate_fits_leaves_the_first():
    candidates = (Candidate(text="FZRULZ", confidence=0.9), Candidate(text="F2RULZ", confidence=0.1))
    assert best_candidate(candidates, "us-or") is candidates[0]


def test_an_unknown_region_is_an_empty_text_and_zero():
    (result,) = json.loads(line(reading(("CKT4830", 0.5), region="")))["results"]
    assert (result["region"], result["region_confidence"]) == ("", 0)


def test_a_start_without_timezone_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        line(started_at=datetime(2026, 1, 1))  # noqa: DTZ001


@given(
    st.floats(0, 1),
    st.floats(0, 100),
    st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2200, 1, 1)),  # noqa: DTZ001
)
def test_every_number_has_six_decimals_or_no_point(confidence, seconds, moment):
    written = line(reading(("CKT4830", confidence)), seconds=seconds, started_at=moment.replace(tzinfo=UTC))
    parsed = json.loads(written)
    assert parsed["results"][0]["confidence"] == pytest.approx(100 * confidence, abs=1e-6)
    assert parsed["processing_time_ms"] == pytest.approx(1000 * seconds, abs=1e-6)
    assert abs(
        datetime.fromtimestamp(parsed["epoch_time"] / 1000, UTC) - moment.replace(tzinfo=UTC)
    ) <= timedelta(milliseconds=1.1)
    assert all(re.fullmatch(r"-?\d+(\.\d{6})?", number) for number in re.findall(r":(-?[\d.eE+-]+)", written))
    assert " " not in written
    assert "\n" not in written
