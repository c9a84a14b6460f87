"""Reads one line of text: straightens it, and asks the text model several times."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from alpr_recognizer_rapidocr import ctc
from alpr_recognizer_rapidocr.lines import Line
from alpr_recognizer_rapidocr.models import RECOGNITION, open_session

MODEL_HEIGHT = 48
"""px that the text model wants."""

WIDEST = 640
"""A line is not made wider than this, px."""

LOOKS = ((0.0, -0.16, 1.25), (0.15, -0.16, 1.5), (0.3, -0.08, 1.5))
"""How a line is cut out each time: margin at its ends and margin above and below, in heights of the line,
and how much wider than in the picture. The model knows text of books and shops: plates are narrower, and the
detector's lines are looser than their characters. Chosen on photographs among 38; neighbours do as well, and
no single look does as well as three together."""

BEAM = 24
"""Prefixes followed in the search."""


class LineReader:
    """Reads lines of text.

    Args:
        threads: for the model, 0 for one a core.
    """

    def __init__(self, threads: int) -> None:
        self._session = open_session(RECOGNITION, threads)
        self._input = self._session.get_inputs()[0].name
        characters = self._session.get_modelmeta().custom_metadata_map["character"]
        self._charset = ctc.Charset(characters.splitlines())

    def glance(self, image: NDArray[np.uint8], line: Line) -> tuple[str, dict[str, float]]:
        """Look once: the text as it stands there, and the strings over A-Z and 0-9 with their probabilities."""
        output = self._look(image, line, *LOOKS[0])
        return self._charset.text(output), ctc.strings(self._charset.steps(output), BEAM)

    def study(self, image: NDArray[np.uint8], line: Line, glanced: dict[str, float]) -> dict[str, float]:
        """Look again in other cuts: the strings with their probabilities over all looks, the first included."""
        outputs = [self._look(image, line, *look) for look in LOOKS[1:]]
        return ctc.averaged(
            [glanced, *(ctc.strings(self._charset.steps(output), BEAM) for output in outputs)]
        )

    def _look(
        self, image: NDArray[np.uint8], line: Line, ends: float, sides: float, stretch: float
    ) -> NDArray[np.float32]:
        cut: Any = straightened(image, line, ends, sides, stretch).astype(np.float32) / 127.5 - 1
        output: NDArray[np.float32] = self._session.run(None, {self._input: cut.transpose(2, 0, 1)[None]})[0][
            0
        ]
        return output


def straightened(
    image: NDArray[np.uint8], line: Line, ends: float, sides: float, stretch: float
) -> NDArray[np.uint8]:
    """Return a line cut out upright, `MODEL_HEIGHT` px high (BGR uint8).

    Args:
        image: BGR uint8 H×W×3.
        line: where the text is.
        ends: margin before and behind it, in heights of the line.
        sides: margin above and below it, in heights of the line.
        stretch: how much wider than in the picture.
    """
    outwards = line.along * (line.height * ends)
    downwards = line.down * (line.height * sides)
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32)
    corners = line.corners + signs[:, :1] * outwards + signs[:, 1:] * downwards
    ratio = (line.width + 2 * ends * line.height) / max(line.height * (1 + 2 * sides), 1.0)
    width = int(np.clip(round(MODEL_HEIGHT * ratio * stretch), 16, WIDEST))
    target = np.array([[0, 0], [width, 0], [width, MODEL_HEIGHT], [0, MODEL_HEIGHT]], np.float32)
    transform = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    cut: Any = cv2.warpPerspective(
        image, transform, (width, MODEL_HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(cut, np.uint8)
