"""Devices, and the cameras on them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import camera, device


class Devices:
    """The devices inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure_camera(self, name: str, *, kind: str, at: datetime) -> bool:
        """Register the camera, and a device of its own name to carry it; return whether it was new."""
        if self._connection.scalar(sa.select(camera.c.name).where(camera.c.name == name)) is not None:
            return False
        device_id = self._connection.scalar(sa.select(device.c.id).where(device.c.name == name))
        if device_id is None:
            made = self._connection.execute(sa.insert(device).values(name=name, kind=kind, added_at=at))
            device_id = made.inserted_primary_key[0] if made.inserted_primary_key else None
        self._connection.execute(sa.insert(camera).values(name=name, device_id=device_id, added_at=at))
        return True

    def cameras(self) -> list[str]:
        """Return the names of all cameras."""
        return list(self._connection.scalars(sa.select(camera.c.name).order_by(camera.c.name)))
