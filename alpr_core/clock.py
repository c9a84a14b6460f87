"""What time it is. Everything that needs to know asks a clock, so that tests and the demo can set one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

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
