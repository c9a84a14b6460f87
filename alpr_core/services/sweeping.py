"""Removing the files of images whose keys are destroyed, and those that no read ever had."""

from __future__ import annotations

from datetime import timedelta

from alpr_core.act import Act

SWEEP = "image.sweep"

STRAY_AFTER = timedelta(days=1)
"""A file that no read mentions for so long belongs to a capture that was cut off."""

CHUNK = 1000
"""Names that are looked up at a time."""


def sweep_images(act: Act) -> tuple[int, int]:
    """Remove the files that nobody can open any more; return how many, and how many strays beside them.

    What they held is unreadable since their keys were erased: this gives the disk its room back.

    Raises:
        StoreError: a file cannot be removed.
    """
    waiting = act.images_to_sweep()
    for name in waiting.values():
        act.images.remove(name)
    strays, some = 0, []
    for name in act.images.older_than(act.now - STRAY_AFTER):
        some.append(name)
        if len(some) >= CHUNK:
            strays += _remove_strays(act, some)
            some = []
    strays += _remove_strays(act, some)
    if waiting or strays:
        act.report(
            SWEEP, count=len(waiting), strays=strays, write=lambda work: work.sweeping.done([*waiting])
        )
    return len(waiting), strays


def _remove_strays(act: Act, names: list[str]) -> int:
    return sum(act.images.remove(name) for name in act.strays(names))
