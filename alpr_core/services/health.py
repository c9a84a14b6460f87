"""How the parts of a node do that nobody looks at every day: accounts, hotlists, cameras, the disk.

Each look tells whom it concerns what it found, and returns the counts; it changes nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from alpr_core.act import Act
from alpr_core.errors import StoreError
from alpr_core.services.login import UNUSED_FOR
from alpr_core.services.notices import tell
from alpr_core.store.hotlists import stale_lists

SILENT_AFTER = timedelta(days=1)
"""A camera that has read nothing for so long is looked at."""

LOW_PERCENT, LOW_MIB = 5, 2048
"""With less than either of it left, a disk is nearly full."""

_MIB = 1 << 20
_USUAL: Mapping[str, timedelta] = {}


def review_accounts(act: Act) -> Mapping[str, int]:
    """Count the accounts that are open, and those of them that nobody has logged in to for 90 days.

    Raises:
        Denied: by the policy.
    """
    with act.look("person.list") as look:
        active = [person for person in look.work.people.all() if person.is_active(act.now)]
        logins, since = look.work.logins, act.now - UNUSED_FOR
        unused = [one for one in active if logins.of(one.id).last_used(one.added_at) <= since]
        look.record(count=len(active))
    if unused:
        tell(act, "accounts.unused", count=len(unused))
    return {"accounts": len(active), "unused": len(unused)}


def review_hotlists(act: Act, *, fresh: Mapping[str, timedelta] = _USUAL) -> Mapping[str, int]:
    """Count the hotlists, and those from imports that are older than they may be.

    Args:
        act: who looks.
        fresh: how old a list may be, by its name; one that was never imported is too old.

    Raises:
        Denied: by the policy.
    """
    with act.look("hotlist.list") as look:
        found = look.work.hotlists.summaries()
        look.record(count=len(found))
    stale = stale_lists(found, act.now, fresh)
    if stale:
        tell(act, "hotlist.stale", count=len(stale))
    return {"hotlists": len(found), "stale": len(stale)}


def review_cameras(act: Act) -> Mapping[str, int]:
    """Count the cameras on readers in service, and those of them that have read nothing for a day.

    Raises:
        Denied: by the policy.
    """
    since = act.now - SILENT_AFTER
    with act.look("device.list") as look:
        devices = look.work.devices
        readers = [
            one for one in devices.registered() if one.in_service_since and one.in_service_since <= since
        ]
        cameras = {camera for one in readers for camera in devices.cameras_of(one.id)}
        silent = cameras - look.work.reads.cameras_since(since)
        look.record(count=len(readers))
    if silent:
        tell(act, "camera.silent", count=len(silent))
    return {"cameras": len(cameras), "silent": len(silent)}


def review_disk(act: Act, folder: Path) -> Mapping[str, int]:
    """Return how many MiB, and how much per cent, are left of the disk that a folder of the node is on.

    Raises:
        Denied: by the policy.
        StoreError: it cannot be asked.
    """
    with act.look("status.show"):
        try:
            usage = shutil.disk_usage(folder)
        except OSError as error:
            raise StoreError(f"{folder}: the disk cannot be asked: {error.strerror}") from error
    left, percent = usage.free // _MIB, 100 * usage.free // usage.total
    if left < LOW_MIB or percent < LOW_PERCENT:
        tell(act, "disk.low", count=left)
    return {"free_mib": left, "free_percent": percent}
