"""The recognizer: lines of text, read, chosen, read again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from alpr_core import Box, Candidate, Frame, InputError, Reading
from alpr_recognizer_rapidocr import choosing
from alpr_recognizer_rapidocr.choosing import Plate
from alpr_recognizer_rapidocr.lines import LineDetector
from alpr_recognizer_rapidocr.reading import LineReader

if TYPE_CHECKING:
    from alpr_recognizer_rapidocr import RapidOCROptions


class RapidOCRRecognizer:
    """Reads plates with PP-OCR's text models. Fulfils `alpr_core.Recognizer`.

    Raises:
        ModelsMissing: if the models are not there.
    """

    def __init__(self, options: RapidOCROptions) -> None:
        self._options = options
        self._detector = LineDetector(options.threads)
        self._reader = LineReader(options.threads)

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        """Return one reading for each plate.

        Raises:
            InputError: if the image is not BGR uint8 H×W×3, or empty.
        """
        image = frame.image
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or 0 in image.shape:
            raise InputError(
                f"{frame.source}: the image is not BGR uint8 H×W×3 but {image.dtype} {image.shape}"
            )
        least = self._options.min_confidence
        found, seconds = [], {}
        for line in filter(choosing.could_be_plate, self._detector.detect(image)):
            started = time.perf_counter()
            raw, glanced = self._reader.glance(image, line)
            # One look is enough to leave most text out, so it is not held to the full measure.
            if choosing.plate_in(line, glanced, raw, least / 3) is None:
                continue
            plate = choosing.plate_in(line, self._reader.study(image, line, glanced), raw, least)
            if plate is not None:
                found.append(plate)
                seconds[id(plate)] = time.perf_counter() - started
        return [self._reading(plate, seconds[id(plate)]) for plate in choosing.without_neighbours(found)]

    def _reading(self, plate: Plate, seconds: float) -> Reading:
        best = list(plate.texts.items())[: self._options.candidates]
        top_left, top_right, bottom_right, bottom_left = (
            (round(float(x)), round(float(y))) for x, y in plate.line.corners
        )
        return Reading(
            candidates=tuple(Candidate(text=text, confidence=min(1.0, p)) for text, p in best),
            characters=_per_character(plate),
            box=Box(corners=(top_left, top_right, bottom_right, bottom_left)),
            detection_confidence=min(1.0, plate.line.score),
            processing_seconds=seconds,
        )


def _per_character(plate: Plate) -> tuple[float, ...]:
    """How probable each character of the best text is, by all texts of its length."""
    best = next(iter(plate.texts))
    alike = [(text, p) for text, p in plate.texts.items() if len(text) == len(best)]
    total = sum(plate.texts.values())
    return tuple(
        sum(p for text, p in alike if text[place] == character) / total
        for place, character in enumerate(best)
    )
