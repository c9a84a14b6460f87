"""Sessions: the token that a login hands out, and the file in which a person's terminal keeps it.

Whoever holds the token is the person, for as long as the session lasts. The node stores only its hash, and the file
is refused unless it is the user's own and nobody else can read it.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from alpr_core.errors import StoreError
from alpr_core.files import read_private, state_folder, write_private

IDLE_LIMIT = timedelta(minutes=30)
"""A session not used for so long is over: CJIS Security Policy AC-11 a, "after a maximum of 30 minutes"."""

_BYTES = 32
_DIGITS = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Token:
    """A session's secret.

    Attributes:
        secret: 32 random bytes in hexadecimal; stands in the session file alone.
    """

    secret: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """What the node stores of it: the SHA-256, in hexadecimal."""
        return hashlib.sha256(bytes.fromhex(self.secret)).hexdigest()


def new_token() -> Token:
    """Return a fresh token."""
    return Token(secrets.token_hex(_BYTES))


def idle_since(now: datetime) -> datetime:
    """Return the moment before which a session must not have been used last."""
    return now - IDLE_LIMIT


def session_file(node: Path, environ: Mapping[str, str]) -> Path:
    """Return where this user's session at a node is kept.

    ``$ALPR_SESSION`` if it is set, else a file for this node among this user's state.
    """
    if environ.get("ALPR_SESSION"):
        return Path(environ["ALPR_SESSION"])
    name = hashlib.sha256(os.fsencode(node.resolve())).hexdigest()[:32]
    return state_folder(environ) / "sessions" / name


def write_session(path: Path, token: Token) -> None:
    """Keep the token in a file that only this user can read, in place of any that was there.

    Raises:
        StoreError: if the file cannot be written.
    """
    try:
        write_private(path, f"{token.secret}\n".encode("ascii"))
    except OSError as error:
        raise StoreError(f"The session file {path} cannot be written: {error.strerror or error}") from error


def read_session(path: Path) -> Token | None:
    """Return the token kept in the file, None if there is no file.

    Raises:
        StoreError: if the file is not this user's alone (`read_private`), or holds no token.
    """
    try:
        text = read_private(path, limit=2 * _BYTES + 2).decode("ascii", errors="replace").strip()
    except FileNotFoundError:
        return None
    if not _DIGITS.fullmatch(text):
        raise StoreError(f"{path} holds no session. Log in again: alpr-core login")
    return Token(text)


def remove_session(path: Path) -> None:
    """Remove the file; a file that is not there is no error.

    Raises:
        StoreError: if it cannot be removed.
    """
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"The session file {path} cannot be removed: {error.strerror or error}") from error
