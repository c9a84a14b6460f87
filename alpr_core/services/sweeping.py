"""Removing the files of images whose keys are destroyed, and those that no read ever had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from alpr_core.act import Act
from alpr_core.store.sweeping import Swept

SWEEP = "image.sweep"

STRAY_AFTER = timedelta(days=1)
"""A file that no read mentions for so long belongs to a capture that was cut off."""

CHUNK = 5000
"""Files that are removed with one entry: whoever writes meanwhile waits for their notes to go."""


def sweep_images(act: Act) -> tuple[int, int]:
    """Remove the files that nobody can open any more; return how many, and how many strays beside them.

    What they held is unreadable since their keys were erased: this gives the disk its room back.

    Raises:
        StoreError: a file cannot be removed.
    """
    swept = 0
    while waiting := act.images_to_sweep(CHUNK):
        for one in waiting:
            act.images.remove(one.day, one.name)
        _report(act, waiting, strays=0)
        swept += len(waiting)
    strays = sum(
        act.images.remove(day, name)
        for day, names in act.images.older_than(act.now - STRAY_AFTER)
        for name in act.strays(day, names)
    )
    if strays:
        _report(act, [], strays=strays)
    return swept, strays


def _report(act: Act, files: Sequence[Swept], *, strays: int) -> None:
    act.report(SWEEP, count=len(files), strays=strays, write=lambda work: work.sweeping.done(files))
