"""Correcting what was read. What was observed stays: a correction stands beside it, and can be taken back."""

from __future__ import annotations

from dataclasses import replace

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.entries import READ
from alpr_core.errors import InputError, NotFound
from alpr_core.models import Read, ReadKey
from alpr_core.reasons import check_reason
from alpr_core.services.holds import cover_arrivals

ACTION = "read.correct"


def correct_read(
    act: Act, key: ReadKey, plate: str, *, purpose: str = "", case: str = "", reason: str
) -> Read:
    """Write a correction beside the plate that was read, and return the read with both.

    Args:
        act: who corrects it.
        key: the read.
        plate: what stands on the plate, as a person sees it; "" takes the correction that is there back.
        purpose: purpose code of the pack.
        case: case or incident number.
        reason: what makes it so.

    Raises:
        Denied: by the policy.
        NotFound: there is no such read.
        InputError: the plate can be none, is partial, or is what stands there already; or the reason says nothing.
    """
    act.admit(ACTION, purpose=purpose, case=case, reason=reason)
    if not reason.strip():
        raise InputError("A correction needs a reason: what makes it so (--reason).")
    check_reason(reason, purpose)
    wanted = plates.parse(plate) if plate else ""
    if wanted and plates.is_partial(wanted):
        raise InputError("A correction names the whole plate, without ? and *.")
    with act.change(ACTION, purpose=purpose, case=case, reason=reason) as change:
        read = change.work.reads.get(key)
        if read is None:
            raise NotFound(f"no read {key}; reads search shows the keys of what is stored")
        if wanted == (read.corrected or read.plate) or not (wanted or read.corrected):
            raise InputError("That is what stands there already.")
        change.work.reads.correct(key, wanted, by=act.actor.id, at=act.now, entry=change.next_entry)
        change.work.holds.take_in([replace(read, corrected=wanted)])
        held = change.work.holds.touch(key)
        change.record(
            scopes={READ: f"{key.day}/{read.retention_class}"},
            read=str(key),
            withdrawn=not wanted,
            plate=wanted or read.corrected,
        )
    cover_arrivals(act, held)
    return replace(read, corrected=wanted)
