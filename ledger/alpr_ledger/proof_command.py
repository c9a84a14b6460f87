"""``python -m alpr_ledger proof FILE``: check a proof offline, against nothing but a verifier key."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from .checkpoint import Checkpoint, parse_checkpoint
from .entry import parse_entry
from .errors import EntryError, NoteError, ProofError, SourceError
from .note import MAX_NOTE, Vkey, parse_note, verify_note
from .proof import HEADING, ConsistencyProof, TlogProof


def add_to(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the command to those of ``python -m alpr_ledger``."""
    command = commands.add_parser(
        "proof",
        help="check one proof",
        description="Check a .tlog-proof of one entry, or a proof that a ledger continues an older checkpoint.",
        epilog="Exit status: 0 proved, 2 usage or unreadable, 4 not proved.",
    )
    command.add_argument("proof", type=Path, metavar="FILE")
    command.add_argument(
        "--vkey", action="append", required=True, help="the verifier key that you hold (name+id+base64)"
    )
    command.add_argument(
        "--entry", type=Path, metavar="FILE", help="the entry's bytes, if the proof lacks them"
    )
    command.add_argument("--old", type=Path, metavar="FILE", help="the older checkpoint that you hold")
    command.add_argument("--json", action="store_true", help="print the result as JSON")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Check the proof, and say what it proves."""
    keys = [Vkey.parse(text) for text in options.vkey]
    data = _read(options.proof)
    if data.startswith(HEADING.encode()):
        result = _inclusion(data, keys, options.entry)
    else:
        result = _consistency(data, keys, options.old)
    text = (
        json.dumps(result, indent=2) if options.json else "\n".join(f"{k:<10}{v}" for k, v in result.items())
    )
    sys.stdout.write(text + "\n")
    return 0


def _inclusion(data: bytes, keys: list[Vkey], file: Path | None) -> dict[str, object]:
    proof = TlogProof.parse(data)
    entry = proof.extra if file is None else _read(file)
    if entry is None:
        raise SourceError("the proof does not hold the entry's bytes: give them with --entry")
    signed = proof.verify(entry, keys)
    try:
        body = parse_entry(entry).body
    except EntryError as error:
        raise ProofError(str(error), entry=proof.index) from None
    return {
        "proved": f"entry {proof.index} is in the ledger",
        **_ledger(signed),
        "entry": json.dumps(body, sort_keys=True),  # ASCII: it cannot drive a terminal
    }


def _consistency(data: bytes, keys: list[Vkey], file: Path | None) -> dict[str, object]:
    proof = ConsistencyProof.parse(data)
    if file is None:
        raise SourceError("this proof is about an older checkpoint: give the one that you hold with --old")
    try:
        note = parse_note(_read(file))
        old = parse_checkpoint(note.text)
    except NoteError as error:
        raise SourceError(f"{file}: {error}") from None
    verify_note(note, keys)
    if old.size != proof.old:
        raise ProofError(
            "the proof is for another size", expected=f"size {old.size}", got=f"size {proof.old}"
        )
    signed = proof.verify(old.root, keys)
    if signed.origin != old.origin:
        raise ProofError("the checkpoints are of two ledgers", expected=old.origin, got=signed.origin)
    return {"proved": f"the ledger continues the one of size {old.size}", **_ledger(signed)}


def _ledger(signed: Checkpoint) -> dict[str, object]:
    return {"ledger": signed.origin, "size": signed.size}


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(2 * MAX_NOTE)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror}") from None
    return data
