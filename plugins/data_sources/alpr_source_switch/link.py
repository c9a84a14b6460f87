"""One connection to a switch, shared by everybody who asks: a thread of its own, in which asyncio does the waiting.

The connection is made when somebody asks, and stays. What is in flight when it breaks is sent again on the next one,
with the same control field, as often as the options say. Replies go to whoever waits for their control field; what
comes twice, or when nobody waits for it any more, is dropped. Nothing of a message is logged.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import ssl
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from alpr_core import InputError, SourceUnavailable
from alpr_source_switch.framing import Frame, FrameKind, Framing, is_simulated
from alpr_source_switch.message import Message

logger = logging.getLogger(__name__)

MOST_REPLIES = 100
"""To one query: a switch that sends more is out of order, and the rest is dropped."""

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
"""Seconds before a connection is tried again; each pause is twice the one before."""

CLOSING = 5.0
"""Seconds to wait for the thread's end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """Where the switch is, and how it is spoken with.

    Attributes:
        title: of the system, for messages.
        host: name or address.
        port: number.
        tls: what to encrypt with, None for a gateway on this machine.
        server_name: the name in the server's certificate.
        framing: makes the framing of a connection.
        decode: reads a reply.
        ori: the agency's: a reply to anybody else is not ours.
        connect_timeout: seconds for a connection and its hello.
        heartbeat: seconds of silence before it is asked whether somebody is there.
        attempts: how often a query is sent before it counts as failed.
    """

    title: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    server_name: str
    framing: Callable[[], Framing]
    decode: Callable[[bytes], Message]
    ori: str
    connect_timeout: float
    heartbeat: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Received:
    """A reply that came for a query.

    Attributes:
        message: what came.
        simulated: whether a simulator sent it.
        to_all: whether it was sent to everybody, and answers nothing that was asked.
    """

    message: Message
    simulated: bool
    to_all: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """Nothing more comes for a query; why not, as a sentence's end."""

    problem: str


@dataclass(frozen=True, slots=True)
class SentAgain:
    """A connection broke, and everything was sent again on another."""


_CLOSED = Lost("the connection was closed by this program")

_NO_SIMULATOR = Lost("what answers there announces itself as SIMULATED, and a live node asks no simulator")

Inbox = queue.SimpleQueue[Received | SentAgain | Lost]


@dataclass(slots=True, eq=False)
class _Waiting:
    """A query that is in flight."""

    control: str
    bodies: tuple[bytes, ...] = field(repr=False)  # asyncio logs what it calls
    inbox: Inbox = field(repr=False)
    real_only: bool = False
    failures: int = 0
    seen: set[tuple[str, str]] = field(default_factory=set, repr=False)


