"""The embedded recognizer: reads plates with the text models that lie inside the wheel of ``rapidocr``.

Nothing is downloaded: it works as soon as it is installed. Its models are made for text of every kind, so most
of the work is choosing which text is a plate (`choosing`) and how else it could be read (`ctc`). A recognizer
made for plates reads more of them; this one is there when no other is.

What it leaves out on purpose: plates of letters alone ("FZ RULZ") look like every word on a wall, and plates
of two lines.
"""

from __future__ import annotations

from pydantic import Field

from alpr_core import Options, Plugin, Recognizer, Register, hookimpl


class RapidOCROptions(Options):
    """The config section ``recognizer.options`` for ``use = "rapidocr"``."""

    threads: int = Field(
        default=0, ge=0, le=64, description="threads of the models; 0: as many as there are cores"
    )
    candidates: int = Field(default=20, ge=1, le=100, description="ways to read a plate that are handed on")
    min_confidence: float = Field(
        default=0.3, ge=0.0, le=1.0, description="least probability that a text is a plate at all"
    )


@hookimpl
def register_recognizers(register: Register) -> None:
    """Register ``rapidocr``."""
    register(
        Plugin(
            name="rapidocr",
            factory=make,
            options=RapidOCROptions,
            summary="Embedded: text models that come with the installation; no download",
            missing=missing,
        )
    )


def make(options: Options) -> Recognizer:
    """Return the recognizer; loads the models, about half a second.

    Raises:
        ModelsMissing: if rapidocr's wheel does not hold the models that this was written for.
    """
    from alpr_recognizer_rapidocr.recognizer import RapidOCRRecognizer

    assert isinstance(options, RapidOCROptions)  # noqa: S101 - the host validated them with this model
    return RapidOCRRecognizer(options)


def missing() -> str | None:
    """Say what is missing, or None."""
    from alpr_recognizer_rapidocr.models import missing_models

    return missing_models()
