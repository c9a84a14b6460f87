"""Filling shapes softly: what vehicles, plates and roads are painted with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.vision.scenes.lettering import rounded

if TYPE_CHECKING:
    from alpr_core.models import Image

Color = tuple[float, float, float]
"""BGR, 0 to 255."""


def fill(
    canvas: Image,
    points: Sequence[tuple[float, float]],
    top: Color,
    bottom: Color | None = None,
    *,
    radius: float = 0.0,
    opacity: float = 1.0,
) -> None:
    """Fill a polygon with a colour, or from one at its top to another at its bottom.

    Args:
        canvas: BGR or BGRA uint8; changed. Of BGRA the fourth channel becomes what is covered.
        points: corners in px.
        top: BGR.
        bottom: BGR; the same as ``top`` if None.
        radius: of the corners, px.
        opacity: 0 to 1.
    """
    corners = np.asarray(points, dtype=np.float64)
    if radius > 0:
        corners = rounded(corners, np.full(len(corners), radius), closed=True)
    height, width = canvas.shape[:2]
    left, upper = np.floor(corners.min(axis=0)).astype(int).clip(0, (width, height))
    right, lower = (np.ceil(corners.max(axis=0)).astype(int) + 2).clip(0, (width, height))
    if right <= left or lower <= upper:
        return
    mask = np.zeros((lower - upper, right - left), dtype=np.uint8)
    fixed = np.round((corners - (left, upper)) * 16).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 255, cv2.LINE_AA, shift=4)
    share = np.linspace(0.0, 1.0, lower - upper)[:, np.newaxis, np.newaxis]
    color = np.asarray(top) * (1 - share) + np.asarray(bottom or top) * share
    blend(canvas[upper:lower, left:right], color, mask * (opacity / 255.0))


def blend(canvas: Image, color: np.ndarray, cover: np.ndarray) -> None:
    """Lay a colour over the canvas.

    Args:
        canvas: H×W BGR or BGRA uint8; changed.
        color: BGR, of a shape that broadcasts to H×W×3.
        cover: H×W, 0 to 1.
    """
    share = cover[:, :, np.newaxis]
    canvas[:, :, :3] = np.round(canvas[:, :, :3] * (1 - share) + color * share).astype(np.uint8)
    if canvas.shape[2] == 4:
        canvas[:, :, 3] = np.maximum(canvas[:, :, 3], np.round(cover * 255).astype(np.uint8))


def ellipse(x: float, y: float, radius_x: float, radius_y: float) -> list[tuple[float, float]]:
    """Return the corners of an ellipse as a polygon, px."""
    angles = np.linspace(0.0, 2 * np.pi, 48, endpoint=False)
    return [(x + radius_x * float(np.cos(a)), y + radius_y * float(np.sin(a))) for a in angles]
