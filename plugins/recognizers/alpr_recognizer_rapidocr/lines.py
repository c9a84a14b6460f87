"""Finds lines of text in a picture: PP-OCR's detector and its post-processing.

The detector is a segmentation network with differentiable binarization (Liao et al., AAAI 2020,
arXiv:1911.08947): it marks the shrunken core of each line of text. A line is the smallest rectangle around a
core, grown back by what the shrinking took.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from alpr_recognizer_rapidocr.models import DETECTION, open_session

Corners = NDArray[np.float32]
"""4×2: x and y in px, clockwise from the top-left of the text as it is read."""

LONGEST_SIDE = 1280
"""Larger pictures are looked at in this size, px: plates of a patrol car's camera are legible in it."""

SHORTEST_SIDE = 640
"""The longer side of smaller pictures is enlarged to this, px."""

CORE = 0.3
"""A pixel belongs to a core from this probability on (PP-OCR's own value)."""

CERTAIN = 0.5
"""Cores with a lower mean probability are not text (PP-OCR's own value)."""

GROWTH = 1.6
"""How much was shrunk: the distance is area × growth / circumference (PP-OCR's own value)."""


@dataclass(frozen=True)
class Line:
    """One line of text.

    Attributes:
        corners: of the text, in px of the picture.
        score: the detector's, 0 to 1.
    """

    corners: Corners
    score: float

    @property
    def width(self) -> float:
        """Length along the text, px."""
        return float(np.linalg.norm(self.corners[1] - self.corners[0]))

    @property
    def height(self) -> float:
        """Height of the text, px."""
        return float(np.linalg.norm(self.corners[3] - self.corners[0]))

    @property
    def centre(self) -> NDArray[np.float32]:
        """Middle, as x and y, px."""
        return np.asarray(self.corners.mean(axis=0), dtype=np.float32)

    @property
    def along(self) -> NDArray[np.float32]:
        """Unit vector in the direction of reading."""
        return np.asarray((self.corners[1] - self.corners[0]) / max(self.width, 1e-6), dtype=np.float32)

    @property
    def down(self) -> NDArray[np.float32]:
        """Unit vector from the top of the characters to their foot."""
        return np.asarray((self.corners[3] - self.corners[0]) / max(self.height, 1e-6), dtype=np.float32)


class LineDetector:
    """Finds lines of text.

    Args:
        threads: for the model, 0 for one a core.
    """

    def __init__(self, threads: int) -> None:
        self._session = open_session(DETECTION, threads)
        self._input = self._session.get_inputs()[0].name

    def detect(self, image: NDArray[np.uint8]) -> list[Line]:
        """Return the lines of text in a picture (BGR uint8 H×W×3), in no particular order."""
        height, width = image.shape[:2]
        scale = float(np.clip(1.0, SHORTEST_SIDE / max(height, width), LONGEST_SIDE / max(height, width)))
        # The network halves five times.
        rows, columns = (max(32, round(side * scale / 32) * 32) for side in (height, width))
        resized: Any = cv2.resize(image, (columns, rows))
        planes = (resized.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
        map_ = self._session.run(None, {self._input: planes})[0][0, 0]
        return lines_of(map_, (width / columns, height / rows))


def lines_of(probabilities: NDArray[np.float32], scale: tuple[float, float]) -> list[Line]:
    """Return the lines in the detector's map.

    Args:
        probabilities: H×W, of each pixel to lie in the core of a line.
        scale: px of the picture for one px of the map, along x and y.
    """
    cores = cv2.dilate((probabilities > CORE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    lines = []
    for contour in contours:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < 3:
            continue
        score = _mean_inside(probabilities, cv2.boxPoints((centre, (width, height), angle)))
        if score < CERTAIN:
            continue
        growth = GROWTH * width * height / (width + height)  # on both sides together
        grown = cv2.boxPoints((centre, (width + growth, height + growth), angle))
        lines.append(Line(in_reading_order(grown * np.asarray(scale, np.float32)), score))
    return lines


def in_reading_order(points: NDArray[Any]) -> Corners:
    """Return the corners of a rectangle clockwise from the top-left of a text that runs along its longer side.

    Text that stands on end is taken as running downwards to the right; upside down is not thought of.
    """
    points = np.asarray(points, np.float32)
    sides = np.roll(points, -1, axis=0) - points
    # Clockwise on the screen (y grows downwards), whatever order the rectangle came in.
    if sides[0][0] * sides[1][1] - sides[0][1] * sides[1][0] < 0:
        points = points[::-1]
        sides = np.roll(points, -1, axis=0) - points
    long = np.linalg.norm(sides, axis=1) >= np.linalg.norm(np.roll(sides, -1, axis=0), axis=1)
    rightwards = np.where(long, sides[:, 0], -np.inf)
    return np.roll(points, -int(np.argmax(rightwards)), axis=0)


def _mean_inside(probabilities: NDArray[np.float32], corners: NDArray[Any]) -> float:
    left, top = np.maximum(np.floor(corners.min(axis=0)), 0).astype(int)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int) + 1
    window = probabilities[top:bottom, left:right]
    inside = np.zeros(window.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(window, inside)[0])
