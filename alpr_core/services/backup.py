"""Backups: the data from one snapshot, the keys apart from it, and the passphrase that opens them."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alpr_core import __version__
from alpr_core.act import Act
from alpr_core.backup import data, keyring
from alpr_core.backup.data import REST, DataReader, DataWriter, part_key
from alpr_core.backup.secret import (
    RECIPIENT,
    Printed,
    Recipient,
    new_printed,
    read_recipient,
    store_recipient,
)
from alpr_core.config import Settings
from alpr_core.errors import InputError, StoreError
from alpr_core.store.work import Work
from alpr_ledger.errors import LedgerError
from alpr_ledger.lock import FileLock

MAKE, KEY = "backup.make", "backup.key"

KEEP = 7
"""Backups of the data that are kept in one place, if nobody says otherwise."""

EVERY = timedelta(days=1)
"""How old the last backup of the data may be, if nobody says otherwise."""

LARGEST_FILE = 64 << 20
"""Bytes of a file of the node's own, such as a policy pack or a document: a larger one is no such file."""

PIECE = 1 << 20
"""Bytes of such a file in one line."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A backup.

    Attributes:
        number: of it, counted in its place.
        data: folder of the data.
        keys: file of the keys.
        size: entries of the ledger in it.
        parts: parts of reads.
        left_out: parts whose key was destroyed while the backup was made: purged, so not in it.
        images: image files.
        missing: images whose file is gone or was changed: not in it.
        bytes: written, beside what the backup before had too.
        key_count: key files.
        manifest: SHA-256 of its manifest, which stands on the ledger.
    """

    number: int
    data: Path
    keys: Path
    size: int
    parts: int
    left_out: int
    images: int
    missing: int
    bytes: int
    key_count: int
    manifest: str


def renew_passphrase(act: Act) -> Printed:
    """Make a new backup passphrase; backups of the keys are sealed to it from the next one on.

    Backups that are there open with the old one alone.

    Raises:
        Denied: by the policy.
        StoreError: its public half cannot be stored: the old one goes on.
    """
    act.admit(KEY)
    recipient, printed = new_printed()
    with act.change(KEY) as change:
        change.record(key=recipient.id)
    store_recipient(_var(act), recipient)
    return printed


def before_backup(act: Act) -> None:
    """Ask leave to make a backup before anything else is looked at; a denial is recorded.

    Raises:
        Denied: by the policy.
    """
    act.admit(MAKE)


def make_backup(
    act: Act,
    target: Path,
    *,
    folder: Path,
    keys_to: Path | None = None,
    keep: int = KEEP,
) -> Made:
    """Make a backup of the node, read it back, and only then take older ones away.

    Args:
        act: who makes it.
        target: the folder that backups are made into; the data goes below ``data``.
        folder: the node's.
        keys_to: the folder for the keys; ``keys`` in the target if None. Better on another medium.
        keep: how many backups of the data are kept.

    Raises:
        Denied: by the policy.
        NotFound: no backup passphrase was ever made.
        StoreError: it cannot be written; what was there before is as it was.
        VerificationFailed: what was written cannot be read back.
    """
    act.admit(MAKE)
    recipient = read_recipient(_var(act))
    data_folder, keys_folder = target / "data", keys_to or target / "keys"
    try:
        for each in (data_folder, keys_folder):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{target}: no backup can be made there: {error.strerror}") from error
    with _alone(target), act.send(MAKE, target=str(target.absolute())) as send:
        data.clear_partials(data_folder)
        number = _next_number(data_folder, keys_folder)
        _, own = act.images.keys.current("backup", "own")
        writer = DataWriter(data_folder, number, own)
        try:
            parts, left_out = _write_parts(act, send.work, writer, own, folder, target)
            size = send.work.ledger.size()
            digest = writer.seal(
                {
                    "origin": act.vkey.partition("+")[0],
                    "at": keyring.now_text(act.now),
                    "program": __version__,
                    "schema": send.work.dump.schema(),
                    "size": size,
                    "recipient": recipient.id,
                }
            )
            _read_back(act, writer.folder, own)
            # The keys first: data that no key opens would be no backup.
            keys_file, key_count = _write_keys(act, send.work, keys_folder, number, recipient)
            published = writer.publish()
        except BaseException:
            writer.discard()
            raise
        data.drop_older(data_folder, keep)
        made = Made(
            number=number,
            data=published,
            keys=keys_file,
            size=size,
            parts=parts,
            left_out=left_out,
            images=writer.images,
            missing=writer.missing,
            bytes=writer.bytes,
            key_count=key_count,
            manifest=digest,
        )
        send.record(
            number=number,
            manifest=digest,
            size=size,
            parts=parts,
            left_out=left_out,
            images=writer.images,
            missing=writer.missing,
            keys=key_count,
            key=recipient.id,
        )
    return made


def back_up_if_due(act: Act, settings: Settings, *, every: timedelta = EVERY) -> dict[str, int]:
    """Make the backup that the settings ask for, if the last one is old; else one of the keys, if they have changed.

    It may be called as often as one likes. After two calls a key that was destroyed is in no backup of the keys.

    Args:
        act: who makes it.
        settings: ``[backup]`` says where to; nothing is done where it does not.
        every: how old the last backup of the data may be.

    Returns:
        How many backups of the data and of the keys were made, and what the data's holds.

    Raises:
        Denied: by the policy.
        NotFound: no backup passphrase was ever made.
        StoreError: it cannot be written; what was there before is as it was.
    """
    target = settings.backup_to
    if target is None:
        return {"data": 0, "keys": 0}
    keys_to = settings.backup_keys_to or target / "keys"
    newest = next(iter(data.generations(target / "data")), None)
    made_at = None if newest is None else data.read_manifest(newest)["manifest"].get("at")
    if not isinstance(made_at, str) or act.now - datetime.fromisoformat(made_at) >= every:
        made = make_backup(act, target, folder=settings.folder, keys_to=keys_to, keep=settings.backup.keep)
        return {"data": 1, "keys": 1, "images": made.images, "missing": made.missing, "parts": made.parts}
    if keyring.are_current(keys_to, act.images.keys.folder):
        return {"data": 0, "keys": 0}
    back_up_keys(act, keys_to)
    return {"data": 0, "keys": 1}


