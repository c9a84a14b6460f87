"""Letters and digits as strokes, in the manner of stamped plates: the same on every machine, whatever its fonts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from alpr_core.models import Image

    Points = NDArray[np.float64]
    """N×2 of x and y."""

WIDTH, HEIGHT = 4.0, 8.0
"""A glyph's grid. Points are written ``xy``, y downwards."""

GAP = 2.1
"""Between two glyphs, in units of the grid."""

_ROUNDING = 1.9
"""Radius of a corner; ``!`` after a point keeps it sharp, ``o`` at the beginning closes the stroke."""

_STROKES = {
    "0": ("o 00 40 48 08",),
    "1": ("02 20! 28",),
    "2": ("02 00 40 43 08! 48",),
    "3": ("01 00 40 44 14", "14 44 48 08 07"),
    "4": ("38 30! 06! 46",),
    "5": ("40 00! 03! 43 48 08 07",),
    "6": ("41 40 00 08 48 43 03",),
    "7": ("00 40! 18",),
    "8": ("o 00 40 44 04", "o 04 44 48 08"),
    "9": ("07 08 48 40 00 05 45",),
    "A": ("08 20! 48", "16 36"),
    "B": ("o 00! 40 44 04!", "o 04! 44 48 08!"),
    "C": ("42 40 00 08 48 46",),
    "D": ("o 00! 40 48 08!",),
    "E": ("40 00! 08! 48", "04 34"),
    "F": ("40 00! 08", "04 34"),
    "G": ("42 40 00 08 48 44! 24",),
    "H": ("00 08", "40 48", "04 44"),
    "I": ("20 28",),
    "J": ("40 48 08 06",),
    "K": ("00 08", "40 05", "13 48"),
    "L": ("00 08! 48",),
    "M": ("08 00! 25! 40! 48",),
    "N": ("08 00! 48! 40",),
    "O": ("o 00 40 48 08",),
    "P": ("08 00! 40 44 04",),
    "Q": ("o 00 40 48 08", "26 48"),
    "R": ("08 00! 40 44 04", "24 48"),
    "S": ("42 40 00 04 44 48 08 06",),
    "T": ("00 40", "20 28"),
    "U": ("00 08 48 40",),
    "V": ("00 28! 40",),
    "W": ("00 18! 23! 38! 40",),
    "X": ("00 48", "40 08"),
    "Y": ("00 24! 40", "24 28"),
    "Z": ("00 40! 08! 48",),
    " ": (),
}


def text_width(text: str) -> float:
    """Return how wide a text is, in units of the grid."""
    return len(text) * (WIDTH + GAP) - GAP


def write(
    image: Image,
    text: str,
    box: tuple[float, float, float, float],
    color: tuple[int, int, int],
    weight: float = 1.05,
) -> None:
    """Write into a box, as large as fits: as high as the box unless that is too wide; then narrower.

    Args:
        image: BGR uint8; changed.
        text: A-Z, 0-9 and spaces.
        box: left, top, right, bottom in px, around the middle of the strokes.
        color: BGR.
        weight: of a stroke, in units of the grid.
    """
    left, top, right, bottom = box
    unit_y = (bottom - top) / HEIGHT
    unit_x = min(unit_y, (right - left) / text_width(text))
    pen = (left + right) / 2 - unit_x * text_width(text) / 2
    thickness = max(1, round(weight * min(unit_y, 1.15 * unit_x)))
    for character in text:
        for stroke in _STROKES[character]:
            points, closed = _path(stroke)
            placed = np.round((points * (unit_x, unit_y) + (pen, top)) * 16).astype(np.int32)
            cv2.polylines(image, [placed], closed, color, thickness, cv2.LINE_AA, shift=4)
        pen += unit_x * (WIDTH + GAP)


def rounded(points: Points, radii: Points, *, closed: bool) -> Points:
    """Return the polygon or line with its corners rounded.

    Args:
        points: N×2.
        radii: N, at each point.
        closed: whether the last point is joined with the first.
    """
    smooth: list[Points] = []
    for at, (point, radius) in enumerate(zip(points, radii, strict=True)):
        if radius <= 0 or (not closed and at in (0, len(points) - 1)):
            smooth.append(point[np.newaxis])
            continue
        start = _toward(point, points[at - 1], radius)
        end = _toward(point, points[(at + 1) % len(points)], radius)
        t = np.linspace(0.0, 1.0, 9)[:, np.newaxis]
        smooth.append((1 - t) ** 2 * start + 2 * t * (1 - t) * point + t**2 * end)
    return np.concatenate(smooth)


def _toward(point: Points, other: Points, distance: float) -> Points:
    length = math.dist(point, other)
    return point + (other - point) * min(0.5, distance / max(length, 1e-9))


def _path(stroke: str) -> tuple[Points, bool]:
    closed = stroke.startswith("o ")
    tokens = stroke.removeprefix("o ").split()
    points = np.array([(int(token[0]), int(token[1])) for token in tokens], dtype=np.float64)
    radii = np.array([0.0 if token.endswith("!") else _ROUNDING for token in tokens])
    return rounded(points, radii, closed=closed), closed
