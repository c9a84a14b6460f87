"""Values out of messages that nobody vouches for: each is what it should be, or an `InputError` that quotes none."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from alpr_core import Box, Candidate, InputError, Position, plates

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

LONGEST_TEXT = 256
"""Characters of a name in a message."""

MOST_CANDIDATES = 100
"""Ways to read one plate that are looked at."""

NO_PICTURE = b"no base64"

_REGION = re.compile(r"[a-z]{2}(-[a-z0-9]{1,4})?")


@dataclass(frozen=True, slots=True)
class Cameras:
    """How cameras are called here.

    Args:
        names: by what the other system calls them.
        unnamed: the camera of messages that name none.
    """

    names: Mapping[str, str]
    unnamed: str

    def called(self, written: str) -> str:
        """Return the name that a camera's reads are stored under.

        Raises:
            InputError: the message names none, and no camera is set for those.
        """
        if not written and not self.unnamed:
            raise InputError("it names no camera: set the option camera")
        return self.names.get(written, written or self.unnamed)


def table(value: object, name: str) -> Mapping[str, Any]:
    """Return an object of JSON."""
    if not isinstance(value, Mapping):
        raise InputError(f"{name} is no object")
    return value


def listed(value: object, name: str) -> list[Any]:
    """Return a list of JSON."""
    if not isinstance(value, list):
        raise InputError(f"{name} is no list")
    return value


def text(value: object, name: str) -> str:
    """Return a short text, or a whole number as one; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
        return str(value)
    if not isinstance(value, str):
        raise InputError(f"{name} is no text")
    stripped = value.strip()
    if len(stripped) > LONGEST_TEXT or not stripped.isprintable():
        raise InputError(f"{name} has more than {LONGEST_TEXT} characters, or one that cannot be printed")
    return stripped


def number(value: object, name: str) -> float:
    """Return a number, also one that is written as text.

    Raises:
        InputError: it is none, or not finite.
    """
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            found = float(value)
        except (ValueError, OverflowError):
            found = math.nan
        if math.isfinite(found):
            return found
    raise InputError(f"{name} is no number")


def fraction(value: object, name: str, *, of: float = 1.0) -> float:
    """Return a confidence from 0 to 1, of one that counts from 0 to ``of``; 0 for nothing."""
    if value is None or value == "":
        return 0.0
    found = number(value, name)
    if not 0 <= found <= of:
        raise InputError(f"{name} is not from 0 to {of:g}")
    return found / of


def from_epoch(value: object, name: str, *, units_per_second: int = 1) -> datetime:
    """Return the moment, UTC, that lies so many units after 1970.

    Raises:
        InputError: it is none that a calendar has.
    """
    try:
        return EPOCH + timedelta(microseconds=round(number(value, name) * 1_000_000 / units_per_second))
    except OverflowError:
        raise InputError(f"{name} is no time") from None


def from_iso(value: object, name: str) -> datetime:
    """Return the moment, UTC, of a time in ISO 8601.

    Raises:
        InputError: it is none, or it has no offset: where its clock stands, nobody knows.
    """
    try:
        moment = datetime.fromisoformat(text(value, name))
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(f"{name} is no time") from None
    raise InputError(f"{name} says no offset from UTC")


def plate(value: object, name: str = "the plate") -> str:
    """Return a plate's normal form.

    Raises:
        InputError: nothing is left of it, or more than any plate has.
    """
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise InputError(f"{name} is no short text")
    found = plates.normalize(value)  # a plate of two lines has a line end in it
    if not found or len(found) > plates.LONGEST:
        raise InputError(f"{name} has not 1 to {plates.LONGEST} letters and digits")
    return found


def candidates(best: Candidate, others: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return what a plate may be: the best first, each once, by descending confidence.

    Where the other system chose its best for another reason than its confidence, the ones above it are as sure as it.
    """
    found = {best.text: best}
    for one in sorted(others, key=lambda other: -other.confidence):
        found.setdefault(one.text, Candidate(text=one.text, confidence=min(one.confidence, best.confidence)))
    return tuple(found.values())


def other_candidates(
    value: object, *, confidence: str, of: float = 1.0, name: str = "candidates"
) -> list[Candidate]:
    """Return the further ways to read a plate from a list of objects; one that is no plate is left out."""
    found = []
    for one in listed(value or [], name)[:MOST_CANDIDATES]:
        fields = table(one, name)
        try:
            found.append(
                Candidate(
                    text=plate(fields.get("plate")),
                    confidence=fraction(fields.get(confidence), f"{name}.{confidence}", of=of),
                )
            )
        except InputError:
            continue
    return found


def region(value: object) -> str:
    """Return the code of a state as we write it, ``us-or``; "" for anything else."""
    code = value.strip().lower() if isinstance(value, str) else ""
    return code if _REGION.fullmatch(code) else ""


def position(latitude: object, longitude: object) -> Position | None:
    """Return a place; None where nothing is said, or 0/0, which a receiver without satellites says."""
    if latitude in (None, "") or longitude in (None, ""):
        return None
    found = Position(latitude=number(latitude, "the latitude"), longitude=number(longitude, "the longitude"))
    if not (-90 <= found.latitude <= 90 and -180 <= found.longitude <= 180):
        return None  # an agent that knows no place says -1 or 999
    return None if found.latitude == found.longitude == 0 else found


def rectangle(left: object, top: object, right: object, bottom: object) -> Box:
    """Return the upright box with these edges, px."""
    return Box.rectangle(*(number(one, "the box") for one in (left, top, right, bottom)))


def picture(value: object) -> bytes:
    """Return a picture that is written in base64, b"" for nothing; for what is none, something that is no picture.

    A read is worth more than its picture: it is stored, and the picture is counted among those that were left out.
    """
    if value is None or value == "":
        return b""
    try:
        return (
            base64.b64decode("".join(value.split()), validate=True) if isinstance(value, str) else NO_PICTURE
        )
    except (binascii.Error, ValueError):
        return NO_PICTURE


def pictures(**found: bytes) -> dict[str, bytes]:
    """Return those pictures that are there, by their kind."""
    return {kind: data for kind, data in found.items() if data}
