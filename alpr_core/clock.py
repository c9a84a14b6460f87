"""What time it is. Everything that needs to know asks a clock, so that tests and the demo can set one."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

Clock = Callable[[], datetime]
"""Returns now: timezone-aware, UTC, microseconds."""


def system_clock() -> datetime:
    """Return this machine's time in UTC."""
    return datetime.now(UTC)


def require_utc(moment: datetime, what: str) -> datetime:
    """Return ``moment`` in UTC.

    Raises:
        ValueError: if it has no timezone: a naive time is a bug, never a guess.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{what} has no timezone: {moment!r}")
    return moment.astimezone(UTC)


TOLERANCE = timedelta(seconds=5)
"""So far a clock may be set back without a word: time servers do that."""

LONGEST_SILENCE: Mapping[str, timedelta] = MappingProxyType(
    {"server": timedelta(days=1), "vehicle": timedelta(days=7)}
)
"""How far a clock may run ahead of what the ledger proves before a person has to confirm it, by the node's role.

A server writes entries every few hours by itself. A vehicle may stand for some days.
"""


@dataclass(frozen=True, slots=True)
class Trusted:
    """What time it is at least, and what is the matter with the clock.

    Attributes:
        at: the time that may be relied on, UTC.
        behind: how far the clock reads before what has been proven to have passed.
        leap: how far it reads beyond that, where that is too far to be believed.
    """

    at: datetime
    behind: timedelta = timedelta()
    leap: timedelta = timedelta()

    @property
    def trouble(self) -> str:
        """What is the matter: "back", "leap", or "" for nothing."""
        if self.behind > TOLERANCE:
            return "back"
        return "leap" if self.leap else ""


def trusted_now(clock_now: datetime, newest_entry_at: datetime, longest_silence: timedelta) -> Trusted:
    """Return the time by which it is decided what is due.

    A clock that was set back keeps nothing late: what the ledger's entries prove to have passed has passed. One that
    leapt destroys nothing early: beyond the longest silence only what is proven counts, until a person confirms it.

    Args:
        clock_now: what the clock reads.
        newest_entry_at: the newest time that has been proven.
        longest_silence: how far the clock may be ahead of that.
    """
    ahead = clock_now - newest_entry_at
    if ahead < timedelta():
        return Trusted(newest_entry_at, behind=-ahead)
    if ahead > longest_silence:
        return Trusted(newest_entry_at, leap=ahead)
    return Trusted(clock_now)


def booted_at(now: datetime) -> datetime:
    """Return when this machine was started, by the clock that reads ``now``."""
    return now - timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))
