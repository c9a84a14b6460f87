"""Appending: the one place where entries get their index, their hash and their signed checkpoint.

`Log.append` always runs inside the caller's transaction, so that an act and its entry are committed together
or not at all. What is hashed is what was stored: the inserted rows are read back and hashed again before the
checkpoint over them is signed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from . import remembered, store, vault
from .checkpoint import Checkpoint, parse_checkpoint
from .entry import MAX_BODY, encode_body, format_time, splice
from .errors import DuplicateRequest, EntryError, LedgerError, StoreError
from .keys import SigningKey, SigningKeys, sign_note
from .last_signed import SIGNED, LastSigned
from .merkle import HASH, TILE_HEIGHT, CompletedNode, leaf_hash
from .note import parse_note, verify_note
from .succession import succession_note
from .vault import Sealed

_REQUEST = re.compile(r"[!-~]{1,200}")
_TILE_WIDTH = 1 << TILE_HEIGHT


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be: everything but its place. Made by `draft`, outside any lock.

    Attributes:
        body: canonical bytes, from `encode_body`.
        req: request id; at most one entry ever has it.
        sealed: the values behind its commitments, for the vault.
    """

    body: bytes
    req: str | None = None
    sealed: tuple[Sealed, ...] = ()

    def __post_init__(self) -> None:
        # A draft that exists can be appended: one caller's mistake must not fail a group's commit.
        if len(self.body) > MAX_BODY:
            raise EntryError(f"body: {len(self.body)} bytes; an entry takes at most {MAX_BODY}")
        if self.req is not None and not _REQUEST.fullmatch(self.req):
            raise EntryError(
                f"req: {self.req[:40]!r} is not 1 to 200 printable ASCII characters without spaces"
            )


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of an append, valid once the transaction is committed.

    Attributes:
        first: index of the first entry of this caller.
        leaves: leaf hashes of this caller's entries.
        size: size of the ledger that the checkpoint covers.
        checkpoint: the signed note.
    """

    first: int
    leaves: tuple[bytes, ...]
    size: int
    checkpoint: bytes

    @property
    def indexes(self) -> range:
        """The indexes of this caller's entries."""
        return range(self.first, self.first + len(self.leaves))


def draft(body: Mapping[str, object], *, sealed: Sequence[Sealed] = ()) -> Draft:
    """Encode a body, and check that the sealed values are those it commits to.

    Raises:
        EntryError: the body breaks the profile, or a sealed value is not in its commitments.
    """
    req = body.get("req")
    if req is not None and not isinstance(req, str):
        raise EntryError("req: not a text")
    encoded = encode_body(body)
    for one in sealed:
        if vault.committed(dict(body), one.field, one.item) != one.c:
            raise EntryError(f"committed.{one.field}: does not hold the commitment of the sealed value")
    return Draft(encoded, req, tuple(sealed))


