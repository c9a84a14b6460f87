"""Drawing what was read onto a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from alpr_core.models import Box, Reading

if TYPE_CHECKING:
    from alpr_core.models import Image

COLOR = (60, 200, 0)
"""BGR of boxes and labels."""

INK = (0, 0, 0)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


def annotate(image: Image, readings: Sequence[Reading]) -> Image:
    """Return a copy with each plate's box, text and confidence in percent.

    Lines and letters grow with the picture, so that they can be read on a thumbnail of it.

    Args:
        image: BGR uint8 H×W×3; stays as it is.
        readings: their boxes may reach beyond the picture.
    """
    canvas = image.copy()
    thickness = max(1, round(max(canvas.shape[:2]) / 500))
    for reading in readings:
        corners = np.array(reading.box.corners, dtype=np.int32)
        cv2.polylines(
            canvas, [corners], isClosed=True, color=COLOR, thickness=thickness, lineType=cv2.LINE_AA
        )
    for reading in readings:  # over every box, so that none is crossed out
        _label(canvas, f"{reading.text} {reading.confidence:.0%}", reading.box, thickness)
    return canvas


def crop(image: Image, box: Box, margin: float = 0.25) -> Image:
    """Return a copy of the plate with its surroundings.

    Args:
        image: BGR uint8 H×W×3.
        box: of the plate; may reach beyond the picture.
        margin: how much to take around it, in plate heights.

    Returns:
        BGR uint8, at least 1×1.
    """
    height, width = image.shape[:2]
    left, top, right, bottom = box.bounds
    around = round(margin * box.height)
    left, top = min(max(0, left - around), width - 1), min(max(0, top - around), height - 1)
    right, bottom = max(left + 1, min(width, right + around)), max(top + 1, min(height, bottom + around))
    return image[top:bottom, left:right].copy()


def _label(canvas: Image, text: str, box: Box, thickness: int) -> None:
    """Write on a bar above the box; below it where there is no room; within the picture in any case."""
    height, width = canvas.shape[:2]
    scale = max(0.4, min(height, width) / 900)
    (text_width, text_height), baseline = cv2.getTextSize(text, _FONT, scale, thickness)
    pad = max(2, text_height // 4)
    bar_width, bar_height = text_width + 2 * pad, text_height + baseline + 2 * pad
    left, top, _, bottom = box.bounds
    x = max(0, min(left, width - bar_width))
    y = top - bar_height if top >= bar_height else bottom
    y = max(0, min(y, height - bar_height))
    cv2.rectangle(canvas, (x, y), (x + bar_width, y + bar_height), COLOR, cv2.FILLED)
    where = (x + pad, y + pad + text_height)
    cv2.putText(canvas, text, where, _FONT, scale, INK, thickness, cv2.LINE_AA)
