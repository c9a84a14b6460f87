"""What is said of a message that was not stored, to its sender and in the log: never a word of the message."""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Callable

from alpr_core.errors import AlprError, Denied, InputError, PluginError

logger = logging.getLogger(__name__)

LARGEST = 16 * 1024 * 1024
"""Bytes of a message."""

QUIET = 60.0
"""Seconds in which one kind of answer to one source is logged once."""

LATER = 503
"""The status of what could not be stored now, and is to come again."""


def said_of(error: Exception) -> tuple[int, str, str]:
    """Return the status of HTTP for an error, what its sender is told, and what is logged."""
    if isinstance(error, InputError):  # it quotes nothing of the message
        return 400, error.message, error.message
    if isinstance(error, Denied):
        return 403, "the policy does not allow it", f"denied, ledger entry {error.entry}"
    if isinstance(error, AlprError) and not isinstance(error, PluginError):
        return LATER, "it cannot be stored now", error.message
    said = error.message if isinstance(error, PluginError) else type(error).__name__
    return 500, "this is a defect here", f"{said} at {place_of(error)}"


def place_of(error: BaseException) -> str:
    """Return where an error that was raised comes from, as file and line."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{place.filename}:{place.lineno}"


class Complaints:
    """Logs what was not stored: each kind once in a minute, with how often it was, and without a word of it.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[tuple[str, int], float] = {}
        self._unsaid: dict[tuple[str, int], int] = {}

    def note(self, name: str, status: int, why: str) -> None:
        """Log that a source's message was answered by this status of HTTP, or would have been, and why."""
        kind, now = (name, status), self._clock()
        if kind in self._last and now - self._last[kind] < QUIET:
            self._unsaid[kind] = self._unsaid.get(kind, 0) + 1
            return
        self._last[kind] = now
        more = self._unsaid.pop(kind, 0)
        logger.warning(
            "%s: answered %d, %s%s", name, status, why, f"; {more} more since then" if more else ""
        )
