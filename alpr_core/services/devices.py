"""The register of readers: where each is, whether that was approved in writing, and whether it is in service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from alpr_core.act import Act
from alpr_core.errors import InputError, NotFound
from alpr_core.files import sha256_of
from alpr_core.models import Position
from alpr_core.recording import Facts
from alpr_core.store.devices import UNREGISTERED, Device, LocationApproval
from alpr_core.store.work import Work
from alpr_core.typed import one_line

ADD, APPROVE, INSTALL, MOVE, LIST = (
    "device.add",
    "device.approve",
    "device.install",
    "device.move",
    "device.list",
)

KINDS = ("fixed", "vehicle", "portable")
LONGEST_NAME, LONGEST_PLACE = 128, 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A reader with its cameras, and the approval of where it is, None if there is none."""

    device: Device
    cameras: tuple[str, ...]
    approval: LocationApproval | None


def add_device(
    act: Act,
    name: str,
    *,
    kind: str,
    place: str,
    position: Position | None = None,
    cameras: Sequence[str] = (),
) -> Device:
    """Put a reader on the register. It stores nothing before it is in service (`install_device`).

    Args:
        act: who registers it.
        name: its name.
        kind: "fixed", "vehicle" or "portable".
        place: where it is, in words; of a car, where in the car.
        position: WGS 84, if it stays there.
        cameras: names of its cameras; its own name, if none is named.

    Raises:
        Denied: by the policy.
        InputError: there is one of this name, or something about it cannot be.
    """
    act.admit(ADD)
    if kind not in KINDS:
        raise InputError(f"A reader is one of: {', '.join(KINDS)}.")
    names = [one_line(one, "how it is called", longest=LONGEST_NAME) for one in (name, *cameras)]
    one = Device(name=names[0], kind=kind, place=_place(place), position=position, added_at=act.now)
    with act.change(ADD) as change:
        found = change.work.devices.called(one.name)
        if found is not None and found.kind != UNREGISTERED:
            raise InputError(f"There is a reader {one.name} already; alpr-core devices list shows it.")
        number = change.work.devices.register(one, names[1:] or names)
        change.record(
            scopes=None, device=number, type=kind, cameras=len(names[1:]) or 1, name=one.name, place=one.place
        )
    return replace(one, id=number)


def approve_location(act: Act, name: str, paper: Path, *, signer: str, signed_on: date) -> LocationApproval:
    """Put the written approval of where a reader is on record. It ends when the reader is moved.

    Args:
        act: who records it.
        name: the reader's.
        paper: the scan of what was signed; its hash goes on record.
        signer: name and office of who signed.
        signed_on: the day of the signature.

    Raises:
        Denied: by the policy.
        NotFound: there is no such reader.
        InputError: signer or day cannot be, or the paper cannot be read.
    """
    act.admit(APPROVE)
    signer = one_line(signer, "who signed, name and office (--by)", longest=200)
    if signed_on > act.gate.policy.day(act.now):
        raise InputError("The day of the signature lies ahead.")
    sha256 = sha256_of(paper)
    with act.change(APPROVE) as change:
        device = _registered(change.work, name)
        one = LocationApproval(
            device_id=device.id,
            moves=device.moves,
            signer=signer,
            signed_on=signed_on,
            sha256=sha256,
            recorded_by=act.actor.id,
            recorded_at=act.now,
        )
        change.work.devices.approve(one)
        change.record(device=device.id, signer=signer, sha256=sha256, place=device.place)
    return one


def install_device(act: Act, name: str, *, reason: str = "") -> Reader:
    """Put a reader into service where it is.

    Args:
        act: who installs it.
        name: the reader's.
        reason: why, where its location was not approved and the policy asks for that.

    Raises:
        Denied: by the policy.
        NotFound: there is no such reader.
        InputError: it is in service already.
    """

    def facts(work: Work) -> Facts:
        device = work.devices.called(name)
        return {"location_approved": device is not None and work.devices.approval_of(device) is not None}

    act.admit(INSTALL, reason=reason, look_up=facts)
    with act.change(INSTALL, reason=reason, look_up=facts) as change:
        device = _registered(change.work, name)
        if device.in_service_since is not None:
            raise InputError(f"{name} is in service already.")
        approval = change.work.devices.approval_of(device)
        change.work.devices.put_into_service(device.id, act.now)
        change.record(device=device.id, approved=approval is not None, place=device.place)
        cameras = tuple(change.work.devices.cameras_of(device.id))
    return Reader(device=replace(device, in_service_since=act.now), cameras=cameras, approval=approval)


def move_device(
    act: Act, name: str, place: str, *, position: Position | None = None, reason: str = ""
) -> Device:
    """Note where a reader is now. It is out of service, and the approval of its former location has ended.

    Raises:
        Denied: by the policy.
        NotFound: there is no such reader.
        InputError: the place cannot be.
    """
    act.admit(MOVE, reason=reason)
    place = _place(place)
    with act.change(MOVE, reason=reason) as change:
        device = _registered(change.work, name)
        change.work.devices.move(device.id, place, position)
        change.record(device=device.id, place=place)
    return replace(device, place=place, position=position, moves=device.moves + 1, in_service_since=None)


def list_devices(act: Act) -> list[Reader]:
    """Return the register, by name.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        devices = look.work.devices
        found = [
            Reader(device=one, cameras=tuple(devices.cameras_of(one.id)), approval=devices.approval_of(one))
            for one in devices.registered()
        ]
        look.record(count=len(found))
    return found


def _registered(work: Work, name: str) -> Device:
    device = work.devices.called(name)
    if device is None or device.kind == UNREGISTERED:
        raise NotFound("there is no reader of this name on the register; alpr-core devices list shows them")
    return device


def _place(place: str) -> str:
    return one_line(place, "where it is (--place)", longest=LONGEST_PLACE)