def back_up_keys(act: Act, keys_to: Path) -> tuple[Path, int]:
    """Make a backup of the keys alone: after the signing key has changed, or after a purge has destroyed keys.

    Args:
        act: who makes it.
        keys_to: the folder for the keys.

    Returns:
        Its file, and how many key files are in it.

    Raises:
        Denied: by the policy.
        NotFound: no backup passphrase was ever made.
        StoreError: it cannot be written; what was there before is as it was.
    """
    act.admit(MAKE)
    recipient = read_recipient(_var(act))
    try:
        keys_to.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{keys_to}: no backup can be made there: {error.strerror}") from error
    with _alone(keys_to), act.send(MAKE, target=str(keys_to.absolute())) as send:
        number = _next_number(keys_to, keys_to)
        path, count = _write_keys(act, send.work, keys_to, number, recipient)
        send.record(number=number, keys=count, key=recipient.id)
    return path, count


def _write_keys(
    act: Act, work: Work, keys_folder: Path, number: int, recipient: Recipient
) -> tuple[Path, int]:
    """Write the keys as they are now, with the one that signs the ledger of the snapshot among them."""
    files = keyring.collect(act.images.keys.folder)
    origin, key_id, _ = work.ledger.key_ranges()[-1][0].split("+", 2)
    if not any(content.startswith(f"PRIVATE+KEY+{origin}+{key_id}+".encode()) for content in files.values()):
        raise StoreError(
            "the ledger was handed over to another key while the backup was made: make it once more"
        )
    at = keyring.now_text(act.now)
    ring = keyring.Keyring(origin=origin, number=number, at=at, recipient=recipient, files=files)
    return keyring.write_keyring(keys_folder, ring), len(files)


def _write_parts(
    act: Act, work: Work, writer: DataWriter, own: bytes, folder: Path, target: Path
) -> tuple[int, int]:
    """Write everything, and return how many parts of reads there are, and how many were purged meanwhile."""
    with writer.part(REST, own) as write:
        for name, content in _own_files(folder, target, database=act.ledger_source):
            for at in range(0, max(len(content), 1), PIECE):
                piece = base64.b64encode(content[at : at + PIECE]).decode("ascii")
                write(json.dumps({"file": name, "data": piece}).encode("ascii"))
        for line in work.dump.rest():
            write(line)
    held = work.holds.by_read()
    parts = left_out = 0
    for part in work.dump.parts(held):
        key = keyring.read_key(act.images.keys.folder, part)
        if key is None:
            left_out += 1
            continue
        parts += 1
        with writer.part(part, part_key(key, part)) as write:
            for line in work.dump.reads(part, held):
                write(line)
        for day, name in work.dump.images(part, held):
            writer.image(day, name, act.images.file(day, name))
    return parts, left_out


def _read_back(act: Act, folder: Path, own: bytes) -> None:
    """Read what was written to its end, as a restore would."""
    reader = DataReader(folder, own)
    for part in reader.parts:
        key = own if part == REST else keyring.read_key(act.images.keys.folder, part)
        if key is not None:  # otherwise it was purged just now
            for _ in reader.lines(part, key if part == REST else part_key(key, part)):
                pass


def _own_files(folder: Path, target: Path, *, database: str) -> Iterator[tuple[str, bytes]]:
    """Yield the node's own files by their names: its settings, packs, documents; alpr.toml first.

    What lies in its folder and is no data: not ``inbox`` and ``outbox``, of ``var`` the documents and the public half
    of the backup passphrase, and no backup that is made into the node's own folder.
    """
    apart = {folder / "var", folder / "inbox", folder / "outbox"}
    chosen = [folder / "alpr.toml", folder / "var" / RECIPIENT, folder / "var" / "accepted.json"]
    chosen += sorted((folder / "var" / "documents").rglob("*"))
    for top in sorted(folder.iterdir()):
        if top not in apart and top.absolute() != target.absolute():
            chosen += [top, *sorted(top.rglob("*"))] if top.is_dir() and not top.is_symlink() else [top]
    for path in dict.fromkeys(chosen):
        if target.absolute() in path.absolute().parents or str(path.absolute()).startswith(database):
            continue
        try:
            # A link may lead anywhere; only the settings may well lie elsewhere, under somebody's version control.
            status = path.stat() if path == folder / "alpr.toml" else path.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(status.st_mode):
            continue
        if status.st_size > LARGEST_FILE:
            raise InputError(
                f"{path} has {status.st_size:,} bytes: it is no file of a node; lay it elsewhere"
            )
        yield path.relative_to(folder).as_posix(), path.read_bytes()


def _var(act: Act) -> Path:
    return act.images.folder.parent


def _next_number(data_folder: Path, keys_folder: Path) -> int:
    numbers = [int(path.name) for path in data.generations(data_folder)]
    numbers += [keyring.number_of(path) for path in keyring.generations(keys_folder)]
    return max(numbers, default=0) + 1


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold a place for backups against any other that is made into it."""
    try:
        with FileLock(target / ".lock"):
            yield
    except LedgerError as error:
        raise StoreError(f"{target}: {error}") from error
