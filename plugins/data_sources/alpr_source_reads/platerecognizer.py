"""Plate Recognizer Stream: its webhook, as JSON or as a form with the picture, its JSON Lines, and its CSV.

The fields are those of its guide (https://guides.platerecognizer.com/docs/stream/results).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from alpr_core import Box, Candidate, ForeignRead, InputError, RejectedRead
from alpr_source_reads import values
from alpr_source_reads.messages import csv_rows, each, form, json_messages, read_json, text_of
from alpr_source_reads.options import ReadOptions

SCREENSHOTS = "_screenshots/"
"""Stands behind the camera's name in the name of a picture."""

COLUMNS = ("timestamp", "plate", "score", "file")
"""Of the CSV, those without which there is no read."""

LONGEST_CELL = 16 * 1024

MOST_IN_A_PICTURE = 1000
"""Plates in one picture: each is kept with a copy of it."""


class PlateRecognizer:
    """The data source. Fulfils `alpr_core.ReadSource`."""

    def __init__(self, options: ReadOptions) -> None:
        self.token = options.token
        self._cameras = values.Cameras(options.cameras, options.camera)

    def parse(self, content: bytes, content_type: str) -> Sequence[ForeignRead | RejectedRead]:
        """Return the reads of a webhook's message, of JSON Lines, or of a CSV file.

        Raises:
            InputError: it is none of them.
        """
        if content_type.lower().startswith("multipart/"):
            parts = form(content, content_type)
            message = read_json(text_of(parts.get("json", b"")))
            picture = parts.get("upload", b"")
            return each([(1, message)], lambda number, one: self._message(number, one, picture))
        if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
            return each(json_messages(content), self._message)
        return each(csv_rows(content, needed=COLUMNS), self._line)

    def _message(
        self, number: int, message: Any, picture: bytes = b""
    ) -> Iterator[ForeignRead | RejectedRead]:
        fields = values.table(message, "the message")
        hook = values.table(fields.get("hook") or {}, "hook")
        if hook.get("event", "recognition") != "recognition":  # a heartbeat, a vehicle without a plate
            return
        data = values.table(fields.get("data", fields), "data")
        results = values.listed(data.get("results"), "results")
        if not results:
            return
        if len(results) > MOST_IN_A_PICTURE:
            raise InputError(f"it has more than {MOST_IN_A_PICTURE:,} results of one picture")
        file = values.text(data.get("filename"), "filename")
        camera = values.text(data.get("camera_id"), "camera_id") or _camera_in(file)
        at = values.from_iso(data.get("timestamp"), "timestamp")

        def taken(_: int, result: Any) -> Iterator[ForeignRead]:
            one = values.table(result, "results")
            yield self._read(number, {**one, "file": file, "at": at, "camera": camera}, picture)

        yield from each(((number, result) for result in results), taken)

    def _line(self, number: int, row: Mapping[str, str]) -> Iterator[ForeignRead]:
        fields = {
            **row,
            **{name: _literal(row.get(name, ""), name) for name in ("box", "region", "candidates")},
            "at": values.from_iso(row["timestamp"], "timestamp"),
            "camera": _camera_in(row["file"]),
        }
        yield self._read(number, fields, b"")

    def _read(self, number: int, fields: Mapping[str, Any], picture: bytes) -> ForeignRead:
        best = Candidate(
            text=values.plate(fields.get("plate")), confidence=values.fraction(fields.get("score"), "score")
        )
        region = values.table(fields.get("region") or {}, "region")
        file = values.text(fields.get("file"), "the name of the picture").lstrip("/")
        # A camera's picture is named by its moment, and a plate stands in it once.
        name = file or f"{fields['camera']}-{fields['at']:%Y%m%dT%H%M%S.%f}"
        return ForeignRead(
            number=number,
            id=f"{name}/{best.text}",
            camera=self._cameras.called(fields["camera"]),
            captured_at=fields["at"],
            candidates=values.candidates(
                best, values.other_candidates(fields.get("candidates"), confidence="score")
            ),
            detection_confidence=values.fraction(fields.get("dscore"), "dscore"),
            region=values.region(region.get("code")),
            region_confidence=values.fraction(region.get("score"), "region.score"),
            box=_box(fields.get("box")),
            pictures=values.pictures(frame=picture),
        )


def _box(written: object) -> Box | None:
    if not written:
        return None
    fields = values.table(written, "box")
    return values.rectangle(*(fields.get(name) for name in ("xmin", "ymin", "xmax", "ymax")))


def _camera_in(file: str) -> str:
    """Return the camera's name out of a picture's: ``/camera-1_screenshots/21-10-27/06-20-43.970337.jpg``."""
    before, found, _ = file.lstrip("/").partition(SCREENSHOTS)
    return values.text(before, "the camera's name") if found else ""


def _literal(written: str, name: str) -> Any:
    """Return what stands in a cell of the CSV: there, objects and lists are written as Python writes them."""
    if not written.strip():
        return None
    if len(written) > LONGEST_CELL:
        raise InputError(f"{name} is too long")
    try:
        return ast.literal_eval(written.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        raise InputError(f"{name} is neither an object nor a list") from None
