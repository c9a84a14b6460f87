"""The backup of the keys: one file, rewritten whole, so that a key which the node destroyed vanishes from it.

::

    one line of JSON: format, version, origin, number, at, recipient, a hash of the keys' names, and the file's own
        key sealed to that recipient
    a sealed stream (`envelope`): JSON, each key file by its path below ``var/keys``

Of these files at most two are kept: after two backups no copy in this place holds a destroyed key. A copy that
somebody took elsewhere is theirs to destroy.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alpr_core.backup.envelope import Sealing, opened
from alpr_core.backup.secret import Recipient
from alpr_core.errors import InputError, NotFound, StoreError, VerificationFailed
from alpr_core.files import read_private, sync_folder, write_private

FORMAT = "alpr-core keys"
VERSION = 1
GENERATIONS = 2
_NAME = re.compile(r"keys-(\d{8})\.sealed")
_KEY_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*\.key")
_LONGEST_KEY = 4096
_LONGEST_HEADER = 1 << 14


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """What a backup of the keys holds.

    Attributes:
        origin: the ledger's name.
        number: of the backup it was made with.
        at: when, UTC, ISO 8601.
        recipient: what it is sealed to: the public half of the backup passphrase.
        files: each key file by its path below ``var/keys``.
    """

    origin: str
    number: int
    at: str
    recipient: Recipient
    files: Mapping[str, bytes]

    def key(self, key_id: str) -> bytes | None:
        """Return one key, None if it was destroyed before this backup."""
        return self.files.get(f"{key_id}.key")


def collect(folder: Path) -> dict[str, bytes]:
    """Return every key file below ``var/keys``, as it is now on the disk and not as a process remembers it.

    Raises:
        StoreError: one can be read by others, or is no file of a key.
    """
    found = {}
    for path in sorted(folder.rglob("*.key")):
        name = path.relative_to(folder).as_posix()
        if not _KEY_FILE.fullmatch(name):
            continue  # half written by somebody else at this moment
        try:
            found[name] = read_private(path, limit=_LONGEST_KEY)
        except FileNotFoundError:
            continue  # destroyed just now
    return found


def read_key(folder: Path, key_id: str) -> bytes | None:
    """Return one key of ``var/keys`` from the disk; None if it was destroyed.

    Raises:
        StoreError: others can read it.
    """
    try:
        return read_private(folder / f"{key_id}.key", limit=_LONGEST_KEY)
    except FileNotFoundError:
        return None


def write_keyring(folder: Path, ring: Keyring) -> Path:
    """Write a backup of the keys beside the last one, and take away all but the newest two.

    Raises:
        StoreError: it cannot be written; then the last one is as it was.
    """
    own = secrets.token_bytes(32)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "origin": ring.origin,
        "number": ring.number,
        "at": ring.at,
        "recipient": ring.recipient.as_json(),
        "names": _names(ring.files),
        "sealed": ring.recipient.seal(own).hex(),
    }
    body = io.BytesIO()
    body.write(json.dumps(header).encode("ascii") + b"\n")
    with Sealing(body, own, _label(ring.origin, ring.number)) as stream:
        keys = {name: base64.b64encode(data).decode("ascii") for name, data in ring.files.items()}
        stream.write(json.dumps({"keys": keys}).encode("ascii"))
    path = folder / f"keys-{ring.number:08d}.sealed"
    try:
        write_private(path, body.getvalue())
        for older in generations(folder)[GENERATIONS:]:
            older.unlink()
        sync_folder(folder)
    except OSError as error:
        raise StoreError(f"{path}: the keys cannot be backed up: {error.strerror}") from error
    return path


def generations(folder: Path) -> list[Path]:
    """Return the backups of keys in a folder, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _NAME.fullmatch(path.name)]
    return sorted(found, key=lambda path: path.name, reverse=True)


def are_current(folder: Path, keys: Path) -> bool:
    """Whether all backups of keys in a folder hold just the keys that are there now, by their names.

    Args:
        folder: of the backups.
        keys: ``var/keys``.
    """
    now = _names(collect(keys))
    found = generations(folder)
    return bool(found) and all(_header_of(path).get("names") == now for path in found)


def number_of(path: Path) -> int:
    """Return the number of the backup that one was made with."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else 0


def open_keyring(path: Path, secret: bytes) -> Keyring:
    """Open a backup of keys with the secret of the passphrase.

    Raises:
        NotFound: there is no such file.
        InputError: it is something else, or of a newer version.
        VerificationFailed: the passphrase is another, or the file was changed or cut.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"there is no backup of keys {path}") from None
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    header, length = _header(data)
    if header.get("format") != FORMAT:
        raise InputError(f"{path} is no backup of keys")
    if header.get("version") != VERSION:
        raise InputError(f"{path} is of format {header.get('version')}, this program knows {VERSION}")
    recipient = Recipient.from_json(header.get("recipient"))
    try:
        origin, number, at = str(header["origin"]), int(str(header["number"])), str(header["at"])
        sealed = bytes.fromhex(str(header["sealed"]))
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{path} is no backup of keys") from None
    own = recipient.open(secret, sealed)
    stream = opened(io.BytesIO(data[length:]), own, _label(origin, number), name=str(path))
    stored = json.loads(b"".join(stream))["keys"]
    files = {str(name): base64.b64decode(text) for name, text in stored.items()}
    for name in files:
        if not _KEY_FILE.fullmatch(name) or ".." in name:
            raise VerificationFailed(
                f"{path} holds a key by the name {name!r}, which no node has: not restored"
            )
    return Keyring(origin=origin, number=number, at=at, recipient=recipient, files=files)


def open_newest(place: Path, secret: bytes) -> Keyring:
    """Open the newest backup of the keys in a folder, or this one.

    Raises:
        NotFound: there is none.
        VerificationFailed: the passphrase is another, or the file was changed.
    """
    found = generations(place) if place.is_dir() else [place]
    if not found:
        raise NotFound(f"there is no backup of keys in {place}; say where they are: --keys")
    return open_keyring(found[0], secret)


def beside(place: Path) -> Path:
    """Return the folder of the keys that goes with a place of backups, with its data, or with one of them."""
    near = [each / "keys" for each in (place, place.parent, place.parent.parent)]
    return next((each for each in near if generations(each)), near[0])


def put_back(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write key files below ``var/keys``, 0600; one that is there is left as it is.

    Raises:
        StoreError: one cannot be written.
    """
    for name, data in files.items():
        try:
            write_private(folder / name, data, replace=False)
        except OSError as error:
            raise StoreError(f"{folder / name}: the key cannot be written: {error.strerror}") from error
    folder.chmod(0o700)


def now_text(at: datetime) -> str:
    """Return a time as backups write it."""
    return at.isoformat(timespec="seconds")


def _header(data: bytes) -> tuple[dict[str, object], int]:
    """Return what stands in the first line, and its length; nothing of what is no backup of keys."""
    line, found, _ = data[:_LONGEST_HEADER].partition(b"\n")
    try:
        header = json.loads(line) if found else None
    except ValueError:
        header = None
    return (header, len(line) + 1) if isinstance(header, dict) else ({}, 0)


def _header_of(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            return _header(file.read(_LONGEST_HEADER))[0]
    except OSError:
        return {}


def _names(files: Mapping[str, bytes]) -> str:
    return hashlib.sha256("\n".join(sorted(files)).encode()).hexdigest()


def _label(origin: str, number: int) -> str:
    return f"keys/{number}/{origin}"
