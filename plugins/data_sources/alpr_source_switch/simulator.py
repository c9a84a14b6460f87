"""The simulator: a switch on a socket of this machine, with a real one's faults. Fulfils `alpr_core.Simulator`."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from threading import Event
from types import ModuleType

from alpr_core import InputError, SimulatorSettings
from alpr_source_switch import niem, text
from alpr_source_switch.framing import HELLO, SIMULATED, Frame, FrameKind, Framing
from alpr_source_switch.invented import Inventor
from alpr_source_switch.message import Message
from alpr_source_switch.profile import Profile

DIALECTS: dict[str, ModuleType] = {"nlets-niem": niem, "nlets-text": text}

FAULTS = ("late", "duplicate", "garbled", "half", "silence", "outage", "reorder", "reject")
"""What can go wrong with every query: each reply comes a minute later, or twice, or unreadable; the connection breaks
in the middle of one; none comes; everybody is out of service; the first comes last; everything is rejected."""

LATE = 60.0
"""Seconds by which a late reply is late: most have stopped waiting by then."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing that is sent.

    Attributes:
        delay: seconds after the query.
        content: of the frame.
        breaks: whether the connection breaks in the middle of it.
    """

    delay: float
    content: bytes = field(repr=False)
    breaks: bool = False


class SimulatedSwitch:
    """Answers as a profile's system might.

    Args:
        profile: of that system.
        settings: how it behaves.

    Raises:
        InputError: there is no such dialect, fault or key.
    """

    def __init__(self, profile: Profile, settings: SimulatorSettings) -> None:
        dialect = settings.dialect or next(iter(DIALECTS))
        if dialect not in DIALECTS:
            raise InputError(f"there is no dialect {dialect!r}. There are: {', '.join(DIALECTS)}.")
        if settings.fault and settings.fault not in FAULTS:
            raise InputError(f"there is no fault {settings.fault!r}. There are: {', '.join(FAULTS)}.")
        if strangers := sorted(set(settings.keys) - profile.local):
            raise InputError(
                f"there is no key {strangers[0]!r}. There are: {', '.join(sorted(profile.local)) or 'none'}."
            )
        self._profile = profile
        self._settings = settings
        self._name = dialect
        self._dialect = DIALECTS[dialect]
        self._inventor = Inventor(profile=profile, keys=settings.keys, seed=settings.seed)

    def serve(self, stop: Event, listening: Callable[[int, Sequence[str]], None]) -> None:
        """Serve until ``stop`` is set: see `alpr_core.Simulator`.

        Raises:
            InputError: the port cannot be had.
        """
        asyncio.run(self._serve(stop, listening))

    def outgoing(self, body: bytes) -> Sequence[Outgoing]:
        """Return what is sent for a query that came, () for one that cannot be read: nobody knows whom to tell."""
        try:
            query = self._dialect.decode_query(body)
        except InputError:
            return ()
        return tuple(self._with_fault(query))

    def _with_fault(self, query: Message) -> Iterator[Outgoing]:
        fault = self._settings.fault
        reply = self._inventor.reply(query)
        if fault == "outage":
            reply = self._inventor.down(query)
        elif fault == "reject":
            reply = self._inventor.refused(query, "THE SIMULATOR REJECTS EVERYTHING")
        content = self._dialect.encode_reply(reply)
        delay = self._delay(query)
        if fault == "late":
            yield Outgoing(delay + LATE, content)
        elif fault == "duplicate":
            yield from (Outgoing(delay, content), Outgoing(delay, content))
        elif fault == "garbled":
            yield Outgoing(delay, content[::-1])
        elif fault == "half":
            yield Outgoing(delay, content, breaks=True)
        elif fault != "silence":
            yield Outgoing(delay, content)

    def _delay(self, query: Message) -> float:
        """Return when a query is answered: what is asked first usually first, and last where order is the fault."""
        latency = self._settings.latency
        chance = random.Random(f"{self._settings.seed}/{query.control}/{query.key}")  # noqa: S311
        is_first = query.key not in ("QV", self._settings.keys.get("state_file"))
        moved = (
            (0.5 if is_first else 1.0) if self._settings.fault != "reorder" else (1.5 if is_first else 0.5)
        )
        return latency * moved * (1 + chance.random() / 10)

    # -- the socket ------------------------------------------------------------

    async def _serve(self, stop: Event, listening: Callable[[int, Sequence[str]], None]) -> None:
        try:
            server = await asyncio.start_server(self._speak, "127.0.0.1", self._settings.port)
        except OSError as error:
            raise InputError(f"port {self._settings.port} cannot be had: {error.strerror}") from error
        # Not `async with`: since Python 3.12 its end waits for connections that a client keeps for ever.
        listening(server.sockets[0].getsockname()[1], self._announcement())
        await asyncio.to_thread(stop.wait)
        server.close()

    def _announcement(self) -> list[str]:
        fault = f", fault {self._settings.fault}" if self._settings.fault else ""
        return [
            f"SIMULATED {self._profile.system.title}, {self._name}, seed {self._settings.seed}{fault}.",
            "Every vehicle and person is invented; any plate can be asked, for example:",
            *self._inventor.samples(),
        ]

    async def _speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        framing = self._profile.framing()
        sending: set[asyncio.Task[None]] = set()
        if framing.says_hello:
            writer.write(framing.wrap(Frame(FrameKind.HELLO, HELLO + SIMULATED)))
        try:
            while data := await reader.read(65536):
                for frame in framing.feed(data):
                    if frame.kind is FrameKind.PING:
                        writer.write(framing.wrap(Frame(FrameKind.PONG)))
                    elif frame.kind is FrameKind.MESSAGE:
                        for each in self.outgoing(frame.content):
                            task = asyncio.create_task(_send(framing, writer, each))
                            sending.add(task)
                            task.add_done_callback(sending.discard)
        except (InputError, OSError, asyncio.CancelledError):
            pass  # a stranger, or whoever asked has gone, or the simulator ends
        finally:
            for task in sending:
                task.cancel()
            writer.close()


async def _send(framing: Framing, writer: asyncio.StreamWriter, outgoing: Outgoing) -> None:
    await asyncio.sleep(outgoing.delay)
    if writer.is_closing():
        return
    wire = framing.wrap(Frame(FrameKind.MESSAGE, outgoing.content))
    if outgoing.breaks:
        writer.write(wire[: len(wire) // 2])
        writer.close()
    else:
        writer.write(wire)
