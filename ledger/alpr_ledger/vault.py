"""The vault: the values behind the commitments, sealed, and erasable one by one or key by key.

Each value lies with its salt under AES-256-GCM, by the current key of its vault class and scope. Opening
checks it against the entry. A purge deletes the row and, with the last row, the key: the entry and every proof stay
valid, and nobody can tell the value any more. Equality search goes through an HMAC under the vault class's
index key, which is no signing key and stays out of every entry.

Values are searched as they were committed to: give both in one normal form.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, bindparam, delete, select, update

from . import store
from .commitment import SALT, Commitment, check_opening
from .entry import parse_entry
from .errors import ValueDestroyed, VaultError, VerificationError

NONCE = 12
_BATCH = 500
_INSERT_SQLITE = (
    "INSERT INTO vault (id, idx, field, item, vault_class, key_id, sealed, lookup) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_POSTGRESQL = (
    "INSERT INTO vault (id, idx, field, item, vault_class, key_id, sealed, lookup) "
    "SELECT * FROM unnest(%b::text[], %b::bigint[], %b::text[], %b::integer[], "
    "%b::text[], %b::text[], %b::bytea[], %b::bytea[])"
)


class VaultKeys(Protocol):
    """Where the vault's keys come from. Every key has 32 bytes; none of them is in the database."""

    def current(self, vault_class: str, scope: str) -> tuple[str, bytes]:
        """The id and the key that seal new values of this class and scope, such as a day."""

    def get(self, key_id: str) -> bytes:
        """The key of that id. Raises KeyDestroyed when it was erased."""

    def index_key(self, vault_class: str) -> bytes:
        """The key of the class's equality search."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value, ready to be stored with the entry that holds its commitment.

    Attributes:
        id: 32 hex digits, minted here, ascending with time; names the row for `destroy`.
        field: the committed field.
        item: position among the commitments of that field in its entry, from 0.
        vault_class: decides how long it lives.
        key_id: the key that sealed it.
        sealed: nonce, ciphertext and tag of salt and value.
        lookup: HMAC-SHA256 of the value under the class's index key; empty where `find` is not to find it.
        c: the commitment; not stored, the entry holds it.
    """

    id: str
    field: str
    item: int
    vault_class: str
    key_id: str
    sealed: bytes
    lookup: bytes
    c: str


@dataclass(frozen=True, slots=True)
class Found:
    """Where a value was found: a vault row, and the commitment it opens."""

    id: str
    idx: int
    field: str
    item: int


def seal(
    commitments: Iterable[Commitment],
    vault_class: str,
    keys: VaultKeys,
    *,
    scope: str = "",
    findable: bool = True,
) -> list[Sealed]:
    """Seal the values of one entry's commitments. Needs no lock and no transaction.

    Args:
        commitments: in the order in which the entry lists them.
        vault_class: of all of them.
        keys: where the keys come from.
        scope: picks the key within the class, such as a capture day.
        findable: whether `find` finds them. The index of random hashes is what storing and destroying values
            cost most, so it holds only what somebody looks for.
    """
    key_id, key = keys.current(vault_class, scope)
    cipher, index_key = AESGCM(key), keys.index_key(vault_class)
    items: dict[str, int] = {}
    rows = []
    for one in commitments:
        item = items.get(one.field, 0)
        items[one.field] = item + 1
        value = one.value.encode("utf-8")
        nonce = os.urandom(NONCE)
        sealed = nonce + cipher.encrypt(nonce, one.salt + value, _bound_to(vault_class, one.field))
        lookup = hmac.digest(index_key, value, "sha256") if findable else b""
        rows.append(Sealed(_new_id(), one.field, item, vault_class, key_id, sealed, lookup, one.c))
    return rows


def insert_rows(connection: Connection, rows: Sequence[tuple[int, Sealed]]) -> None:
    """Store sealed values, each with the index of its entry, in the caller's transaction.

    `Log.append` does this for the drafts that carry them; nothing else needs to.
    """
    if not rows:
        return
    values = [
        (one.id, idx, one.field, one.item, one.vault_class, one.key_id, one.sealed, one.lookup)
        for idx, one in rows
    ]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT_SQLITE, values)
    else:  # one statement for any number of rows, as `log` does for the entries
        connection.exec_driver_sql(
            _INSERT_POSTGRESQL, tuple(list(column) for column in zip(*values, strict=True))
        )


