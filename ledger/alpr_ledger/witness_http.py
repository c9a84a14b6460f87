"""A witness over HTTP, and asking one: C2SP tlog-witness by the standard library alone."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from . import __version__
from .errors import LedgerError, Unreachable, WitnessError
from .note import MAX_NOTE
from .outgoing import SECONDS, host, send
from .proof import ConsistencyProof
from .text import decode_decimal
from .witness import MAX_REQUEST, NOT_FOUND, TEXT, Answer, Witness, origin_hash

_TOO_LARGE, _LENGTH_REQUIRED, _BROKEN = 413, 411, 500


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness: ``POST /add-checkpoint`` and ``GET /<SHA-256 of the origin>/checkpoint``.

    It speaks plain HTTP: a web server before it adds TLS. Its address is in ``server_address`` once it is made.

    Args:
        witness: answers.
        host: address to listen on.
        port: 0 for any that is free.
    """

    daemon_threads = True

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        super().__init__((host, port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"  # keeps connections alive
    server_version = f"alpr-ledger/{__version__}"
    sys_version = ""
    timeout = SECONDS

    def do_POST(self) -> None:
        length = decode_decimal(self.headers.get("Content-Length") or "-")
        if length is None or length > MAX_REQUEST:
            self.close_connection = True  # the body stays unread
            self._answer(Answer(_LENGTH_REQUIRED if length is None else _TOO_LARGE, b""))
            return
        body = self.rfile.read(length)
        if self.path != "/add-checkpoint":
            self._answer(Answer(NOT_FOUND, b""))
            return
        try:
            self._answer(self.server.witness.add_checkpoint(body))
        except LedgerError as error:
            self._broken(error)

    def do_GET(self) -> None:
        name, slash, rest = self.path.removeprefix("/").partition("/")
        try:
            note = self.server.witness.checkpoint(name) if (slash, rest) == ("/", "checkpoint") else None
        except LedgerError as error:
            self._broken(error)
            return
        self._answer(Answer(NOT_FOUND, b"") if note is None else Answer(200, note))

    def _broken(self, error: LedgerError) -> None:
        self.log_message("%s", error)
        self._answer(Answer(_BROKEN, b"the witness cannot use its state; it signs nothing\n", TEXT))

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        text = ascii(format % args)[1:-1]  # a request's line may try to drive the terminal
        sys.stderr.write(f"{self.log_date_time_string()} {self.client_address[0]} {text}\n")


def submit(url: str, request: ConsistencyProof) -> Answer:
    """Send a request to a witness.

    Args:
        url: the witness's submission prefix.
        request: what to cosign.

    Raises:
        WitnessError: it cannot be reached. That it refuses is an answer.
    """
    return _call(url, "add-checkpoint", request.to_bytes(), SECONDS)


def fetch_checkpoint(url: str, origin: str, *, seconds: float = SECONDS) -> bytes | None:
    """The checkpoint that a witness cosigned last, unverified; None where it never did.

    Args:
        url: the witness's monitoring prefix.
        origin: of the log.
        seconds: how long to wait for it, at each step of the way and for the whole of its answer.

    Raises:
        WitnessError: it cannot be reached, or does not answer this.
    """
    answer = _call(url, f"{origin_hash(origin)}/checkpoint", None, seconds)
    if answer.status == NOT_FOUND:
        return None
    if answer.status != 200:
        raise WitnessError(f"{host(url)} answered {answer.status}", status=answer.status)
    return answer.body


def _call(url: str, path: str, body: bytes | None, seconds: float) -> Answer:
    try:
        reply = send(f"{url.rstrip('/')}/{path}", body, content_type=TEXT, limit=MAX_NOTE, seconds=seconds)
    except Unreachable as error:
        raise WitnessError(str(error)) from None
    return Answer(reply.status, reply.body, reply.content_type)
