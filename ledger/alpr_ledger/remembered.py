"""Whether a database holds what this host signed last, and what its witnesses confirmed.

Both are outside of it: a database that was restored, cut or replaced knows nothing of what it lacks. What it lacks is
a checkpoint of more entries, or of other ones. That is settled by bringing the newer database back, or by an entry
``ledger.recover`` that names the very checkpoint, in two persons' names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from .checkpoint import Checkpoint, parse_checkpoint
from .errors import KeyRefused, LedgerBehind, NoteError, VerificationError
from .heard import GOING_ON, Verdict, Word
from .last_signed import LastSigned, behind
from .note import Vkey, parse_note, verify_note
from .reader import Reader

RECOVER = "ledger.recover"
MOST_WITNESSES = 12
"""So many words fit into one entry beside all else."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """A checkpoint that somebody holds, and the database does not.

    Attributes:
        note: the signed note.
        why: what is wrong, for a person.
        by_witness: whether a witness holds it; otherwise this host does.
    """

    note: bytes
    why: str
    by_witness: bool


def check(connection: Connection, origin: str, last_signed: LastSigned) -> None:
    """Check that a ledger holds all that is remembered of it outside.

    Raises:
        LedgerBehind: it does not; says who remembers what.
        StoreError: what is remembered cannot be read.
    """
    found = lacking(connection, origin, last_signed)
    if not found and (why := last_signed.unsure):
        raise LedgerBehind(f"{why}. {GOING_ON}")
    if found:
        raise LedgerBehind(f"{'; '.join(one.why for one in found)}. {GOING_ON}")


def lacking(connection: Connection, origin: str, last_signed: LastSigned) -> list[Lacking]:
    """The checkpoints that a ledger lacks: this host's own first, then the witnesses', the largest first.

    A word that was judged once is not judged again unless it contradicted.
    """
    reader, found = Reader(connection), list[Lacking]()
    own = last_signed.checkpoint
    if own is not None and last_signed.note is not None:
        size = reader.size()
        if own.size > size:
            found.append(Lacking(last_signed.note, behind(size, own.size), by_witness=False))
        elif own.origin != origin or own.root != reader.root(own.size):
            why = (
                f"this host has signed for another ledger of {own.origin}, of {own.size} entries, than the one in "
                "this database"
            )
            found.append(Lacking(last_signed.note, why, by_witness=False))
    judged = [
        judge(reader, word)
        for word in last_signed.heard.words
        if word.note and word.verdict in (Verdict.NEW, Verdict.CONTRADICTS)
    ]
    last_signed.heard.judge(judged)
    against = [word for word in judged if word.verdict is Verdict.CONTRADICTS]
    against.sort(key=lambda word: word.checkpoint.size, reverse=True)
    return [*found, *(Lacking(word.note, _why(reader, word), by_witness=True) for word in against)]


def judge(reader: Reader, word: Word) -> Word:
    """The word with what the database says to it; of a word with a note alone."""
    signed = word.checkpoint
    if _holds(reader, signed):
        return replace(word, verdict=Verdict.HELD, entry=None)
    for idx, settled in _recoveries(reader):
        if (signed.size, signed.root) in settled:
            return replace(word, verdict=Verdict.SETTLED, entry=idx)
    return replace(word, verdict=Verdict.CONTRADICTS, entry=None)


def _holds(reader: Reader, signed: Checkpoint) -> bool:
    return signed.size <= reader.size() and reader.root(signed.size) == signed.root


def _recoveries(reader: Reader) -> Iterator[tuple[int, set[tuple[int, bytes]]]]:
    """Each recovery, the newest first: its index, and size and root of what it names as lost."""
    for entry in reader.entries(kind=RECOVER, newest_first=True):
        public = entry.body.get("public")
        fields = public if isinstance(public, dict) else {}
        witnesses = fields.get("witnesses")
        names = set()
        for text in [fields.get("lost"), *(witnesses if isinstance(witnesses, list) else [])]:
            try:
                signed = parse_checkpoint(parse_note(str(text).encode("utf-8")).text)
            except NoteError:
                continue  # nothing was remembered
            names.add((signed.size, signed.root))
        yield entry.idx, names


def _why(reader: Reader, word: Word) -> str:
    signed, size = word.checkpoint, reader.size()
    if signed.size > size:
        why = f"the database holds a ledger of {size:,} entries, but {word}: it was restored from a backup, or cut"
    else:
        why = f"{word}, and they are not those in this database: it was restored, or its ledger was forked"
    if not _is_ours(reader, word.note):
        why += " (no key that this database knows signed that checkpoint: a newer key did, or the witness is wrong)"
    return why


def _is_ours(reader: Reader, note: bytes) -> bool:
    try:
        verify_note(parse_note(note), [Vkey.parse(vkey) for vkey, *_ in reader.key_ranges()])
    except (VerificationError, KeyRefused):
        return False
    return True
