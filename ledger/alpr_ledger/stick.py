"""Witnessing without a network: requests and answers as files, carried on a stick.

The files hold the very bytes that tlog-witness sends over HTTP: ``<origin hash>.<key ID>.add-checkpoint`` a request
to the witness of that key ID, ``….cosignature`` its answer 200, ``….size`` its answer 409. Other refusals are told to
the person who sits at the witness. Beside a refusal lies ``….checkpoint``, what the witness cosigned last: signed, so
that the department cannot overlook whose ledger it is, and nobody else can invent it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .errors import NoteError, ProofError
from .note import Vkey
from .proof import ConsistencyProof
from .storage import FolderStorage
from .witness import CONFLICT, MAX_REQUEST, OK, SIZE, TEXT, Answer, Witness, origin_hash

REQUEST = ".add-checkpoint"
MEMORY = ".checkpoint"
_ANSWERS = {OK: ".cosignature", CONFLICT: ".size"}
_TYPES = {OK: TEXT, CONFLICT: SIZE}


def write_request(folder: Path, origin: str, witness: Vkey, request: ConsistencyProof) -> Path:
    """Lay a request on the stick, in place of an older one and its answer; return its path.

    Raises:
        SourceError: it cannot be written.
    """
    name = _name(origin, witness)
    for ending in (*_ANSWERS.values(), MEMORY):
        (folder / f"{name}{ending}").unlink(missing_ok=True)
    _write(folder, f"{name}{REQUEST}", request.to_bytes())
    return folder / f"{name}{REQUEST}"


def answer_requests(folder: Path, witness: Witness) -> Iterator[tuple[str, Answer]]:
    """Answer each request to this witness on the stick; yield the request's file name and the answer.

    Raises:
        LedgerError: the stick, or the witness's own state, cannot be read or written.
    """
    storage = FolderStorage(folder)
    ending = f".{witness.vkey.key_id.hex()}{REQUEST}"
    for path in sorted(folder.glob(f"*{ending}")):
        data = storage.read(path.name, MAX_REQUEST)
        if data is None:
            continue
        answer = witness.add_checkpoint(data)
        stem = path.name.removesuffix(REQUEST)
        for status, suffix in _ANSWERS.items():
            if status == answer.status:
                _write(folder, f"{stem}{suffix}", answer.body)
            else:
                (folder / f"{stem}{suffix}").unlink(missing_ok=True)
        memory = None if answer.status == OK else witness.checkpoint(stem.partition(".")[0])
        if memory is None:
            (folder / f"{stem}{MEMORY}").unlink(missing_ok=True)
        else:
            _write(folder, f"{stem}{MEMORY}", memory)
        yield path.name, answer


def read_exchange(folder: Path, origin: str, witness: Vkey) -> tuple[ConsistencyProof, Answer] | None:
    """What was asked of a witness and what it answered; None while it has not answered. Nothing is verified.

    Raises:
        SourceError: the stick cannot be read.
        NoteError: the request on it is no longer what was written.
    """
    storage, name = FolderStorage(folder), _name(origin, witness)
    asked = storage.read(f"{name}{REQUEST}", MAX_REQUEST)
    for status, suffix in _ANSWERS.items():
        body = storage.read(f"{name}{suffix}", MAX_REQUEST)
        if body is not None:
            if asked is None:
                raise NoteError(f"{folder}: an answer lies there without its request, {name}{REQUEST}")
            try:
                return ConsistencyProof.parse(asked), Answer(status, body, _TYPES[status])
            except ProofError as error:
                raise NoteError(f"{folder}: {name}{REQUEST}: {error}") from None
    return None


def read_memory(folder: Path, origin: str, witness: Vkey) -> bytes | None:
    """The checkpoint that a witness laid beside its refusal, unverified; None without one.

    Raises:
        SourceError: the stick cannot be read.
    """
    return FolderStorage(folder).read(f"{_name(origin, witness)}{MEMORY}", MAX_REQUEST)


def _name(origin: str, witness: Vkey) -> str:
    return f"{origin_hash(origin)}.{witness.key_id.hex()}"


def _write(folder: Path, name: str, data: bytes) -> None:
    storage = FolderStorage(folder)
    storage.write(name, data)
    storage.sync()
