"""The receiver behind a socket: uvicorn in a thread of its own, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from alpr_core.errors import ConfigError, StoreError
from alpr_core.files import problem_of_secret
from alpr_core.receiving import app
from alpr_core.receiving.complaints import QUIET, place_of
from alpr_core.receiving.receiver import Receiver

AT_ONCE = 32
"""Connections at a time; further ones are hung up on, for not every sender heeds an answer that says so."""

GRACE = 20
"""Seconds that requests in hand are given at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tls:
    """Files of PEM: the certificate with those that vouch for it, and its private key."""

    certificate: Path
    key: Path


class Impatient(H11Protocol):
    """HTTP/1.1 on one connection, which is cut off where the head of a request does not come in time.

    uvicorn itself waits for it for ever, and so few silent connections would keep everybody else out. How long the
    rest of a message may take is the application's to say. A connection too many is cut off at once.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "hang_up": transport.abort}
        self._waiting = self.loop.call_later(app.PATIENCE, self._cut_off)
        if len(self.connections) > AT_ONCE:
            self.logger.warning("more than %d connections: hung up on the last", AT_ONCE)
            transport.abort()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request."""
        super().on_response_complete()
        self._waiting.cancel()
        self._waiting = self.loop.call_later(app.PATIENCE, self._cut_off)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._waiting.cancel()
        super().connection_lost(exc)

    def _cut_off(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class Quiet(logging.Filter):
    """Lets each thing that uvicorn says pass once a minute, an error by its place alone: its words may hold a plate.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether it is to be logged."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args = f"{type(error).__name__} at {place_of(error)}", ()
        record.exc_info = record.exc_text = None
        now = self._clock()
        if now - self._last.get(record.msg, -math.inf) < QUIET:
            return False
        self._last[record.msg] = now
        return True


class Server:
    """Serves a receiver.

    Args:
        receiver: stores what comes.
        tls: None where a web server before it speaks TLS, or nobody is beyond this machine.

    Raises:
        ConfigError: certificate and key cannot be used, or others may read the key.
    """

    def __init__(self, receiver: Receiver, *, tls: Tls | None = None) -> None:
        self._receiver = receiver
        config = uvicorn.Config(
            app.make_app(receiver),
            loop="asyncio",
            http=Impatient,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE,
            ssl_certfile=None if tls is None else tls.certificate,
            ssl_keyfile=None if tls is None else tls.key,
        )
        # A path may hold a token: whatever handlers somebody adds, none is written down.
        logging.getLogger("uvicorn.access").setLevel(logging.CRITICAL + 1)
        if tls is not None:
            _check(tls)
        try:
            config.load()
        except (OSError, ssl.SSLError) as error:
            raise ConfigError(
                [f"certificate and key cannot be used: {error.strerror or error}"], where="--tls-certificate"
            ) from error
        self._server = uvicorn.Server(config)

    @staticmethod
    def listen(host: str, port: int) -> socket.socket:
        """Return a socket that listens, for `serve`.

        Args:
            host: address, IPv4 or IPv6.
            port: 0 for any that is free.

        Raises:
            StoreError: it cannot be had.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        try:
            return socket.create_server((host, port), family=family)
        except OSError as error:
            raise StoreError(f"{host}, port {port}: nothing can listen there: {error.strerror}") from error

    def serve(self, listening: socket.socket, stop: threading.Event) -> bool:
        """Serve until it is told to stop; return whether it ended because other settings were accepted.

        Args:
            listening: as `listen` made it; it is closed at the end.
            stop: set by whoever wants it to end.

        Raises:
            StoreError: the web server ended by itself.
        """
        said, quiet = logging.getLogger("uvicorn.error"), Quiet()
        said.addFilter(quiet)
        thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, name="receiver")

        def check() -> None:
            if not thread.is_alive():
                raise StoreError("the web server has ended by itself")

        thread.start()
        try:
            outdated = self._receiver.wait(stop, check)
            check()
        finally:
            self._server.should_exit = True
            thread.join()
            listening.close()
            said.removeFilter(quiet)
        return outdated


def _check(tls: Tls) -> None:
    try:
        problem = problem_of_secret(tls.key, tls.key.stat())
    except OSError as error:
        raise ConfigError([f"{tls.key} cannot be read: {error.strerror}"], where="--tls-key") from error
    if problem:
        raise ConfigError([problem], where="--tls-key")
