"""Vehicles seen from behind: simple shapes, painted softly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.vision.scenes import plate
from alpr_core.vision.scenes.paint import Color, ellipse, fill

if TYPE_CHECKING:
    from alpr_core.models import Image

    Points = np.ndarray

SIZE = 960
"""Of the square canvas that a vehicle is drawn on, px."""

GROUND = 900
"""Where its wheels stand, px from the top of the canvas."""

PLATE_WIDTH = 236
"""Of its plate, px: a little larger than life, so that a picture of a whole street can be read."""

PAINTS: tuple[Color, ...] = (
    (150, 70, 40),  # blue
    (45, 40, 165),  # red
    (70, 70, 75),  # graphite
    (205, 205, 208),  # silver
    (238, 240, 240),  # white
    (70, 95, 50),  # green
    (60, 130, 185),  # sand
)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A kind of vehicle; all lengths in px of its canvas.

    Attributes:
        half: half the width of its body.
        waist: height of the body above ground.
        roof: height of the roof above ground.
        shoulder: half the width of the cabin where it meets the body.
        top: half the width of the roof.
        plate: height of the plate's middle above ground.
    """

    half: float
    waist: float
    roof: float
    shoulder: float
    top: float
    plate: float


SHAPES = (
    Shape(half=390, waist=430, roof=650, shoulder=345, top=255, plate=265),  # sedan
    Shape(half=395, waist=470, roof=760, shoulder=372, top=318, plate=280),  # SUV
    Shape(half=400, waist=445, roof=740, shoulder=310, top=262, plate=165),  # pickup
    Shape(half=380, waist=480, roof=850, shoulder=372, top=345, plate=255),  # van
)


def draw_vehicle(shape: Shape, paint: Color, text: str, state: str) -> tuple[Image, Points]:
    """Return a vehicle and where its plate is.

    Returns:
        BGRA uint8 960×960, and the plate's corners on it, 4×2 px clockwise from top-left.
    """
    canvas = np.zeros((SIZE, SIZE, 4), dtype=np.uint8)
    _wheels(canvas, shape)
    _cabin(canvas, shape, paint)
    _body(canvas, shape, paint)
    _lights(canvas, shape)
    return canvas, _mount(canvas, shape, text, state)


def _shade(color: Color, factor: float) -> Color:
    blue, green, red = (min(255.0, channel * factor) for channel in color)
    return blue, green, red


def _mirrored(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return a symmetric outline from its right half, given top to bottom as (right of middle, above ground)."""
    middle = SIZE / 2
    right = [(middle + x, GROUND - y) for x, y in points]
    return right + [(2 * middle - x, y) for x, y in reversed(right)]


def _wheels(canvas: Image, shape: Shape) -> None:
    for side in (-1, 1):
        outer, inner = SIZE / 2 + side * (shape.half - 12), SIZE / 2 + side * (shape.half - 112)
        tyre = [(outer, GROUND - 190), (outer, GROUND), (inner, GROUND), (inner, GROUND - 190)]
        fill(canvas, tyre, (40, 40, 42), (22, 22, 24), radius=24)


def _cabin(canvas: Image, shape: Shape, paint: Color) -> None:
    outline = _mirrored([(shape.top, shape.roof), (shape.shoulder, shape.waist - 20)])
    fill(canvas, outline, _shade(paint, 1.15), _shade(paint, 0.85), radius=52)
    low, high = shape.waist + 22, shape.roof - 38
    glass = _mirrored([(shape.top - 30, high), (shape.shoulder - 44, low)])
    fill(canvas, glass, (120, 100, 85), (58, 48, 42), radius=30)
    middle = SIZE / 2
    for at, width in ((-0.5, 90), (0.15, 40)):  # the sky in the window
        x = middle + at * shape.shoulder
        streak = [(x + 40, GROUND - high + 8), (x + 40 + width, GROUND - high + 8)]
        streak += [(x - 20 + width, GROUND - low - 8), (x - 20, GROUND - low - 8)]
        fill(canvas, streak, (230, 215, 200), opacity=0.16)
    for side in (-1, 1):  # head rests
        x = middle + side * shape.shoulder * 0.42
        seat = [(x - 52, GROUND - low - 74), (x + 52, GROUND - low - 74), (x + 52, GROUND - low)]
        fill(canvas, [*seat, (x - 52, GROUND - low)], (40, 34, 30), radius=26, opacity=0.8)
    lamp = _mirrored([(62, high - 2), (62, high - 18)])
    fill(canvas, lamp, (50, 45, 190), radius=6)


def _body(canvas: Image, shape: Shape, paint: Color) -> None:
    low = 95
    outline = _mirrored(
        [(shape.half - 34, shape.waist), (shape.half, shape.waist - 130), (shape.half - 8, low)]
    )
    fill(canvas, outline, _shade(paint, 1.12), _shade(paint, 0.68), radius=46)
    shine = _mirrored([(shape.half - 60, shape.waist - 14), (shape.half - 50, shape.waist - 46)])
    fill(canvas, shine, (255, 255, 255), _shade(paint, 1.2), radius=16, opacity=0.3)
    bumper = _mirrored([(shape.half + 6, 178), (shape.half + 6, 92)])
    fill(canvas, bumper, (86, 84, 82), (44, 43, 42), radius=24)
    seam = _mirrored([(shape.half - 46, 194), (shape.half - 46, 189)])
    fill(canvas, seam, _shade(paint, 0.45))
    for side in (-1, 1):  # exhausts
        fill(canvas, ellipse(SIZE / 2 + side * 215, GROUND - 96, 34, 15), (150, 150, 150), (40, 40, 40))


def _lights(canvas: Image, shape: Shape) -> None:
    for side in (-1, 1):
        outer, inner = SIZE / 2 + side * (shape.half - 14), SIZE / 2 + side * (shape.half - 132)
        top, bottom = GROUND - shape.waist + 66, GROUND - shape.waist + 172
        lamp = [(outer, top), (outer, bottom), (inner + side * 22, bottom), (inner, top + 12)]
        fill(canvas, lamp, (60, 55, 225), (25, 20, 120), radius=24)
        glow_x, glow_y = (outer + inner) / 2, (top + bottom) / 2 - 16
        fill(canvas, ellipse(glow_x, glow_y, 30, 15), (190, 190, 255), opacity=0.5)
        amber = [(outer - side * 12, bottom - 34), (outer - side * 12, bottom - 12)]
        amber += [(outer - side * 66, bottom - 12), (outer - side * 66, bottom - 34)]
        fill(canvas, amber, (60, 165, 250), radius=8)


def _mount(canvas: Image, shape: Shape, text: str, state: str) -> Points:
    middle, y = SIZE / 2, GROUND - shape.plate
    half, high = PLATE_WIDTH / 2, PLATE_WIDTH / 4
    recess = [(middle - half - 26, y - high - 24), (middle + half + 26, y - high - 24)]
    recess += [(middle + half + 18, y + high + 14), (middle - half - 18, y + high + 14)]
    fill(canvas, recess, (34, 33, 32), (62, 60, 58), radius=16)
    size = (PLATE_WIDTH, PLATE_WIDTH // 2)
    small = cv2.resize(plate.draw_plate(text, state), size, interpolation=cv2.INTER_AREA)
    left, top = round(middle - half), round(y - high)
    under = canvas[top : top + size[1], left : left + size[0], :3]
    cover = small[:, :, 3:] / 255.0
    under[:] = np.round(under * (1 - cover) + small[:, :, :3] * cover).astype(np.uint8)
    right, bottom = left + size[0], top + size[1]
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], dtype=np.float64)