class Link:
    """The connection. Called from any thread.

    Attributes:
        simulated: whether what answers, or answered last, has announced itself a simulator.
    """

    def __init__(self, line: Line) -> None:
        self.simulated = False
        self._line = line
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._controls: set[str] = set()
        # What follows belongs to the thread.
        self._waiting: dict[str, _Waiting] = {}
        self._wanted = asyncio.Event()
        self._closing = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._framing = line.framing()

    @contextmanager
    def sent(self, control: str, bodies: tuple[bytes, ...], *, real_only: bool = False) -> Iterator[Inbox]:
        """Send messages, and yield where their replies come in; leaving the context gives up waiting.

        Args:
            control: their control field.
            bodies: as they go on the wire, without framing.
            real_only: nothing is sent to whoever announces itself a simulator.

        Raises:
            InputError: another query with this control field is in flight.
            SourceUnavailable: the link is closed.
        """
        with self._lock:
            if control in self._controls:
                raise InputError("a query with this control field is still in flight: each query has its own")
            loop = self._started()
            self._controls.add(control)
        waiting = _Waiting(control, bodies, queue.SimpleQueue(), real_only)
        try:
            if not self._call(loop, self._add, waiting):
                waiting.inbox.put(_CLOSED)
            yield waiting.inbox
        finally:
            self._call(loop, self._remove, waiting)
            with self._lock:
                self._controls.discard(control)

    def close(self) -> None:
        """End: whoever still waits is told. Safe to repeat."""
        with self._lock:
            self._closed = True
            thread, loop = self._thread, self._loop
        if thread is not None and loop is not None:
            self._call(loop, self._closing.set)
            if thread is not threading.current_thread():  # where the garbage collector runs, nobody knows
                thread.join(CLOSING)

    # -- the caller's side -----------------------------------------------------

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise SourceUnavailable(f"the connection to {self._line.title} was closed by this program")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._run, args=(self._loop,), name="switch", daemon=True)
            self._thread.start()
        return self._loop

    @staticmethod
    def _call(loop: asyncio.AbstractEventLoop, function: Callable[..., None], *arguments: object) -> bool:
        """Have the thread call a function soon; return whether there still is a thread."""
        try:
            loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            if not loop.is_closed():
                raise
            return False
        return True

    # -- the thread's side -----------------------------------------------------

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._main())
        finally:
            for waiting in self._waiting.values():
                waiting.inbox.put(_CLOSED)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    async def _main(self) -> None:
        serving = asyncio.create_task(self._serve())
        closing = asyncio.create_task(self._closing.wait())
        done, others = await asyncio.wait({serving, closing}, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for task in done:
            task.result()

    def _add(self, waiting: _Waiting) -> None:
        self._waiting[waiting.control] = waiting
        if self._closing.is_set():
            waiting.inbox.put(_CLOSED)
        elif self._writer is not None:
            self._write(self._writer, waiting)
        self._wanted.set()

    def _remove(self, waiting: _Waiting) -> None:
        if self._waiting.get(waiting.control) is waiting:
            del self._waiting[waiting.control]
        if not self._waiting:
            self._wanted.clear()

    async def _serve(self) -> None:
        pause = FIRST_PAUSE
        while True:
            await self._wanted.wait()
            came = False
            try:
                async with asyncio.timeout(self._line.connect_timeout):
                    reader, writer = await self._connected()
            except (OSError, ValueError) as error:  # ValueError: a host's name that cannot be said in IDNA
                problem = _words(error, self._line)
            else:
                problem, came = await self._talk(reader, writer)
            self._failed(problem)
            pause = FIRST_PAUSE if came else min(2 * pause, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        line = self._line
        name = line.server_name if line.tls is not None else None
        return await asyncio.open_connection(line.host, line.port, ssl=line.tls, server_hostname=name)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, bool]:
        """Speak until the connection ends; return why it did, and whether anything sensible came before."""
        came = False
        try:
            self._framing = self._line.framing()
            if not self._framing.says_hello:
                self._ready(writer, simulated=False)
            async for frame in self._frames(reader, writer):
                came = True
                if self._writer is None:
                    self._ready(writer, simulated=is_simulated(frame))
                elif frame.kind is FrameKind.PING:
                    writer.write(self._framing.wrap(Frame(FrameKind.PONG)))
                elif frame.kind is FrameKind.MESSAGE:
                    self._receive(frame.content)
                del frame  # or the last answer would lie here until the next comes
            return "it closed the connection", came
        except InputError as error:
            return error.message, False
        except OSError as error:
            return _words(error, self._line), came
        except Exception as error:  # noqa: BLE001  a framing may be a stranger's: its defect ends the connection alone
            return f"its framing has a defect: {type(error).__name__}", False
        finally:
            self._writer = None
            await _closed(writer)

    async def _frames(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> AsyncIterator[Frame]:
        """Yield what comes until the other side closes; ask in a silence whether it is there.

        Raises:
            InputError: it is no frame, or nobody is there.
        """
        asked = False
        while True:
            patience = self._line.heartbeat if self._writer is not None else self._line.connect_timeout
            try:
                async with asyncio.timeout(patience):
                    data = await reader.read(65536)
            except TimeoutError:
                if asked or self._writer is None:
                    raise InputError("it is silent") from None
                ping = self._framing.wrap(Frame(FrameKind.PING))
                writer.write(ping)
                asked = bool(ping)
                continue
            if not data:
                return
            asked = False
            frames = self._framing.feed(data)
            del data  # while it waits for more, nothing of what came is left here
            for frame in frames:
                yield frame
                del frame
            del frames

    def _ready(self, writer: asyncio.StreamWriter, *, simulated: bool) -> None:
        """Take the connection into use: everything that waits is sent."""
        self.simulated = simulated
        self._writer = writer
        for waiting in self._waiting.values():
            self._write(writer, waiting)

    def _write(self, writer: asyncio.StreamWriter, waiting: _Waiting) -> None:
        if waiting.real_only and self.simulated:
            waiting.inbox.put(_NO_SIMULATOR)
            return
        if waiting.failures:
            waiting.inbox.put(SentAgain())
        for body in waiting.bodies:
            writer.write(self._framing.wrap(Frame(FrameKind.MESSAGE, body)))

    def _receive(self, content: bytes) -> None:
        try:
            message = self._line.decode(content)
        except InputError as error:
            logger.warning("%s: a reply is left out: %s", self._line.title, error.message)
            return
        to_all = not message.control and message.key == "SM"
        for waiting in list(self._waiting.values()) if to_all else [self._waiting.get(message.control)]:
            if waiting is None or not (to_all or message.destination == self._line.ori):
                logger.info("%s: a reply that nobody waits for is left out", self._line.title)
                continue
            what = (message.key, message.text)
            if what not in waiting.seen and len(waiting.seen) < MOST_REPLIES:
                waiting.seen.add(what)
                waiting.inbox.put(Received(message, self.simulated, to_all))

    def _failed(self, problem: str) -> None:
        """Count a failure for everything in flight, and give up what has failed too often."""
        for waiting in list(self._waiting.values()):
            waiting.failures += 1
            if waiting.failures >= self._line.attempts:
                waiting.inbox.put(Lost(problem))
                self._remove(waiting)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    try:
        async with asyncio.timeout(1):
            await writer.wait_closed()
    except (OSError, TimeoutError):
        writer.transport.abort()


def _words(error: Exception, line: Line) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no encryption could be agreed on: {error.reason or 'it is not spoken there'}"
    if isinstance(error, TimeoutError):
        return f"no connection within {line.connect_timeout:g} s"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno).lower()  # asyncio has other words, with the address in them
    return getattr(error, "strerror", None) or str(error)[:200] or type(error).__name__