class Log:
    """The writing end of one ledger.

    Args:
        key: a key of the ledger; after a rotation by another process its successor takes its place.
        keys: where successors are found; without it the ledger can be handed over by nobody else.
        last_signed: what this host has signed; a database behind it gets no signature.

    Attributes:
        key: signs the checkpoints; its name is the ledger's origin.
        last_signed: as given.
    """

    def __init__(
        self, key: SigningKey, *, keys: SigningKeys | None = None, last_signed: LastSigned | None = None
    ) -> None:
        self.key = key
        self._keys = keys
        self.last_signed = last_signed

    def open(
        self,
        connection: Connection,
        *,
        at: datetime,
        header: Mapping[str, object] | None = None,
        policy: str | None = None,
    ) -> Receipt:
        """Write entry 0, ``ledger.open``: origin, verifier key and, if given, the policy's digest.

        Args:
            connection: in the caller's transaction, after `store.create`.
            at: when.
            header: further header fields, such as actor and node.
            policy: digest of the policy in force.

        Raises:
            StoreError: this ledger is open already.
        """
        head = store.lock_head(connection)
        if head.size:
            raise StoreError(f"this ledger is open already, with {head.size} entries")
        public = {"origin": self.key.name, "vkey": str(self.key.vkey)}
        if policy is not None:
            public["policy"] = policy
        body = {**(header or {}), "v": 1, "kind": "ledger.open", "t": format_time(at), "public": public}
        connection.execute(insert(store.keyring).values(vkey=str(self.key.vkey), first_size=1))
        return self.append_locked(connection, head, [draft(body)])

    def check(self, connection: Connection) -> None:
        """Check, when a node starts, that the newest checkpoint is this key's and covers every entry.

        Raises:
            StoreError: the ledger was not opened, is another's, or its head and checkpoints disagree.
            LedgerBehind: this host, or a witness, remembers a longer or another ledger of this name.
        """
        head = store.read_head(connection)
        if not head.size:
            raise StoreError("this ledger was not opened yet: it has no entry 0")
        self._follow(connection)
        try:
            note = parse_note(self.latest_checkpoint(connection, head.size))
            verify_note(note, [self.key.vkey])
            signed = parse_checkpoint(note.text)
        except LedgerError as error:
            raise StoreError(f"the newest checkpoint is not this key's: {error}") from None
        if (signed.origin, signed.size, signed.root) != (self.key.name, head.size, head.frontier.root()):
            raise StoreError(
                f"the newest checkpoint (size {signed.size}) does not fit the head (size {head.size})"
            )
        if self.last_signed is not None:
            remembered.check(connection, self.key.name, self.last_signed)

    def new_key(self) -> SigningKey:
        """A key that the ledger may be handed over to. Under the head lock, until that is committed.

        Raises:
            KeyRefused: its file cannot be written.
        """
        if self._keys is None:
            raise StoreError("this process has no folder for the ledger's keys")
        return self._keys.generate(self.key.name)

    def erase(self, former: SigningKey) -> None:
        """Erase the file of a key that has handed over, once that is committed.

        Raises:
            KeyRefused: it cannot be erased.
        """
        if self._keys is not None:
            self._keys.erase(str(former.vkey))

    @staticmethod
    def revoke(connection: Connection, vkey: str, last: int) -> None:
        """Note in the key ring what an entry ``key.revoke`` in the same transaction says."""
        former = store.keyring.c.vkey == vkey
        connection.execute(update(store.keyring).where(former).values(last_size=last))

    def succession(self, connection: Connection, successor: SigningKey) -> str:
        """What an entry ``key.rotate`` holds in its field ``note``, if it is the next entry.

        That entry goes to `append` as the first of its drafts, together with the successor.
        """
        head = store.lock_head(connection)
        self._follow(connection)
        return succession_note(self.key, successor, head.size, head.frontier.root()).decode("utf-8")

    def append(
        self, connection: Connection, drafts: Sequence[Draft], *, successor: SigningKey | None = None
    ) -> Receipt:
        """Append entries in the caller's transaction, under one signed checkpoint.

        Takes the head lock; a caller that has to read facts under it calls `store.lock_head` before. The
        receipt is true once the caller has committed: hand nothing out before.

        Args:
            connection: in the caller's transaction.
            drafts: the entries to be.
            successor: signs from here on; the first draft hands the ledger over to it (`succession`).

        Raises:
            DuplicateRequest: a request id has its entry already; nothing was written.
            StoreError: the ledger is not open, or a writer without the lock interfered.
            LedgerBehind: more was signed or witnessed than there is.
        """
        head = store.lock_head(connection)
        claim_requests(drafts, recorded_requests(connection, drafts))
        return self.append_locked(connection, head, drafts, successor=successor)

    def append_locked(
        self,
        connection: Connection,
        head: store.Head,
        drafts: Sequence[Draft],
        *,
        successor: SigningKey | None = None,
    ) -> Receipt:
        """Append under a head lock that is held, drafts whose request ids are known to be new.

        For `GroupCommitter`; everything else calls `append`.
        """
        if not head.size and not (drafts and b'"kind":"ledger.open"' in drafts[0].body):
            raise StoreError("this ledger was not opened yet: it has no entry 0")
        recovers = bool(drafts) and b'"kind":"ledger.recover"' in drafts[0].body
        if self.last_signed is not None and not recovers:
            self.last_signed.check(head.size)
        self._follow(connection)
        if not drafts:
            return Receipt(head.size, (), head.size, self.latest_checkpoint(connection, head.size))
        rows, leaves = _chain(head, drafts)
        frontier = head.frontier
        completed = frontier.extend(leaves)
        _insert_entries(connection, rows)
        _check_stored(connection, head.size, leaves)
        _extend_tiles(connection, completed)
        vault.insert_rows(
            connection,
            [(idx, one) for idx, each in enumerate(drafts, head.size) for one in each.sealed],
        )
        size, root = frontier.size, frontier.root()
        if successor is not None:
            self._hand_over(connection, head.size + 1, successor)
        signers = [self.key] if successor is None else [self.key, successor]
        note = sign_note(Checkpoint(self.key.name, size, root).text(), signers)
        connection.execute(insert(store.checkpoint), {"size": size, "root": root, "note": note})
        store.move_head(connection, head, size, leaves[-1], frontier.to_bytes())
        connection.info[SIGNED] = (note, recovers)
        return Receipt(head.size, tuple(leaves), size, note)

    def _hand_over(self, connection: Connection, size: int, successor: SigningKey) -> None:
        """Give the sizes from `size` on to the successor; this process follows at its next append."""
        current = store.keyring.c.vkey == str(self.key.vkey)
        connection.execute(update(store.keyring).where(current).values(last_size=size))
        connection.execute(insert(store.keyring).values(vkey=str(successor.vkey), first_size=size))

    def _follow(self, connection: Connection) -> None:
        """Take the key that the ledger was handed over to, whoever did that."""
        current = connection.exec_driver_sql(_CURRENT_KEY).scalar()
        if current == str(self.key.vkey):
            return
        if self._keys is None or current is None:
            raise StoreError(
                f"the ledger is not this key's: it is signed by {current}, not by {self.key.vkey}"
            )
        self.key = self._keys.load(current)

    @staticmethod
    def latest_checkpoint(connection: Connection, size: int) -> bytes:
        """The signed note of exactly this size.

        Raises:
            StoreError: there is none, so the tables were tampered with.
        """
        note = connection.scalar(select(store.checkpoint.c.note).where(store.checkpoint.c.size == size))
        if note is None:
            raise StoreError(f"no checkpoint covers the ledger's {size} entries: its tables were altered")
        return bytes(note)


