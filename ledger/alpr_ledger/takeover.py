"""Bringing a ledger that lacks entries up to an export of it: after a restore, so that nothing is signed twice.

An export holds every entry and the newest checkpoint, and no secret. What a database that was restored from a backup
lacks of it is appended as it is, hash by hash, under the checkpoint that was signed over it; nothing is signed anew.
The values behind those entries' commitments are not in it: they are gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from . import store
from .entry import MAX_ENTRY, parse_entry, tail
from .errors import VerificationError
from .log import Row, _extend_tiles, _insert_entries
from .merkle import leaf_hash
from .note import Note, Vkey, format_note, parse_note
from .reader import Reader
from .source import Source, newest_checkpoint
from .succession import MARK, KeyRange, KeyRing


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was taken over.

    Attributes:
        before: size of the ledger before.
        size: its size now.
        note: the export's newest checkpoint, signed by the log's key alone.
        vkey: the verifier key that signed it.
    """

    before: int
    size: int
    note: bytes
    vkey: str


def newest_of(source: Source) -> TakenOver:
    """What an export ends with, as its newest checkpoint has it; nothing is taken over.

    Raises:
        VerificationError: its checkpoint is malformed.
        SourceError: it cannot be read.
    """
    note, newest = newest_checkpoint(source)
    return TakenOver(newest.size, newest.size, _own(note, newest.origin), "")


def take_over(connection: Connection, source: Source) -> TakenOver:
    """Append what an export has and the database lacks, in the caller's transaction.

    Args:
        connection: in the caller's transaction; takes the head lock.
        source: the export, from `open_source`.

    Raises:
        VerificationError: the export is another ledger's, or no continuation of this one, or not what was signed.
        SourceError: it cannot be read.
    """
    head = store.lock_head(connection)
    note, newest = newest_checkpoint(source)
    ring = _ring(connection)
    origin = ring.current.name
    if newest.origin != origin:
        raise VerificationError(
            f"{source.target}: this is the export of another ledger", expected=origin, got=newest.origin
        )
    own = _own(note, origin)
    if newest.size <= head.size:
        if newest.root != Reader(connection).root(newest.size):
            raise _forked(source, newest.size)
        return TakenOver(head.size, head.size, own, str(ring.current))
    before, frontier, last, size, completed = head.size, head.frontier, head.leaf, head.size, []
    for page in source.entries(head.size):
        rows: list[Row] = []
        for idx, data, leaf, prev, _ in page:
            if (
                idx != size
                or not isinstance(data, bytes)
                or len(data) > MAX_ENTRY
                or leaf != leaf_hash(data)
                or prev != last
                or not data.endswith(tail(last, size))
            ):
                raise _forked(source, size)
            if MARK in data:
                ring.read(size, data, frontier.root())
            req = parse_entry(data).body.get("req")
            rows.append((size, data, leaf, last, req if isinstance(req, str) else None))
            completed += frontier.extend([leaf])
            last, size = leaf, size + 1
        _insert_entries(connection, rows)
    if size != newest.size or frontier.root() != newest.root:
        raise _forked(source, size)
    ring.covered()  # the checkpoint that both keys of a succession signed may be an older one
    ring.check_signatures(parse_note(own))
    _extend_tiles(connection, completed)
    connection.execute(insert(store.checkpoint), {"size": size, "root": newest.root, "note": own})
    store.move_head(connection, store.read_head(connection), size, last, frontier.to_bytes())
    connection.execute(delete(store.keyring))
    connection.execute(
        insert(store.keyring),
        [{"vkey": str(one.vkey), "first_size": one.first, "last_size": one.last} for one in ring.ranges],
    )
    return TakenOver(before, size, own, str(ring.current))


def _ring(connection: Connection) -> KeyRing:
    keys = store.keyring.c
    query = select(keys.vkey, keys.first_size, keys.last_size).order_by(keys.first_size)
    ranges = [KeyRange(Vkey.parse(vkey), first, last) for vkey, first, last in connection.execute(query)]
    if not ranges:
        raise VerificationError("the database holds no ledger: it has no key")
    return KeyRing.of(ranges)


def _own(note: bytes, origin: str) -> bytes:
    """The note with the signatures of the log's own name alone: witnesses say theirs again."""
    parsed: Note = parse_note(note)
    return format_note(parsed.text, [one for one in parsed.signatures if one.name == origin])


def _forked(source: Source, size: int) -> VerificationError:
    return VerificationError(
        f"{source.target}: this export is not a continuation of the ledger in the database", entry=size
    )
