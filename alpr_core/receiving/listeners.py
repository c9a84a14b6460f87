"""The sources that fetch their messages themselves, each in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from alpr_core.errors import StoreError
from alpr_core.interfaces import SubscribingSource
from alpr_core.receiving.complaints import LARGEST, LATER, Complaints, place_of, said_of
from alpr_core.receiving.receiver import Receiver

logger = logging.getLogger(__name__)

PAUSE = 60.0
"""Seconds after which a source that has ended by a defect of its own is begun anew."""

GRACE = 20.0
"""Seconds that a source has to end in."""


class Listeners:
    """Has every such source of a receiver listen, as long as its ``with`` block runs.

    Args:
        receiver: stores what comes.
    """

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._complaints = Complaints()
        self._stop = threading.Event()
        self._threads = [
            # Whatever a plugin does, the process can end: what was not acknowledged comes again.
            threading.Thread(target=self._listen, args=(name, source), name=f"listen-{name}", daemon=True)
            for name, source in receiver.subscribing.items()
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(GRACE)
            if thread.is_alive():
                logger.warning("%s does not end within %.0f s, and is left to itself", thread.name, GRACE)

    def _listen(self, name: str, source: SubscribingSource) -> None:
        take: Callable[[bytes], None] = partial(self._take, name)
        while not self._stop.is_set():
            try:
                source.listen(take, self._stop)
                why = "it ended by itself"
            except Exception as error:  # noqa: BLE001  a plugin's; its words may hold a plate
                why = f"{type(error).__name__} at {place_of(error)}"
            if not self._stop.is_set():
                logger.error("%s does not listen any more, and begins anew in %.0f s: %s", name, PAUSE, why)
                self._stop.wait(PAUSE)

    def _take(self, name: str, content: bytes) -> None:
        """Store what a message holds, or log why it never will be; so that one bad message stops no other.

        Raises:
            StoreError: it cannot be stored now.
        """
        if len(content) > LARGEST:
            self._complaints.note(name, 413, f"a message has at most {LARGEST:,} bytes")
            return
        try:
            taken = self._receiver.take(name, content, "")
        except Exception as error:  # noqa: BLE001  its words may hold a plate
            status, said, why = said_of(error)
            self._complaints.note(name, status, why)
            if status == LATER:
                raise StoreError(said) from None
            return
        if taken.rejected:
            self._complaints.note(name, 422, f"{len(taken.rejected)} of its reads cannot be stored")