def open_value(connection: Connection, idx: int, field: str, keys: VaultKeys, *, item: int = 0) -> Commitment:
    """Open one committed value of entry `idx`, checked against the entry.

    The result's salt and value are what discloses it to an auditor (`commitment.check_opening`).

    Raises:
        ValueDestroyed: it was purged, or never was in the vault.
        KeyDestroyed: its key was erased.
        VaultError: the row or the key is not what sealed it, or it does not open the entry's commitment.
    """
    row = connection.execute(
        select(store.vault).where(
            store.vault.c.idx == idx, store.vault.c.field == field, store.vault.c.item == item
        )
    ).first()
    if row is None:
        raise ValueDestroyed(f"entry {idx}: the vault holds no {field}: it was purged, or never stored")
    salt, value = _unseal(row.sealed, row.vault_class, field, keys.get(row.key_id), idx)
    data = connection.scalar(select(store.entry.c.bytes).where(store.entry.c.idx == idx))
    if data is None:
        raise VaultError(f"entry {idx}: not in this ledger")
    c = committed(parse_entry(bytes(data)).body, field, item)
    if c is None:
        raise VaultError(f"entry {idx}: commits to no {field}, yet the vault has one")
    try:
        check_opening(c, field, salt, value)
    except VerificationError:
        raise VaultError(
            f"entry {idx}: the vault's {field} is not what the entry committed to; the vault was altered"
        ) from None
    return Commitment(field, value, salt, c)


def find(
    connection: Connection, vault_class: str, value: str, keys: VaultKeys, *, field: str | None = None
) -> list[Found]:
    """Where exactly this value was committed to, in one vault class, if it is findable; by ascending entry."""
    lookup = hmac.digest(keys.index_key(vault_class), value.encode("utf-8"), "sha256")
    rows = store.vault.c
    query = select(rows.id, rows.idx, rows.field, rows.item).where(
        store.FINDABLE, rows.lookup == lookup, rows.vault_class == vault_class
    )
    if field is not None:
        query = query.where(rows.field == field)
    return [Found(*row) for row in connection.execute(query.order_by(rows.idx, rows.field, rows.item))]


def reseal(
    connection: Connection,
    places: Collection[tuple[int, str, int]],
    vault_class: str,
    keys: VaultKeys,
    *,
    scope: str = "",
) -> int:
    """Move values to another class, sealed under its key; return how many there were.

    What an entry committed to stays the same: only how long the value behind it lives, and which key opens it.

    Args:
        connection: in the caller's transaction.
        places: entry, field and position of each.
        vault_class: theirs from now on.
        keys: where the keys come from.
        scope: picks the key within the class.

    Raises:
        KeyDestroyed: the key of one was erased.
        VaultError: a row or its key is not what sealed it.
    """
    key_id, key = keys.current(vault_class, scope)
    cipher, index_key = AESGCM(key), keys.index_key(vault_class)
    wanted, moved = set(places), []
    entries = sorted({idx for idx, _, _ in wanted})
    for at in range(0, len(entries), _BATCH):
        some = store.vault.c.idx.in_(entries[at : at + _BATCH])
        for row in connection.execute(select(store.vault).where(some)).all():
            if (row.idx, row.field, row.item) not in wanted or row.key_id == key_id:
                continue
            salt, value = _unseal(row.sealed, row.vault_class, row.field, keys.get(row.key_id), row.idx)
            nonce, text = os.urandom(NONCE), value.encode("utf-8")
            moved.append(
                {
                    "row": row.id,
                    "vault_class": vault_class,
                    "key_id": key_id,
                    "sealed": nonce + cipher.encrypt(nonce, salt + text, _bound_to(vault_class, row.field)),
                    "lookup": hmac.digest(index_key, text, "sha256") if row.lookup else b"",
                }
            )
    if moved:
        connection.execute(update(store.vault).where(store.vault.c.id == bindparam("row")), moved)
    return len(moved)


def destroy(connection: Connection, ids: Sequence[str]) -> int:
    """Delete vault rows; return how many there were. The entry that says so, and keys, are the caller's."""
    statement = delete(store.vault).where(store.vault.c.id.in_(bindparam("ids", expanding=True)))
    return sum(
        connection.execute(statement, {"ids": ids[at : at + _BATCH]}).rowcount
        for at in range(0, len(ids), _BATCH)
    )


def committed(body: dict[str, object], field: str, item: int) -> str | None:
    """The commitment that a body holds for `field` at position `item`, or None."""
    fields = body.get("committed")
    value = fields.get(field) if isinstance(fields, dict) else None
    if isinstance(value, list):
        value = value[item] if item < len(value) else None
    elif item:
        return None
    return value if isinstance(value, str) else None


def _unseal(sealed: bytes, vault_class: str, field: str, key: bytes, idx: int) -> tuple[bytes, str]:
    data = bytes(sealed)
    try:
        opened = AESGCM(key).decrypt(data[:NONCE], data[NONCE:], _bound_to(vault_class, field))
        return opened[:SALT], opened[SALT:].decode("utf-8")
    except (InvalidTag, ValueError):
        raise VaultError(
            f"entry {idx}: the vault's {field} does not open under its key: the row or the key was altered"
        ) from None


def _bound_to(vault_class: str, field: str) -> bytes:
    return f"alpr-ledger/v1\x00{vault_class}\x00{field}".encode()


def _new_id() -> str:
    # Milliseconds first, so that new rows go to the end of the index.
    return (time.time_ns() // 1_000_000).to_bytes(6, "big").hex() + os.urandom(10).hex()
