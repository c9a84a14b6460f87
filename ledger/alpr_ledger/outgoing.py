"""One request to somebody outside, over HTTP by the standard library alone: a witness, a time-stamping authority.

What is sent to a party goes to that party: redirects are not followed. What comes back is bounded, and unverified.
"""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from . import __version__
from .errors import Unreachable

SECONDS = 30.0
"""Nobody waits longer for the other side."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes:
        status: HTTP status.
        body: at most as many bytes as the caller allowed.
        content_type: as the other side calls it.
    """

    status: int
    body: bytes
    content_type: str


def send(url: str, body: bytes | None, *, content_type: str, limit: int, seconds: float = SECONDS) -> Reply:
    """Send a request, and wait for its answer. That the other side refuses is an answer.

    Args:
        url: ``https://`` or ``http://``.
        body: what to POST; None to GET.
        content_type: of the body.
        limit: largest answer that is taken, bytes.
        seconds: how long to wait, at each step of the way and for the whole of the answer's body.

    Raises:
        Unreachable: there is no answer, or a longer or slower one.
    """
    if not url.startswith(("https://", "http://")):
        raise Unreachable(f"a URL to ask begins with https:// or http://, not {url[:60]!r}")
    try:
        request = urllib.request.Request(  # noqa: S310 - https or http, as just checked
            url,
            data=body,
            headers={"User-Agent": f"alpr-ledger/{__version__}", "Content-Type": content_type},
        )
        with _open(request, seconds) as answer:
            found = _read(answer, limit, seconds)
            return Reply(answer.status, found, answer.headers.get("Content-Type", ""))
    except urllib.error.URLError as error:
        raise Unreachable(f"{host(url)} cannot be reached: {error.reason}") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unreachable(f"{host(url)} cannot be reached: {type(error).__name__}: {error}") from None


def host(url: str) -> str:
    """Whom a URL leads to, for a message; never the password in it."""
    try:
        return urlsplit(url).hostname or "the other side"
    except ValueError:
        return "the other side"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def _open(request: urllib.request.Request, seconds: float) -> Any:
    try:
        return _OPENER.open(request, timeout=seconds)
    except urllib.error.HTTPError as answer:  # a refusal is read as any answer is
        return answer


def _read(answer: Any, limit: int, seconds: float) -> bytes:
    """The answer's body, unless it is too long, or trickles in for longer than anybody waits."""
    deadline, body = time.monotonic() + seconds, b""
    while part := answer.read1(limit + 1 - len(body)):
        body += part
        if len(body) > limit:
            raise HTTPException(f"it answers with more than {limit:,} bytes")
        if time.monotonic() > deadline:
            raise TimeoutError(f"its answer did not end within {seconds:g} s")
    return body
