"""The web around the receiver: ``POST /SOURCE`` with a token in a header, or with the token as the rest of the path.

An answer is a small object of JSON, and a status that says whether to send it again: 2xx it is stored, 4xx it never
will be as it is, 5xx it could not be now.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from alpr_core.receiving.complaints import LARGEST, LATER, Complaints, said_of
from alpr_core.receiving.receiver import Receiver
from alpr_core.services.foreign_reads import Taken

PATIENCE = 30.0
"""Seconds in which a message has to have come in whole."""

AGAIN = "5"
"""Seconds after which a sender is asked to try again."""

PROBLEMS = 20
"""Reads left out that an answer says something about."""


def make_app(receiver: Receiver, *, clock: Callable[[], float] = time.monotonic) -> Starlette:
    """Return the web application, as ASGI.

    Args:
        receiver: stores what comes.
        clock: seconds, for how often something is logged.

    The server that runs it puts ``hang_up`` into a request's state: what cuts its connection off, unanswered.
    """
    front = _Front(receiver, Complaints(clock))
    return Starlette(
        routes=[
            Route("/{source}", front.take, methods=["POST"]),
            Route("/{source}/{token}", front.take, methods=["POST"]),
        ]
    )


class _Front:
    def __init__(self, receiver: Receiver, complaints: Complaints) -> None:
        self._receiver = receiver
        self._complaints = complaints

    async def take(self, request: Request) -> Response:
        """Answer one request; whatever goes wrong, an answer leaves, and no word of the message is logged."""
        name = request.path_params["source"]
        if not self._receiver.admits(name, _shown(request)):
            self._complaints.note(name if name in self._receiver.names else "somebody", 401, "token")
            return _answer(401, {"error": "the token is wrong or missing"}, {"WWW-Authenticate": "Bearer"})
        try:
            content = await _body(request)
        except _TooLarge:
            status, said = 413, f"a message has at most {LARGEST:,} bytes"
        except TimeoutError:
            status, said = 408, f"the message did not come within {PATIENCE:.0f} s"
        except ClientDisconnect:
            status, said = 400, "the message was cut off"
        else:
            return await self._stored(name, content, request)
        self._complaints.note(name, status, said)
        return _answer(status, {"error": said}, {"Connection": "close"})  # the rest of it stays unread

    async def _stored(self, name: str, content: bytes, request: Request) -> Response:
        content_type = request.headers.get("content-type", "")
        try:
            if not self._receiver.vouches(name, content, request.headers):
                self._complaints.note(name, 401, "signature")
                return _answer(401, {"error": "the signature is wrong, missing, or too old"})
            taken = await run_in_threadpool(self._receiver.take, name, content, content_type)
        except Exception as error:  # noqa: BLE001  an answer has to leave; its words may hold a plate
            status, said, why = said_of(error)
            if status == LATER and not self._receiver.is_heard(name):
                request.state.hang_up()  # and what is answered reaches nobody
                why += "; hung up instead, for its sender takes every answer for delivery"
            self._complaints.note(name, status, why)
            return _answer(status, {"error": said}, {"Retry-After": AGAIN} if status == LATER else {})
        nothing = bool(taken.rejected) and not taken.stored and not taken.doubles
        if nothing:
            self._complaints.note(name, 422, "no read of it can be stored")
        return _answer(422 if nothing else 200, _summary(taken))


class _TooLarge(Exception):
    """A message is larger than any is."""


async def _body(request: Request) -> bytes:
    """Return the message; one that is too large is not read to its end."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > 12 or int(declared) > LARGEST):
        raise _TooLarge
    body = bytearray()
    async with asyncio.timeout(PATIENCE):
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST:
                raise _TooLarge
    return bytes(body)


def _shown(request: Request) -> list[str]:
    """Return every token that a request shows: RFC 6750's header, the one of API keys, the end of the path."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    found = [
        bearer.strip() if scheme.lower() == "bearer" else "",
        request.headers.get("x-api-key", ""),
        request.path_params.get("token", ""),
    ]
    return [one for one in found if one]


def _summary(taken: Taken) -> dict[str, object]:
    said: dict[str, object] = {
        "stored": taken.stored,
        "doubles": taken.doubles,
        "rejected": len(taken.rejected),
    }
    if taken.pictures:
        said["pictures_left_out"] = taken.pictures
    if taken.rejected:
        said["problems"] = [
            {"number": one.number, "problem": one.problem} for one in taken.rejected[:PROBLEMS]
        ]
    return said


def _answer(status: int, said: dict[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(said) + "\n", status, headers or {}, media_type="application/json")
