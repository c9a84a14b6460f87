"""Hits as somebody names them, by their ids: what is there, and what waits for somebody."""

from __future__ import annotations

from alpr_core.errors import InputError, NotFound
from alpr_core.models import Hit, Read
from alpr_core.store.hits import WITHDRAWN
from alpr_core.store.work import Work


def hit_of(work: Work, hit_id: str) -> Hit:
    """Return a hit.

    Raises:
        NotFound: there is none, or its read was purged.
    """
    hit = work.hits.get(hit_id)
    if hit is None:
        raise NotFound("there is no such hit; alpr-core hits list --json shows the ids of those there are")
    return hit


def open_hit(work: Work, hit_id: str) -> Hit:
    """Return a hit that waits for somebody.

    Raises:
        NotFound: there is none.
        InputError: it was withdrawn, or somebody said what became of it.
    """
    hit = hit_of(work, hit_id)
    if hit.disposition == WITHDRAWN:
        raise InputError(
            "This hit was withdrawn: its plate was taken off the hotlist, and nobody is to be stopped for it. What "
            "was done and answered before can still be recorded: hits dispose --reason, hits verify --reported."
        )
    if hit.disposition:
        raise InputError(
            f"Somebody said what became of this hit: {hit.disposition}. It is not verified any more."
        )
    return hit


def read_of(work: Work, hit: Hit) -> Read:
    """Return the read that met the list.

    Raises:
        NotFound: it is gone.
    """
    read = work.reads.get(hit.read)
    if read is None:
        raise NotFound(f"the read {hit.read} of this hit is gone")
    return read
