"""Devices, where they are, and the cameras on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.errors import InputError
from alpr_core.models import Position
from alpr_core.store.tables import Row, camera, device, location_approval

UNREGISTERED = "file"
"""The kind of a device that nobody registered: it came with the first picture of its camera."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A reader.

    Attributes:
        kind: "fixed", "vehicle", "portable"; "file" for one that nobody registered.
        place: where it is, in words.
        moves: how often it was moved.
        in_service_since: UTC, None while it is not in service.
    """

    id: int = 0
    name: str
    kind: str
    place: str
    position: Position | None = None
    moves: int = 0
    added_at: datetime
    in_service_since: datetime | None = None


def check_in_service(carrier: Device | None) -> None:
    """Refuse what a reader sees that is on the register and was not put into service.

    Raises:
        InputError: it is one of those.
    """
    if carrier is not None and carrier.kind != UNREGISTERED and carrier.in_service_since is None:
        raise InputError(
            f"The reader {carrier.name} is registered and not in service, so nothing of it is stored: "
            "alpr-core devices install."
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class LocationApproval:
    """A written approval of where a reader is: of one of its moves.

    Attributes:
        signer: name and office of who signed.
        sha256: of the paper, hexadecimal.
    """

    device_id: int
    moves: int
    signer: str
    signed_on: date
    sha256: str
    recorded_by: str
    recorded_at: datetime


class Devices:
    """The devices inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def ensure_camera(self, name: str, *, kind: str, at: datetime) -> bool:
        """Register the camera, and a device of its own name to carry it; return whether it was new."""
        if self._connection.scalar(sa.select(camera.c.name).where(camera.c.name == name)) is not None:
            return False
        found = self.called(name)
        device_id = (
            self._insert(Device(name=name, kind=kind, place="", added_at=at)) if not found else found.id
        )
        self._connection.execute(sa.insert(camera).values(name=name, device_id=device_id, added_at=at))
        return True

    def cameras(self) -> list[str]:
        """Return the names of all cameras."""
        return list(self._connection.scalars(sa.select(camera.c.name).order_by(camera.c.name)))

    def cameras_of(self, device_id: int) -> list[str]:
        """Return the names of the cameras on a device."""
        query = sa.select(camera.c.name).where(camera.c.device_id == device_id).order_by(camera.c.name)
        return list(self._connection.scalars(query))

    def register(self, one: Device, cameras: Sequence[str]) -> int:
        """Put a reader on the register with its cameras, and return its number.

        One of its name that nobody registered becomes this one; cameras that were on such ones come over.
        """
        found = self.called(one.name)
        if found is None:
            number = self._insert(one)
        else:
            number = found.id
            values = {"kind": one.kind, "place": one.place, **_position(one.position)}
            self._connection.execute(sa.update(device).where(device.c.id == number).values(values))
        for name in cameras:
            self.ensure_camera(name, kind=UNREGISTERED, at=one.added_at)
            chosen = camera.c.name == name
            self._connection.execute(sa.update(camera).where(chosen).values(device_id=number))
        return number

    def called(self, name: str) -> Device | None:
        """Return the device of a name."""
        row = self._connection.execute(sa.select(device).where(device.c.name == name)).mappings().first()
        return None if row is None else _as_device(row)

    def carrying(self, name: str) -> Device | None:
        """Return the device that a camera is on; None for a camera that is not known yet."""
        query = sa.select(device).join(camera, camera.c.device_id == device.c.id).where(camera.c.name == name)
        row = self._connection.execute(query).mappings().first()
        return self.called(name) if row is None else _as_device(row)

    def registered(self) -> list[Device]:
        """Return the readers on the register, by name."""
        query = sa.select(device).where(device.c.kind != UNREGISTERED).order_by(device.c.name)
        return [_as_device(row) for row in self._connection.execute(query).mappings()]

    def move(self, number: int, place: str, position: Position | None) -> None:
        """Note where a reader is now; it is out of service."""
        values = {
            "place": place,
            **_position(position),
            "moves": device.c.moves + 1,
            "in_service_since": None,
        }
        self._connection.execute(sa.update(device).where(device.c.id == number).values(values))

    def take_out_of_service(self, number: int) -> None:
        """Store that a reader is somewhere else than was approved, wherever that is; it stores nothing more."""
        self._connection.execute(
            sa.update(device)
            .where(device.c.id == number)
            .values(in_service_since=None, moves=device.c.moves + 1)
        )

    def put_into_service(self, number: int, at: datetime) -> None:
        """Note that a reader is in service."""
        self._connection.execute(sa.update(device).where(device.c.id == number).values(in_service_since=at))

    def approve(self, one: LocationApproval) -> None:
        """Store the approval of a location."""
        self._connection.execute(
            sa.insert(location_approval).values(
                device_id=one.device_id,
                moves=one.moves,
                signer=one.signer,
                signed_on=one.signed_on.isoformat(),
                sha256=one.sha256,
                recorded_by=one.recorded_by,
                recorded_at=one.recorded_at,
            )
        )

    def approval_of(self, one: Device) -> LocationApproval | None:
        """Return the approval of where a reader is now."""
        query = (
            sa.select(location_approval)
            .where(location_approval.c.device_id == one.id, location_approval.c.moves == one.moves)
            .order_by(location_approval.c.id.desc())
            .limit(1)
        )
        row = self._connection.execute(query).mappings().first()
        if row is None:
            return None
        values = {name: value for name, value in row.items() if name not in ("id", "signed_on")}
        return LocationApproval(**values, signed_on=date.fromisoformat(row["signed_on"]))

    def _insert(self, one: Device) -> int:
        made = self._connection.execute(
            sa.insert(device).values(
                name=one.name,
                kind=one.kind,
                place=one.place,
                added_at=one.added_at,
                **_position(one.position),
            )
        )
        key = made.inserted_primary_key
        return int(key[0]) if key else 0


def _position(position: Position | None) -> dict[str, float | None]:
    return {
        "latitude": position.latitude if position else None,
        "longitude": position.longitude if position else None,
    }


def _as_device(row: Row) -> Device:
    known = row["latitude"] is not None and row["longitude"] is not None
    return Device(
        id=row["id"],
        name=row["name"],
        kind=row["kind"],
        place=row["place"],
        position=Position(latitude=row["latitude"], longitude=row["longitude"]) if known else None,
        moves=row["moves"],
        added_at=row["added_at"],
        in_service_since=row["in_service_since"],
    )
