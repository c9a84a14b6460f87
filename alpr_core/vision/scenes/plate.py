"""Plates that evoke those of four states. Every number on them is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from alpr_core.vision.scenes.lettering import write
from alpr_core.vision.scenes.paint import Color, ellipse, fill

if TYPE_CHECKING:
    from alpr_core.models import Image

WIDTH, HEIGHT = 720, 360
"""Of a drawn plate, px: 12 by 6 inches."""

LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
"""Without I, O and Q, which few states issue in every place."""

NAVY, RED, GREEN, INK = (110, 40, 20), (40, 30, 200), (70, 110, 40), (60, 35, 25)
WHITE = (250, 250, 250)


def draw_plate(text: str, state: str) -> Image:
    """Return a plate, BGRA uint8 360×720, its corners transparent.

    Args:
        text: normal form, six or seven characters.
        state: one of `LAYOUTS`.
    """
    canvas = np.zeros((HEIGHT, WIDTH, 4), dtype=np.uint8)
    fill(
        canvas, [(2, 2), (WIDTH - 3, 2), (WIDTH - 3, HEIGHT - 3), (2, HEIGHT - 3)], (235, 235, 235), radius=40
    )
    shape = canvas[:, :, 3].copy()
    _DESIGNS[state](canvas, text)
    for x in (150, WIDTH - 150):
        fill(canvas, ellipse(x, 34, 13, 13), (120, 120, 120), (190, 190, 190))
    canvas[:, :, 3] = shape
    return canvas


def make_text(state: str, random: np.random.Generator) -> str:
    """Return a made-up plate of the state's everyday layout, in normal form."""
    places = {"@": LETTERS, "#": "0123456789"}
    return "".join(str(random.choice(list(places[place]))) for place in LAYOUTS[state] if place != " ")


LAYOUTS = {"us-or": "### @@@", "us-mo": "@@# @#@", "us-oh": "@@@ ####", "us-ma": "#@@@ ##"}
"""``@`` a letter, ``#`` a digit, a space where the plate has one."""


def _serial(canvas: Image, text: str, state: str, color: tuple[int, int, int]) -> None:
    """Stamp the number: a light edge above, a dark one below, as embossed metal has them."""
    gap = min(LAYOUTS[state].index(" "), len(text))
    spaced = f"{text[:gap]} {text[gap:]}"
    left, top, right, bottom = 48, 112, WIDTH - 48, 272
    face = canvas[:, :, :3].copy()  # strokes need three channels
    write(face, spaced, (left, top - 3, right, bottom - 3), WHITE)
    write(face, spaced, (left, top + 3, right, bottom + 3), (150, 150, 150))
    write(face, spaced, (left, top, right, bottom), color)
    canvas[:, :, :3] = face


def _print(canvas: Image, text: str, middle: float, top: float, height: float, color: Color) -> None:
    face = canvas[:, :, :3].copy()
    half = len(text) * height * 0.5
    write(face, text, (middle - half, top, middle + half, top + height), tuple(map(int, color)), 1.2)  # type: ignore[arg-type]
    canvas[:, :, :3] = face


def _ground(canvas: Image, top: Color, bottom: Color) -> None:
    fill(canvas, [(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], top, bottom)


def _oregon(canvas: Image, text: str) -> None:
    """Pale sky, lavender mountains, a fir between the two groups."""
    _ground(canvas, (245, 225, 205), (215, 232, 240))
    ridge = [(0, 215), (110, 150), (190, 200), (300, 120), (420, 205), (540, 140), (640, 195), (720, 160)]
    fill(canvas, [*ridge, (720, HEIGHT), (0, HEIGHT)], (228, 205, 205), (222, 222, 215))
    fill(canvas, [(0, 290), (240, 262), (480, 285), (720, 258), (720, HEIGHT), (0, HEIGHT)], (190, 215, 195))
    for base, half in ((285, 34), (225, 27), (170, 19)):
        fill(
            canvas,
            [(360, base - 95), (360 + half, base), (360 - half, base)],
            (150, 185, 145),
            (120, 165, 115),
        )
    _print(canvas, "OREGON", 360, 34, 44, NAVY)
    _serial(canvas, text, "us-or", NAVY)


def _missouri(canvas: Image, text: str) -> None:
    """White between a red and a blue wave."""
    _ground(canvas, WHITE, (240, 240, 240))
    x = np.linspace(0, WIDTH, 40)
    upper, lower = 74 + 14 * np.sin(x / 115), 305 + 12 * np.sin(x / 130 + 1)
    fill(canvas, [(0, 0), *zip(x, upper + 12, strict=True), (WIDTH, 0)], (70, 60, 205))
    fill(canvas, [(0, 0), *zip(x, upper, strict=True), (WIDTH, 0)], (175, 95, 40))
    fill(canvas, [(0, HEIGHT), *zip(x, lower, strict=True), (WIDTH, HEIGHT)], (175, 95, 40))
    _print(canvas, "MISSOURI", 360, 30, 36, WHITE)
    _print(canvas, "MADE FOR A DEMONSTRATION", 360, 326, 16, WHITE)
    _serial(canvas, text, "us-mo", (95, 45, 25))


def _ohio(canvas: Image, text: str) -> None:
    """A sunrise over green fields."""
    _ground(canvas, (250, 232, 205), (215, 240, 250))
    for radius, color in ((210, (215, 240, 252)), (165, (190, 232, 252)), (120, (165, 222, 252))):
        fill(canvas, ellipse(360, 300, radius * 1.7, radius), color, opacity=0.7)
    fill(
        canvas,
        [(0, 292), (200, 274), (430, 290), (720, 270), (720, HEIGHT), (0, HEIGHT)],
        (165, 215, 175),
        (130, 190, 140),
    )
    fill(canvas, [(0, 0), (WIDTH, 0), (WIDTH, 82), (0, 82)], (205, 150, 90), (235, 205, 165))
    _print(canvas, "OHIO", 360, 30, 44, WHITE)
    _print(canvas, "SUNRISE OVER THE FIELDS", 360, 312, 18, GREEN)
    _serial(canvas, text, "us-oh", INK)


def _massachusetts(canvas: Image, text: str) -> None:
    """Red on white, the name below."""
    _ground(canvas, WHITE, (242, 242, 242))
    _print(canvas, "MASSACHUSETTS", 360, 34, 36, (150, 70, 30))
    _print(canvas, "A SPIRIT OF OPENNESS", 360, 306, 24, (150, 70, 30))
    _serial(canvas, text, "us-ma", RED)


_DESIGNS: dict[str, Callable[[Image, str], None]] = {
    "us-or": _oregon,
    "us-mo": _missouri,
    "us-oh": _ohio,
    "us-ma": _massachusetts,
}
