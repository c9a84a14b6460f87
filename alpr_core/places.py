"""Places on the earth: how far two are apart, and the circle around one. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

from alpr_core.errors import InputError

EARTH_RADIUS = 6_371_008.8
"""Metres: the mean radius R1 of the ellipsoid (Moritz, Geodetic Reference System 1980)."""

FARTHEST = 100_000.0
"""Metres: the largest circle that is searched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Position:
    """WGS 84 latitude and longitude in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Circle:
    """What is at most ``radius`` metres from a place (WGS 84, degrees)."""

    latitude: float
    longitude: float
    radius: float

    @classmethod
    def parse(cls, text: str) -> Circle:
        """Read ``LATITUDE,LONGITUDE,METRES``.

        Raises:
            InputError: saying how it is written, or what is out of reach.
        """
        try:
            latitude, longitude, radius = map(float, text.split(","))
        except ValueError as error:
            raise InputError(
                "A place is latitude and longitude in degrees and a distance in metres, as 44.9429,-123.0351,500."
            ) from error
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            raise InputError("A latitude is -90 to 90 degrees, a longitude -180 to 180.")
        if not 0 < radius <= FARTHEST:
            raise InputError(f"A distance is above 0 and at most {FARTHEST:.0f} metres.")
        return cls(latitude, longitude, radius)

    def __str__(self) -> str:
        return f"{self.latitude},{self.longitude},{self.radius}"


def metres(latitude1: float, longitude1: float, latitude2: float, longitude2: float) -> float:
    """Return the distance of two places in degrees on the great circle, by the haversine formula."""
    phi1, phi2 = math.radians(latitude1), math.radians(latitude2)
    half = math.radians(longitude2 - longitude1) / 2
    square = math.sin((phi2 - phi1) / 2) ** 2 + math.cos(phi1) * math.cos(phi2) * math.sin(half) ** 2
    return 2 * EARTH_RADIUS * math.asin(math.sqrt(min(1.0, square)))
