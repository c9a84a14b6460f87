"""A recognizer that says the same of every picture: what a stranger's first plugin looks like."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from alpr_core import Box, Candidate, Frame, Options, Plugin, Reading, Register, hookimpl


class ExampleOptions(Options):
    """Keys of ``[recognizer.options]``."""

    text: str = Field(default="EXAMPLE", description="what stands on every plate")


class ExampleRecognizer:
    """Finds one plate in the middle third of every frame."""

    def __init__(self, options: ExampleOptions) -> None:
        self._text = options.text

    def recognize(self, frame: Frame) -> Sequence[Reading]:
        """Return that one plate."""
        height, width = frame.image.shape[:2]
        return [
            Reading(
                candidates=(Candidate(text=self._text, confidence=0.9),),
                characters=(0.9,) * len(self._text),
                box=Box.rectangle(width / 3, height / 3, width * 2 / 3, height * 2 / 3),
                detection_confidence=0.9,
            )
        ]


@hookimpl
def register_recognizers(register: Register) -> None:
    """Register ``example``."""
    register(
        Plugin(
            name="example",
            factory=ExampleRecognizer,
            options=ExampleOptions,
            summary="One plate in every picture",
        )
    )
