"""C2SP tlog-witness: the one outside who remembers a log's last checkpoint, and signs only what grows from it.

A request is a proof that the log grew (`proof.ConsistencyProof`). Here is what is answered, and the witness itself,
whatever carries the bytes: HTTP (`witness_http`) or files on a stick (`stick`). The state of a witness is the
cosigned checkpoint of each log, ``<origin hash>/checkpoint``, which is also what monitors read. It is written, and
survives a power cut, before a cosignature leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from .checkpoint import Checkpoint, parse_checkpoint
from .cosignature import Cosignature, cosign, verify_cosignatures, witness_vkey
from .errors import LedgerError, NoteError, ProofError, StoreError, VerificationError, WitnessError
from .keys import SigningKey
from .lock import FileLock
from .merkle import EMPTY_ROOT, verify_consistency
from .note import MAX_NOTE, Vkey, format_note, parse_note, parse_signatures, verify_note
from .policy import Policy
from .proof import ConsistencyProof
from .storage import FolderStorage
from .text import decode_decimal

MAX_REQUEST = MAX_NOTE
OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND, CONFLICT, UNPROCESSABLE = 200, 400, 403, 404, 409, 422
TEXT = "text/plain; charset=utf-8"
SIZE = "text/x.tlog.size"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answers: an HTTP status, and a body."""

    status: int
    body: bytes
    content_type: str = TEXT


def origin_hash(origin: str) -> str:
    """The name of a log in a witness's paths: SHA-256 of its origin, hex."""
    return sha256(origin.encode("utf-8")).hexdigest()


def read_answer(answer: Answer, text: str, witness: Vkey) -> Cosignature:
    """The cosignature that a witness answered with.

    Args:
        answer: as it came; nothing in it is trusted.
        text: note text of the checkpoint that was sent.
        witness: who was asked.

    Raises:
        WitnessError: it did not cosign; of a conflict, with the size that it knows.
    """
    if answer.status == CONFLICT:
        size = decode_decimal(answer.body.decode("ascii", "replace").removesuffix("\n"))
        raise WitnessError(
            f"{witness.name} cosigned another size last: {'unreadable' if size is None else size}",
            status=CONFLICT,
            size=size,
        )
    if answer.status != OK:
        said = answer.body[:200].decode("utf-8", "replace").strip()
        raise WitnessError(f"{witness.name} refused ({answer.status}): {said}", status=answer.status)
    try:
        lines = parse_signatures(answer.body.decode("utf-8", "replace"))
        found = verify_cosignatures(text, lines, [witness])
    except (NoteError, VerificationError) as error:
        raise WitnessError(f"{witness.name} answered with no valid cosignature: {error}") from None
    if not found:
        raise WitnessError(f"{witness.name} answered with signatures, but none is by its key {witness}")
    return found[0]


class Witness:
    """A witness of the logs that its policy names.

    Args:
        key: signs; its name is the witness's name.
        policy: the logs, by their keys. Of a log that changed its key, both keys.
        folder: holds the state. A witness that lost it must be retired, key and all: it could cosign a fork.
        clock: what time it is, aware.
    """

    def __init__(self, key: SigningKey, policy: Policy, folder: Path, clock: Callable[[], datetime]) -> None:
        self.vkey = witness_vkey(key)
        self._key = key
        self._policy = policy
        self._clock = clock
        self._lock = FileLock(folder / "lock")
        self._state = FolderStorage(folder)

    def add_checkpoint(self, data: bytes) -> Answer:
        """Answer one request.

        Raises:
            LedgerError: the witness's own state cannot be read or written; it signs nothing then.
        """
        try:
            request = ConsistencyProof.parse(data)
            note, new = request.signed()
        except (NoteError, ProofError) as error:
            return _refusal(BAD_REQUEST, str(error))
        log_keys = self._policy.log_keys(new.origin)
        if not log_keys:
            return _refusal(NOT_FOUND, "this witness does not know that log")
        try:
            signers = verify_note(note, log_keys)
        except VerificationError as error:
            return _refusal(FORBIDDEN, str(error))
        if request.old > new.size:
            return _refusal(BAD_REQUEST, "the old size is larger than the checkpoint's")
        with self._lock:
            last = self._last(new.origin)
            if request.old != last.size:
                return Answer(CONFLICT, f"{last.size}\n".encode("ascii"), SIZE)
            try:
                _check_growth(last, new, request.path)
            except ProofError as error:
                return _refusal(UNPROCESSABLE, str(error))
            cosignature = cosign(self._key, note.text, self._clock())
            by_log = [one for one in note.signatures if (one.name, one.key_id) in _ids(signers)]
            self._remember(new.origin, format_note(note.text, [*by_log, cosignature]))
        return Answer(OK, cosignature.line().encode("utf-8"))

    def checkpoint(self, name: str) -> bytes | None:
        """The last cosigned checkpoint of the log whose `origin_hash` is `name`, for monitors; None without one.

        Raises:
            LedgerError: the state cannot be read.
        """
        known = {origin_hash(log.name) for log in self._policy.logs}
        return self._state.read(f"{name}/checkpoint", MAX_NOTE) if name in known else None

    def _last(self, origin: str) -> Checkpoint:
        """What was cosigned last: the witness's memory, which must be its own word."""
        data = self.checkpoint(origin_hash(origin))
        if data is None:
            return Checkpoint(origin, 0, EMPTY_ROOT)
        try:
            note = parse_note(data)
            last = parse_checkpoint(note.text)
            own = verify_cosignatures(note.text, note.signatures, [self.vkey])
        except LedgerError as error:
            raise StoreError(
                f"{self._state.name}: the witness's memory of {origin} is damaged: {error}"
            ) from None
        if not own or last.origin != origin:
            raise StoreError(f"{self._state.name}: the witness's memory of {origin} is not its own")
        return last

    def _remember(self, origin: str, note: bytes) -> None:
        self._state.write(f"{origin_hash(origin)}/checkpoint", note)
        self._state.sync()


def _check_growth(last: Checkpoint, new: Checkpoint, path: tuple[bytes, ...]) -> None:
    if new.size == 0 and new.root != EMPTY_ROOT:
        raise ProofError("an empty tree has another root")
    if last.size == 0 and new.size:  # the empty tree is a prefix of every tree; there is nothing to prove
        if path:
            raise ProofError("nothing is to be proved from size 0, so the proof must be empty")
        return
    verify_consistency(last.size, new.size, last.root, new.root, path)


def _ids(keys: tuple[Vkey, ...]) -> set[tuple[str, bytes]]:
    return {(key.name, key.key_id) for key in keys}


def _refusal(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode("utf-8", "replace"))
