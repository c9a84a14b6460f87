"""Which text is a plate: by its shape, its characters and what stands around it; never by what it says.

Everything here is about plates in general. A picture of a street is full of other text: signs, telephone
numbers, the clock that a camera writes into the corner, makes and models, the dealer's name around the plate
and the state's name on it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from alpr_core import plates
from alpr_recognizer_rapidocr.lines import Line

LENGTHS = range(4, 9)
"""Characters on a plate."""

LOWEST = 10.0
"""Lines less high than this cannot be read, px."""

ASPECTS = (1.4, 7.0)
"""Width of a plate's line of characters for its height: from a short plate seen from the side to a long
European one."""

STEEPEST = 0.7
"""Sine of the tilt up to which a line may be a plate's."""

DIGITS_ALONE = 0.5
"""Digits without letters are the shape of clocks, prices and house numbers too: one reading needs at least
this probability, and plates of digits have no hyphens or colons."""


@dataclass(frozen=True)
class Plate:
    """A line that is a plate.

    Attributes:
        line: where its characters are.
        texts: strings of a plate's shape with their probabilities, the most probable first.
        raw: the text as it stands there.
    """

    line: Line
    texts: Mapping[str, float]
    raw: str

    @property
    def legible(self) -> float:
        """Probability that the line holds text of a plate's shape."""
        return min(1.0, sum(self.texts.values()))

    @property
    def likeness(self) -> float:
        """How good a plate this is, beside another in the same place: texts that have a layout count more."""
        return sum(p * (1.0 if plates.matches(text) else 0.25) for text, p in self.texts.items())


def could_be_plate(line: Line) -> bool:
    """Say whether a line has the size, the proportions and the tilt of a plate's characters."""
    least, most = ASPECTS
    return (
        line.height >= LOWEST
        and least <= line.width / line.height <= most
        and bool(abs(line.along[1]) <= STEEPEST)
        and bool(line.along[0] > 0)
    )


def plate_in(line: Line, strings: Mapping[str, float], raw: str, least: float) -> Plate | None:
    """Return the plate that a line holds, or None.

    Args:
        line: where the text is.
        strings: what it may say over A-Z and 0-9, with probabilities.
        raw: the text as it stands there, of whatever script and case.
        least: the least probability that it has a plate's shape.
    """
    if not _written_like_a_plate(raw):
        return None
    shaped = sorted(
        ((text, p) for text, p in strings.items() if _has_plate_shape(text)), key=lambda item: -item[1]
    )
    plate = Plate(line, dict(shaped), raw)
    if not shaped or plate.legible < least:
        return None
    best, probability = shaped[0]
    if best.isdigit() and (probability < DIGITS_ALONE or re.search(r"\d\W+\d", raw.replace(" ", ""))):
        return None
    return plate


def without_neighbours(found: Sequence[Plate]) -> list[Plate]:
    """Return the plates without those that share their place with a better one.

    Two lines share a place when one's middle lies in the other, or when the smaller stands right above or
    below the larger one's characters: that is the sticker, the state's name or the dealer's.
    """
    kept: list[Plate] = []
    for plate in sorted(found, key=lambda plate: -plate.likeness):
        if not any(_same_place(plate.line, other.line) for other in kept):
            kept.append(plate)
    return kept


def _has_plate_shape(text: str) -> bool:
    if len(text) not in LENGTHS or text.isalpha():
        return False
    return len(text) > min(LENGTHS) or not text.isdigit()


def _written_like_a_plate(raw: str) -> bool:
    letters = [character for character in raw if character.isalpha()]
    lower = sum(character.islower() for character in letters)
    separators = re.findall(r"[^\w\s]+", raw)
    return lower <= len(letters) / 2 and len(separators) <= 2 and ":" not in raw[1:-1].strip()


def _same_place(one: Line, other: Line) -> bool:
    return _lies_in(one, other) or _lies_in(other, one) or _stacked(one, other) or _stacked(other, one)


def _offset(line: Line, middle: Line) -> tuple[float, float]:
    """How far a line's middle is from another's, along and across it, px."""
    offset = line.centre - middle.centre
    return abs(float(np.dot(offset, middle.along))), abs(float(np.dot(offset, middle.down)))


def _lies_in(line: Line, other: Line) -> bool:
    along, across = _offset(line, other)
    return along <= other.width / 2 and across <= other.height / 2


def _stacked(small: Line, large: Line) -> bool:
    along, across = _offset(small, large)
    return small.height < 0.75 * large.height and along <= 0.6 * large.width and across <= 1.2 * large.height
