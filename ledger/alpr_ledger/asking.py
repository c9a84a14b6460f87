"""Asking a ledger's witnesses which checkpoint they remember: all at once, and not for long.

What comes back is hostile until it is verified. A word counts if it is a checkpoint of this ledger's name under the
witness's own cosignature. Whether the ledger's key signed it too is not asked here: of a database that was restored
from before a change of keys, the lost history is signed by a key that it does not know.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from queue import Empty, SimpleQueue

from . import ed25519
from .checkpoint import parse_checkpoint
from .cosignature import verify_cosignatures
from .errors import LedgerError, NoteError, VerificationError, WitnessError
from .heard import Word
from .merkle import EMPTY_ROOT
from .note import format_note, parse_note, parse_signatures
from .policy import Party
from .witness_http import fetch_checkpoint

SECONDS = 5.0
"""How long all of them together are waited for: a person stands before the command that asks."""

_LOG_SIGNATURES = 2
"""So many of the log's own signatures are kept: at a change of keys two sign."""
_SHOWN = 200


def ask(parties: Iterable[Party], origin: str, *, seconds: float = SECONDS) -> list[Word]:
    """Ask every witness that has a URL, at the same time.

    Args:
        parties: the witnesses of the witness file.
        origin: the ledger's name.
        seconds: how long to wait for all of them.

    Returns:
        The word of each, in their order; of one that gave none, the trouble with it.
    """
    asked = [party for party in parties if party.url]
    answers: SimpleQueue[Word] = SimpleQueue()
    for party in asked:
        # A daemon: one that is still waiting must not keep the program from ending.
        arguments = (party, origin, seconds, answers)
        threading.Thread(target=_ask, args=arguments, name="ask-witness", daemon=True).start()
    words: dict[str, Word] = {}
    deadline = time.monotonic() + seconds
    try:
        while len(words) < len(asked):
            word = answers.get(timeout=max(deadline - time.monotonic(), 0))
            words[word.witness] = word
    except Empty:
        pass
    return [words.get(str(party.vkey), _trouble(party, f"no answer within {seconds:g} s")) for party in asked]


def read_word(party: Party, origin: str, data: bytes | None) -> Word:
    """What a witness remembers, verified.

    Args:
        party: the witness.
        origin: the ledger's name.
        data: the checkpoint as it came; None where the witness has none.

    Raises:
        WitnessError: it is not this witness's word about a checkpoint of this ledger.
    """
    if data is None:
        return Word(witness=str(party.vkey), name=party.name)
    try:
        note = parse_note(data)
        signed = parse_checkpoint(note.text)
        found = verify_cosignatures(note.text, note.signatures, [party.vkey])
    except (NoteError, VerificationError) as error:
        raise WitnessError(f"what it remembers cannot be read: {error}") from None
    if signed.origin != origin:
        raise WitnessError(f"it shows a checkpoint of another ledger, {signed.origin[:80]!r}")
    if signed.extensions or (not signed.size and signed.root != EMPTY_ROOT):
        raise WitnessError("it shows a checkpoint such as this ledger never signs")
    if not found:
        raise WitnessError(f"it shows a checkpoint that its key {party.vkey} did not cosign")
    # Only what counts is kept: this goes into an entry one day, and a witness may add what it likes.
    by_log = [
        one for one in note.signatures if one.name == origin and len(one.signature) == ed25519.SIGNATURE
    ][:_LOG_SIGNATURES]
    kept = format_note(note.text, [*by_log, *parse_signatures(found[0].line)])
    return Word(witness=str(party.vkey), name=party.name, note=kept, time=found[0].time)


def _ask(party: Party, origin: str, seconds: float, answers: SimpleQueue[Word]) -> None:
    try:
        answers.put(read_word(party, origin, fetch_checkpoint(party.url, origin, seconds=seconds)))
    except LedgerError as error:
        answers.put(_trouble(party, str(error)))


def _trouble(party: Party, what: str) -> Word:
    return Word(witness=str(party.vkey), name=party.name, trouble=what[:_SHOWN])
