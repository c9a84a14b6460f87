"""Canvasses: what was seen around a scene, from start to stop, belongs to an incident."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from alpr_core.act import Act
from alpr_core.approval import Approval
from alpr_core.errors import InputError, NotFound
from alpr_core.services.approvals import ask
from alpr_core.store.incidents import Canvass
from alpr_core.typed import one_line

START, STOP, LIST = "canvass.start", "canvass.stop", "canvass.list"

BY_AREA: Mapping[str, object] = {"by_area": True, "names_one": False}
"""What the rules may know of a canvass: it gathers by place, whoever drives there."""

LONGEST_AREA = 200
"""Characters of an area in words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OneCanvass:
    """A canvass, who started it, and how many reads it has so far."""

    canvass: Canvass
    badge: str
    reads: int


def start_canvass(
    act: Act,
    case: str,
    area: str,
    *,
    cameras: Iterable[str] = (),
    purpose: str,
    reason: str = "",
    approval: int = 0,
) -> Canvass:
    """Begin to tie what is seen around a scene to an incident.

    Args:
        act: who canvasses.
        case: case number of an open incident.
        area: where, in words.
        cameras: whose reads belong to it; none: those of all cameras here.
        purpose: purpose code of the pack.
        reason: free text.
        approval: number of the approval that was given for exactly this canvass; it is used.

    Raises:
        Denied: by the policy.
        NotFound: the case has no open incident.
        InputError: the area is not named, or there is no such camera.
    """
    if not approval:  # with one, what it was given for is compared first
        act.admit(START, purpose=purpose, case=case, reason=reason, facts=BY_AREA)
    wanted = _wanted(act, case, area, cameras)
    with act.change(
        START,
        purpose=purpose,
        case=wanted.case,
        reason=reason,
        facts=BY_AREA,
        approval=approval,
        query=_selection(wanted),
    ) as change:
        incident = change.work.incidents.of_case(wanted.case)
        if incident is None or incident.closed_at is not None:
            raise NotFound("this case has no open incident; open it first: alpr-core incidents open")
        strangers = set(wanted.cameras) - set(change.work.devices.cameras())
        if strangers:
            raise InputError(f"No read came from {', '.join(map(ascii, sorted(strangers)))} yet; see status.")
        wanted = replace(wanted, id=change.work.incidents.start_canvass(incident.id, wanted))
        change.record(
            scopes=None,
            canvass=wanted.id,
            incident=incident.id,
            cameras=len(wanted.cameras),
            area=wanted.area,
        )
        if wanted.cameras:
            change.record(camera=list(wanted.cameras))
    return wanted


def ask_to_canvass(
    act: Act, case: str, area: str, *, cameras: Iterable[str] = (), purpose: str, reason: str = ""
) -> Approval:
    """Ask for the approval of exactly this canvass, and return the request with its number.

    Args and errors as `start_canvass`; InputError also where it needs no approval.
    """
    act.admit("approval.request", reason=reason)
    wanted = _wanted(act, case, area, cameras)
    return ask(
        act,
        START,
        purpose=purpose,
        case=wanted.case,
        reason=reason,
        query=_selection(wanted),
        facts=BY_AREA,
    )


def stop_canvass(act: Act, number: int, *, reason: str = "") -> OneCanvass:
    """End a canvass, and return it with what it has.

    Raises:
        Denied: by the policy.
        NotFound: there is none of this number that goes on.
    """
    act.admit(STOP, reason=reason)
    with act.change(STOP, reason=reason) as change:
        found = change.work.incidents.canvass(number)
        if found is None or found.stopped_at is not None:
            raise NotFound(f"no canvass {number} goes on; alpr-core canvass list shows them")
        ended = replace(found, stopped_at=act.now)
        change.work.incidents.stop_canvass(number, act.now)
        reads = change.work.incidents.reads_of(ended)
        change.record(canvass=number, reads=reads)
        badge = change.work.people.badges().get(ended.started_by, "")
    return OneCanvass(canvass=ended, badge=badge, reads=reads)


def list_canvasses(act: Act, case: str = "") -> list[OneCanvass]:
    """Return the canvasses, newest first, of one case or of all.

    Raises:
        Denied: by the policy.
    """
    with act.look(LIST) as look:
        incidents, badges = look.work.incidents, look.work.people.badges()
        found = [
            OneCanvass(canvass=one, badge=badges.get(one.started_by, ""), reads=incidents.reads_of(one))
            for one in incidents.canvasses(case)
        ]
        look.record(count=len(found))
    return found


def _wanted(act: Act, case: str, area: str, cameras: Iterable[str]) -> Canvass:
    return Canvass(
        case=case.strip(),
        area=one_line(area, "where (--area)", longest=LONGEST_AREA),
        cameras=tuple(sorted(set(cameras))),
        started_by=act.actor.id,
        started_at=act.now,
    )


def _selection(wanted: Canvass) -> str:
    """Return what is canvassed as text: an approval is for exactly that."""
    return json.dumps({"area": wanted.area, "cameras": list(wanted.cameras)}, sort_keys=True)
