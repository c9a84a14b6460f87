"""The street that vehicles are put on: sky, hills, trees, lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.vision.scenes.paint import Color, blend, ellipse, fill

if TYPE_CHECKING:
    from alpr_core.models import Image

HORIZON = 0.34
"""Height of the horizon from the top, as a share of the picture's."""

LANE_WIDTH = 0.36
"""Of a lane at the lower edge, as a share of the picture's width."""


@dataclass(frozen=True, kw_only=True)
class Light:
    """A time of the day.

    Attributes:
        zenith: colour of the sky at the top.
        haze: of the sky at the horizon.
        level: brightness of everything.
    """

    zenith: Color
    haze: Color
    level: float


LIGHTS = (
    Light(zenith=(225, 165, 105), haze=(245, 230, 215), level=1.0),  # clear noon
    Light(zenith=(205, 190, 180), haze=(228, 222, 216), level=0.9),  # overcast
    Light(zenith=(190, 140, 120), haze=(160, 200, 250), level=0.85),  # late afternoon
)


@dataclass(frozen=True)
class View:
    """Where things are in a picture of ``width`` × ``height`` px."""

    width: int
    height: int

    @property
    def horizon(self) -> float:
        """Of the horizon, px from the top."""
        return HORIZON * self.height

    def nearness(self, y: float) -> float:
        """Return how large things that stand at ``y`` px are, as a share of their size at the lower edge."""
        return (y - self.horizon) / (self.height - self.horizon)

    def lane_width(self, y: float) -> float:
        """Return the width of a lane at ``y``, px."""
        return LANE_WIDTH * self.width * self.nearness(y)

    def lane_middle(self, lane: float, y: float) -> float:
        """Return where the middle of a lane is at ``y``, px; lane 0 is straight ahead, 1 to its right."""
        return self.width / 2 + lane * self.lane_width(y)


def draw_street(view: View, light: Light, random: np.random.Generator) -> Image:
    """Return an empty street of three lanes, BGR uint8."""
    canvas = np.zeros((view.height, view.width, 3), dtype=np.uint8)
    _sky(canvas, view, light, random)
    _land(canvas, view, random)
    _lanes(canvas, view)
    return np.round(canvas * light.level).astype(np.uint8)


def _sky(canvas: Image, view: View, light: Light, random: np.random.Generator) -> None:
    below = view.horizon + 2
    fill(canvas, [(0, 0), (view.width, 0), (view.width, below), (0, below)], light.zenith, light.haze)
    clouds = np.zeros(canvas.shape[:2], dtype=np.float32)
    for _ in range(7):
        x, y = random.uniform(0, view.width), random.uniform(0.1, 0.75) * view.horizon
        for _ in range(5):
            middle = (
                int(x + random.normal(0, 0.05) * view.width),
                int(y + random.normal(0, 0.01) * view.height),
            )
            axes = (
                int(random.uniform(0.03, 0.07) * view.width),
                int(random.uniform(0.01, 0.025) * view.height),
            )
            cv2.ellipse(clouds, middle, axes, 0, 0, 360, 0.55, cv2.FILLED)
    soft = cv2.GaussianBlur(clouds, (0, 0), view.width / 110)
    blend(canvas, np.array((252.0, 250.0, 248.0)), soft)


def _land(canvas: Image, view: View, random: np.random.Generator) -> None:
    across = np.linspace(0, view.width, 60)
    for base, swing, color in ((0.06, 0.05, (185, 165, 140)), (0.02, 0.035, (130, 140, 100))):
        phases = random.uniform(0, 6.3, 3)
        wave = sum(
            np.sin(across / view.width * f + p) / (i + 1)
            for i, (f, p) in enumerate(zip((7, 15, 31), phases, strict=True))
        )
        ridge = view.horizon - view.height * (base + swing * (wave + 1.0) / 2)
        fill(canvas, [(0, view.height), *zip(across, ridge, strict=True), (view.width, view.height)], color)
    lawn = [(0, view.horizon), (view.width, view.horizon), (view.width, view.height), (0, view.height)]
    fill(canvas, lawn, (95, 145, 115), (60, 120, 85))
    for _ in range(46):
        side = random.choice((-1, 1))
        y = view.horizon + view.height * float(random.uniform(0.0, 0.09))
        x = view.width / 2 + side * (view.lane_width(y) * 1.9 + float(random.uniform(0.02, 0.5)) * view.width)
        _tree(canvas, x, y, view.height * (0.05 + 0.55 * view.nearness(y)), random)


def _tree(canvas: Image, x: float, y: float, size: float, random: np.random.Generator) -> None:
    trunk = [(x - size * 0.05, y - size * 0.4), (x + size * 0.05, y - size * 0.4), (x + size * 0.05, y)]
    fill(canvas, [*trunk, (x - size * 0.05, y)], (55, 75, 95))
    tint = float(random.uniform(0.8, 1.15))
    for dx, dy, part in ((-0.2, 0.45, 0.26), (0.2, 0.5, 0.26), (0.0, 0.68, 0.3)):
        leaves = ellipse(x + dx * size, y - dy * size, part * size, part * size)
        fill(canvas, leaves, (85 * tint, 150 * tint, 110 * tint), (45 * tint, 95 * tint, 65 * tint))


def _lanes(canvas: Image, view: View) -> None:
    far, near = view.horizon + 1, float(view.height)

    def strip(left: float, right: float, top: float, bottom: float) -> list[tuple[float, float]]:
        return [
            (view.lane_middle(left, top), top),
            (view.lane_middle(right, top), top),
            (view.lane_middle(right, bottom), bottom),
            (view.lane_middle(left, bottom), bottom),
        ]

    fill(canvas, strip(-1.9, 1.9, far, near), (135, 150, 150), (105, 118, 118))  # shoulder
    fill(canvas, strip(-1.62, 1.62, far, near), (122, 120, 118), (84, 82, 80))
    for edge in (-1.55, 1.55):
        fill(canvas, strip(edge - 0.02, edge + 0.02, far, near), (225, 228, 228))
    for line in (-0.5, 0.5):
        depth = 14.0  # dashes of equal length on the ground grow as 1 / distance
        while depth > 0.9:
            top, bottom = (far + (near - far) / d for d in (depth, depth - 0.09 * depth))
            fill(canvas, strip(line - 0.018, line + 0.018, top, min(bottom, near)), (228, 230, 230))
            depth *= 0.8
