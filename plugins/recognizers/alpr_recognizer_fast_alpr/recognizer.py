"""Detector, crops, OCR, candidates: the heavy half, imported when a recognizer is made."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import onnxruntime as ort
from fast_plate_ocr import LicensePlateRecognizer
from fast_plate_ocr.core.process import resize_image
from numpy.typing import NDArray
from open_image_models import create_detector

from alpr_core import Box, Frame, InputError, Reading
from alpr_core.plates import n_best
from alpr_recognizer_fast_alpr.regions import CODES

if TYPE_CHECKING:
    from open_image_models.detection.core.base import DetectionResult

    from alpr_recognizer_fast_alpr import FastAlprOptions

Image = NDArray[np.uint8]

SAME_PLATE = 0.5
"""Two boxes are one plate when they share more than this part of the smaller one."""

SMALLEST_DETECTOR = 384
"""Side in px of the square picture that the smallest of the detectors takes."""


@dataclass(frozen=True, slots=True)
class Detection:
    """A plate box in px of the frame, inside of it, and the detector's score 0 to 1."""

    left: int
    top: int
    right: int
    bottom: int
    confidence: float

    @property
    def area(self) -> int:
        """Pixels in it."""
        return (self.right - self.left) * (self.bottom - self.top)

    def shares(self, other: Detection) -> float:
        """Return which part of the smaller of the two boxes lies in both, 0 to 1."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0, width) * max(0, height) / min(self.area, other.area)


class FastAlprRecognizer:
    """Reads plates with local model files; never reaches for the network."""

    def __init__(self, files: Mapping[str, Path], options: FastAlprOptions) -> None:
        """Load the networks.

        Args:
            files: paths of the roles ``detector``, ``ocr`` and ``ocr-config``.
            options: see there.
        """
        session = ort.SessionOptions()
        session.intra_op_num_threads = options.threads
        # Two networks and whoever else works here share the cores: waiting threads must not burn them.
        session.add_session_config_entry("session.intra_op.allow_spinning", "0")
        usable = ort.get_available_providers()
        providers = [p for p in ("CUDAExecutionProvider", "CPUExecutionProvider") if p in usable]
        self._options = options
        self._detector = create_detector(
            files["detector"],
            backend="yolo_v9",
            class_labels=("License Plate",),
            conf_thresh=options.min_detection,
            providers=providers,
            sess_options=session,
        )
        self._ocr = LicensePlateRecognizer(
            onnx_model_path=files["ocr"],
            plate_config_path=files["ocr-config"],
            providers=providers,
            sess_options=session,
        )
        self._regions = self._ocr.config.plate_regions or []

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        """Return one reading for each plate; see `alpr_core.Recognizer`."""
        image = frame.image
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8 or not image.size:
            raise InputError(
                f"{frame.source}: the image is not BGR uint8 H×W×3 but {image.dtype} {image.shape}"
            )
        plates = self._detect(image)
        if not plates:
            return []
        begun = time.perf_counter()
        crops = [self._crop(image, plate, margin) for plate in plates for margin in self._options.margins]
        slots, regions = self._read(np.stack(crops))
        # One batch reads every plate: each has an equal share of its time.
        seconds = (time.perf_counter() - begun) / len(plates)
        readings = (self._reading(*seen, seconds) for seen in zip(plates, slots, regions, strict=True))
        return [reading for reading in readings if reading is not None]

    def _detect(self, image: Image) -> list[Detection]:
        """Return the boxes, cut to the image, the surest first, one for each plate."""
        height, width = image.shape[:2]
        if min(height, width) * SMALLEST_DETECTOR < max(height, width):
            return []  # scaled to what the detector takes, nothing is left of so thin a picture
        found = []
        for result in cast("list[DetectionResult]", self._detector.predict(image)):
            box = result.bounding_box.clamp(width, height)
            if not box.is_empty:
                found.append(Detection(box.x1, box.y1, box.x2, box.y2, min(1.0, result.confidence)))
        return distinct(found)

    def _crop(self, image: Image, plate: Detection, margin: float) -> Image:
        """Return the box and a margin around it (a share of its width and height) as the OCR takes it."""
        across, down = (plate.right - plate.left) * margin, (plate.bottom - plate.top) * margin
        crop = image[
            max(0, round(plate.top - down)) : round(plate.bottom + down),
            max(0, round(plate.left - across)) : round(plate.right + across),
        ]
        config = self._ocr.config
        resized: Image = resize_image(
            cv2.cvtColor(crop, cv2.COLOR_BGR2RGB),
            config.img_height,
            config.img_width,
            image_color_mode=config.image_color_mode,
            keep_aspect_ratio=config.keep_aspect_ratio,
            interpolation_method=config.interpolation,
            padding_color=config.padding_color,
        )
        return resized

    def _read(self, crops: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the probabilities of each plate's characters and regions, averaged over its crops.

        Args:
            crops: N·M×H×W×3 for N plates of M margins.

        Returns:
            N×slots×alphabet and N×regions.
        """
        heads = [self._ocr.plate_output_name, self._ocr.region_output_name]
        plate, region = self._ocr.model.run(heads, {"input": crops})
        margins = len(self._options.margins)
        slots = plate.reshape(-1, margins, self._ocr.config.max_plate_slots, len(self._ocr.config.alphabet))
        regions = region.reshape(-1, margins, region.shape[-1])
        return (
            np.clip(slots.mean(axis=1, dtype=np.float64), 0, 1),
            np.clip(regions.mean(axis=1, dtype=np.float64), 0, 1),
        )

    def _reading(
        self,
        plate: Detection,
        slots: NDArray[np.float64],
        regions: NDArray[np.float64],
        seconds: float,
    ) -> Reading | None:
        """Return the reading, or None where the OCR finds it most probable that nothing is written."""
        config = self._ocr.config
        written = [
            float(slot.max()) for slot in slots if config.alphabet[int(slot.argmax())] != config.pad_char
        ]
        if not written:
            return None
        region = CODES[self._regions[int(regions.argmax())]]
        return Reading(
            candidates=n_best(slots.tolist(), config.alphabet, self._options.candidates, config.pad_char),
            characters=tuple(written),
            box=Box.rectangle(plate.left, plate.top, plate.right, plate.bottom),
            detection_confidence=plate.confidence,
            region=region,
            region_confidence=float(regions.max()) if region else 0.0,
            processing_seconds=seconds,
        )


def distinct(found: Sequence[Detection]) -> list[Detection]:
    """Return the surest of each group of boxes that show one plate, the surest first."""
    kept: list[Detection] = []
    for box in sorted(found, key=lambda box: -box.confidence):
        if all(box.shares(other) <= SAME_PLATE for other in kept):
            kept.append(box)
    return kept
