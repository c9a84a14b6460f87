"""The result of a frame as OpenALPR writes it: version 2 of its JSON, one compact line a frame.

Programs that read OpenALPR's output read this. Keys, their order, types and units are those of its
``alpr -j`` (openalpr 2.3.0): percents and milliseconds; numbers with six decimals, whole ones without a point;
0 and 1 for whether a template matches; no nulls.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from alpr_core import plates
from alpr_core.clock import require_utc
from alpr_core.models import Candidate, Frame, Reading
from alpr_core.plates import SyntaxBook

Value = str | int | float | Sequence["Value"] | Mapping[str, "Value"]


def openalpr_line(
    frame: Frame,
    readings: Sequence[Reading],
    *,
    started_at: datetime,
    seconds: float,
    topn: int = 10,
    region: str = "",
    syntaxes: SyntaxBook | None = None,
) -> str:
    """Return the frame's result as one line, without its newline. A frame without plates has a line too.

    Args:
        frame: what was looked at.
        readings: its plates, in the order in which they are numbered.
        started_at: when recognition began, UTC.
        seconds: how long it took.
        topn: candidates a plate at most.
        region: whose syntaxes are the templates: "us-or"; "" for none.
        syntaxes: where they are looked up; None: the published ones.
    """
    height, width = frame.image.shape[:2]
    return _encoded(
        {
            "version": 2,
            "data_type": "alpr_results",
            "epoch_time": round(require_utc(started_at, "started_at").timestamp() * 1000),
            "img_width": width,
            "img_height": height,
            "processing_time_ms": seconds * 1000,
            "regions_of_interest": [{"x": 0, "y": 0, "width": width, "height": height}],
            "results": [
                _result(index, reading, topn, region, syntaxes) for index, reading in enumerate(readings)
            ],
        }
    )


def best_candidate(
    candidates: Sequence[Candidate], region: str = "", syntaxes: SyntaxBook | None = None
) -> Candidate:
    """Return the first candidate that has a layout of the region; the first of all if none has, or for "".

    Args:
        candidates: at least one, by descending confidence.
        region: "us-or", "us"; "" for none.
        syntaxes: where its layouts are looked up; None: the published ones.
    """
    fitting = (candidate for candidate in candidates if _matches(candidate, region, syntaxes))
    return next(fitting, candidates[0])


def _matches(candidate: Candidate, region: str, syntaxes: SyntaxBook | None) -> bool:
    return bool(region) and plates.matches(candidate.text, region, syntaxes)


def _result(
    index: int, reading: Reading, topn: int, region: str, syntaxes: SyntaxBook | None
) -> Mapping[str, Value]:
    candidates = reading.candidates[:topn]
    best = best_candidate(candidates, region, syntaxes)
    region_is_seen = region in ("", reading.region)
    return {
        **_candidate(best, region, syntaxes),
        "plate_index": index,
        "region": region or reading.region,
        "region_confidence": round(100 * reading.region_confidence) if region_is_seen else 0,
        "processing_time_ms": reading.processing_seconds * 1000,
        "requested_topn": topn,
        "coordinates": [{"x": x, "y": y} for x, y in reading.box.corners],
        "candidates": [_candidate(candidate, region, syntaxes) for candidate in candidates],
    }


def _candidate(candidate: Candidate, region: str, syntaxes: SyntaxBook | None) -> Mapping[str, Value]:
    return {
        "plate": candidate.text,
        "confidence": candidate.confidence * 100,
        "matches_template": int(_matches(candidate, region, syntaxes)),
    }


def _encoded(value: Value) -> str:
    """Return JSON. Python's own encoder cannot be told how to write a float."""
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else f"{value:f}"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(key)}:{_encoded(part)}" for key, part in value.items()) + "}"
    return "[" + ",".join(_encoded(part) for part in value) + "]"