def recorded_requests(connection: Connection, drafts: Iterable[Draft]) -> set[str]:
    """Which of the drafts' request ids have an entry already; one query, for any number of drafts."""
    reqs = [one.req for one in drafts if one.req is not None]
    if not reqs:
        return set()
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(_REQUESTS_SQLITE, (json.dumps(reqs),))
    else:
        found = connection.exec_driver_sql(_REQUESTS_POSTGRESQL, (reqs,))
    return set(found.scalars())


def claim_requests(drafts: Iterable[Draft], taken: set[str]) -> None:
    """Add the drafts' request ids to those taken; all of them, or none and raise DuplicateRequest."""
    fresh: set[str] = set()
    for one in drafts:
        if one.req is not None:
            if one.req in taken or one.req in fresh:
                raise DuplicateRequest(one.req)
            fresh.add(one.req)
    taken |= fresh


# The statements that run once per caller or per entry go to the driver as they are: SQLAlchemy's own work on
# them would cost more than the database's.
_REQUESTS_SQLITE = "SELECT req FROM entry WHERE req IN (SELECT value FROM json_each(?))"
_REQUESTS_POSTGRESQL = "SELECT req FROM entry WHERE req = ANY(%b)"
_CURRENT_KEY = "SELECT vkey FROM keyring WHERE last_size IS NULL"
_INSERT_SQLITE = "INSERT INTO entry (idx, bytes, leaf, prev, req) VALUES (?, ?, ?, ?, ?)"
_INSERT_POSTGRESQL = (
    "INSERT INTO entry (idx, bytes, leaf, prev, req) "
    "SELECT * FROM unnest(%b::bigint[], %b::bytea[], %b::bytea[], %b::bytea[], %b::text[])"
)
_STORED = (
    select(store.entry.c.idx, store.entry.c.bytes)
    .where(store.entry.c.idx >= bindparam("first"))
    .order_by(store.entry.c.idx)
)

Row = tuple[int, bytes, bytes, bytes, str | None]


def _chain(head: store.Head, drafts: Sequence[Draft]) -> tuple[list[Row], list[bytes]]:
    rows: list[Row] = []
    leaves: list[bytes] = []
    prev = head.leaf
    for idx, one in enumerate(drafts, head.size):
        data = splice(one.body, prev, idx)
        leaf = leaf_hash(data)
        rows.append((idx, data, leaf, prev, one.req))
        leaves.append(leaf)
        prev = leaf
    return rows, leaves


def _insert_entries(connection: Connection, rows: list[Row]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT_SQLITE, rows)
    else:  # one statement for any number of rows: here the round trips are what costs
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(_INSERT_POSTGRESQL, columns)


def _check_stored(connection: Connection, first: int, leaves: list[bytes]) -> None:
    """Hash what the database gives back: an entry that is not what was signed must never be committed."""
    stored = connection.execute(_STORED, {"first": first}).all()
    if len(stored) != len(leaves):
        raise StoreError(f"{len(leaves)} entries were inserted, and {len(stored)} are there")
    for (idx, data), leaf in zip(stored, leaves, strict=True):
        if leaf_hash(data) != leaf:
            raise StoreError(f"entry {idx}: the database returns other bytes than were stored")


def _extend_tiles(connection: Connection, completed: list[CompletedNode]) -> None:
    tiles: dict[tuple[int, int], list[bytes]] = {}
    starts: dict[tuple[int, int], int] = {}
    for level, n, node in completed:
        place = (level // TILE_HEIGHT, n // _TILE_WIDTH)
        starts.setdefault(place, n % _TILE_WIDTH)
        tiles.setdefault(place, []).append(node)
    for (level, n), nodes in tiles.items():
        hashes, start = b"".join(nodes), starts[level, n]
        if start == 0:
            connection.execute(insert(store.tile), {"level": level, "n": n, "hashes": hashes})
            continue
        this = (store.tile.c.level == level, store.tile.c.n == n)
        before = connection.scalar(select(store.tile.c.hashes).where(*this))
        if before is None or len(before) != start * HASH:
            raise StoreError(f"tile {level}/{n} does not hold {start} hashes: the tables were altered")
        connection.execute(update(store.tile).where(*this).values(hashes=bytes(before) + hashes))
