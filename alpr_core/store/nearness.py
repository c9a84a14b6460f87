"""Reads near a place: a box around it, which an index finds, then the distance on the great circle."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from alpr_core.places import EARTH_RADIUS, Circle
from alpr_core.store.tables import read


def given_box(near: Circle) -> dict[str, Any]:
    """Return what the statements of a search near a place are given.

    Beyond the 180th meridian the box goes on at the other side, as a second stretch of longitudes; around a pole it
    is every longitude.
    """
    latitude, longitude = near.latitude, near.longitude
    high = math.degrees(near.radius / EARTH_RADIUS) * (1 + 1e-9)
    low_latitude, high_latitude = latitude - high, latitude + high
    stretch = (-180.0, 180.0)
    if low_latitude > -90 and high_latitude < 90:
        wide = math.degrees(
            math.asin(min(1.0, math.sin(math.radians(high)) / math.cos(math.radians(latitude))))
        ) * (1 + 1e-9)
        stretch = (longitude - wide, longitude + wide)
    return {
        "near_latitude": latitude,
        "near_longitude": longitude,
        "near_metres": near.radius,
        "south": low_latitude,
        "north": high_latitude,
        "west": stretch[0],
        "east": stretch[1],
        "other_west": stretch[0] + 360,
        "other_east": stretch[1] - 360,
    }


def within_box() -> sa.ColumnElement[bool]:
    """Return the condition that a read is in the box."""
    longitude = read.c.longitude
    return sa.and_(
        read.c.latitude.between(_float("south"), _float("north")),
        sa.or_(
            longitude.between(_float("west"), _float("east")),
            longitude >= _float("other_west"),
            longitude <= _float("other_east"),
        ),
    )


def within_metres(dialect: str) -> sa.ColumnElement[bool]:
    """Return the condition that a read is near enough. SQLite may lack sines: `engine` gives it our own function."""
    here = (read.c.latitude, read.c.longitude, _float("near_latitude"), _float("near_longitude"))
    if dialect == "sqlite":
        return sa.func.alpr_metres(*here, type_=sa.Float) <= _float("near_metres")
    latitude1, longitude1, latitude2, longitude2 = map(sa.func.radians, here)
    square = sa.func.power(sa.func.sin((latitude2 - latitude1) / 2), 2) + sa.func.cos(
        latitude1
    ) * sa.func.cos(latitude2) * sa.func.power(sa.func.sin((longitude2 - longitude1) / 2), 2)
    far = 2 * EARTH_RADIUS * sa.func.asin(sa.func.sqrt(sa.func.least(1.0, square)))
    return far <= _float("near_metres")


def _float(name: str) -> sa.BindParameter[float]:
    return sa.bindparam(name, type_=sa.Float)
