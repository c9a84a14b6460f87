"""Fetching a pinned model file from its publisher: resumed where it stopped, checked before it gets its name."""

from __future__ import annotations

import http.client
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from alpr_core.errors import InputError
from alpr_core.weights import Weight, part_of, put_in_place

_CHUNK = 1 << 16
_TIMEOUT_SECONDS = 30

Progress = Callable[[str, int, int], None]
"""Called with a file's name, the bytes that are there and the bytes it will have."""


def silent(_name: str, _done: int, _total: int) -> None:
    """Show no progress."""


def download(weight: Weight, folder: Path, progress: Progress = silent) -> None:
    """Fetch one file from its publisher. What a broken download left is gone on with, never begun again.

    The file appears under its name only when its hash is right; until then it is ``<name>.part``.

    Raises:
        InputError: if it is not offered for download, if the connection fails or ends early (run again to go
            on), or if what came is not the pinned file (it is thrown away).
    """
    if weight.folder_only:
        raise InputError(f"{weight.name} is not offered for download: use --from with a folder that holds it")
    part = part_of(weight, folder)
    have = part.stat().st_size if part.exists() else 0
    if have > weight.bytes:
        part.unlink()
        have = 0
    try:
        if have < weight.bytes:
            _fetch(weight, part, have, progress)
    except (OSError, http.client.HTTPException) as error:
        if getattr(error, "code", None) == http.HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            part.unlink()  # what is there is longer than what the publisher has: it is of no use
        reason = getattr(error, "reason", None) or error
        raise InputError(
            f"{weight.url} could not be fetched: {reason}. Run the command again: it goes on where it stopped."
        ) from error
    have = part.stat().st_size
    if have < weight.bytes:
        raise InputError(
            f"{weight.url} ended after {have} of {weight.bytes} bytes. "
            "Run the command again: it goes on where it stopped."
        )
    put_in_place(part, weight, folder, weight.url)


def _fetch(weight: Weight, part: Path, have: int, progress: Progress) -> None:
    headers = {"User-Agent": "alpr-core", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(_checked(weight.url), headers=headers)  # noqa: S310  _checked
    with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
        if answer.status != http.HTTPStatus.PARTIAL_CONTENT:
            have = 0  # it does not resume, and sends the whole file
        elif not answer.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
            raise http.client.HTTPException("the server went on at another place than was asked")
        with part.open("r+b" if have else "wb") as opened:
            opened.seek(have)
            opened.truncate()
            progress(weight.name, have, weight.bytes)
            # One byte more than pinned is enough to know that it is another file.
            while have <= weight.bytes and (chunk := answer.read(min(_CHUNK, weight.bytes + 1 - have))):
                opened.write(chunk)
                have += len(chunk)
                progress(weight.name, min(have, weight.bytes), weight.bytes)


def _checked(url: str) -> str:
    """Return the URL if it is encrypted, or stays on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1", "localhost"}
    ):
        return url
    raise InputError(f"{url} is not an https address, so nothing is fetched from it")
