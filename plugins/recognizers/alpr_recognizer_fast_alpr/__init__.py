"""The recognizer ``fast_alpr``: a YOLOv9 plate detector and the OCR of fast-plate-ocr, from local files only.

Cheap to import; the networks are loaded when a recognizer is made.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import cast

from pydantic import Field

from alpr_core import Options, Plugin, Recognizer, Register, hookimpl, models_folder, read_pins

MODELS = Path(__file__).with_name("models.toml")
"""The pinned model files."""


class FastAlprOptions(Options):
    """What can be set in the config section ``[recognizer.options]``.

    Attributes:
        min_detection: boxes that the detector is less sure of are left out, 0 to 1.
        candidates: how many ways to read a plate are returned at most.
        margins: each plate is read once per margin, on a crop wider and higher by this share of the box on every
            side, and the probabilities are averaged: a box that cuts a character costs less that way.
        threads: of the networks; 0 takes one per core.
    """

    min_detection: float = Field(default=0.3, ge=0, le=1)
    candidates: int = Field(default=10, ge=1, le=1000)
    margins: tuple[float, ...] = Field(default=(0.04, 0.08, 0.12), min_length=1, max_length=9)
    threads: int = Field(default=0, ge=0, le=256)


def missing() -> str | None:
    """Return None if a recognizer can be made, else what is missing and what to do."""
    if any(find_spec(package) is None for package in ("open_image_models", "fast_plate_ocr", "onnxruntime")):
        return "its packages are not installed. Run: pip install 'alpr-core[fast-alpr]'"
    return read_pins(MODELS).missing(models_folder())


def make(options: Options) -> Recognizer:
    """Make a recognizer from the installed model files.

    Raises:
        ModelsMissing: if they are not there, or not the pinned ones.
    """
    from alpr_recognizer_fast_alpr.recognizer import FastAlprRecognizer  # heavy

    files = read_pins(MODELS).verified(models_folder())
    return FastAlprRecognizer(files, cast(FastAlprOptions, options))


@hookimpl
def register_recognizers(register: Register) -> None:
    """Register ``fast_alpr``."""
    register(
        Plugin(
            name="fast_alpr",
            factory=make,
            options=FastAlprOptions,
            summary="YOLOv9 detector and CCT plate OCR; fast and exact, needs its model files installed.",
            missing=missing,
            models=MODELS,
        )
    )
