"""The ledger's tables on SQLite and PostgreSQL: made and upgraded on a given connection, and the head lock.

One database, one transaction: nothing here begins, commits or rolls back. Entries and checkpoints are stored
as the very bytes that were hashed and signed. Triggers refuse to change or delete them: that prevents
accidents; the evidence against intent is the tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    bindparam,
    func,
    insert,
    inspect,
    literal_column,
    select,
    text,
    update,
)

from .entry import GENESIS_PREV
from .errors import StoreError
from .merkle import Frontier

VERSION = 3
"""Of the tables below. A change of them is a step in `create`, and this number."""

metadata = MetaData()
_index = BigInteger().with_variant(Integer(), "sqlite")  # INTEGER PRIMARY KEY is the row id there

ledger_version = Table(
    "ledger_version",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
)
entry = Table(
    "entry",
    metadata,
    Column("idx", _index, primary_key=True, autoincrement=False),
    Column("bytes", LargeBinary, nullable=False),
    Column("leaf", LargeBinary, nullable=False, unique=True),
    Column("prev", LargeBinary, nullable=False, unique=True),  # two entries after one another's head: a fork
    Column("req", Text, unique=True),
)
tile = Table(
    # Row (L, n) holds the roots of complete subtrees of 256^L leaves, up to 256 of them, as C2SP tlog-tiles
    # numbers them. L starts at 1: the tiles of level 0 are the column entry.leaf.
    "tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("n", _index, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", _index, primary_key=True, autoincrement=False),  # a second one of this size: a fork
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
)
cosignature = Table(
    "cosignature",
    metadata,
    Column("size", _index, primary_key=True, autoincrement=False),
    Column("vkey", Text, primary_key=True),
    Column("line", LargeBinary, nullable=False),
)
stamp = Table(
    # Since version 2: time-stamp tokens (RFC 3161) over the checkpoint's text.
    "stamp",
    metadata,
    Column("size", _index, primary_key=True, autoincrement=False),
    Column("authority", Text, primary_key=True),
    Column("token", LargeBinary, nullable=False),
)
head = Table(
    "head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("size", _index, nullable=False),
    Column("leaf", LargeBinary, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
vault = Table(
    "vault",
    metadata,
    Column("id", Text, primary_key=True),
    Column("idx", _index, nullable=False, index=True),
    Column("field", Text, nullable=False),
    Column("item", Integer, nullable=False),
    Column("vault_class", Text, nullable=False),
    Column("key_id", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("lookup", LargeBinary, nullable=False),
    Index("ix_vault_key_id", "key_id"),
)
FINDABLE = func.length(vault.c.lookup) > literal_column("0")
"""Which values `vault.find` finds. A query has to say it in the same words, or the index is not used."""
_lookup = Index(  # Since version 3 only of what is looked for.
    "ix_vault_lookup", vault.c.lookup, sqlite_where=FINDABLE, postgresql_where=FINDABLE
)
keyring = Table(
    # Public keys and the sizes of the ledger that each may sign for; secrets are files.
    "keyring",
    metadata,
    Column("vkey", Text, primary_key=True),
    Column("first_size", _index, nullable=False),
    Column("last_size", _index),
)

_FROZEN = ("entry", "checkpoint", "cosignature", "stamp")
_SQLITE_TRIGGER = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: {table} rows are never changed or deleted'); END
"""
_POSTGRESQL_FUNCTION = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the ledger is append-only: % rows are never changed or deleted', TG_TABLE_NAME; END $$
"""
_POSTGRESQL_TRIGGERS = (
    "CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE ON {table} "
    "FOR EACH ROW EXECUTE FUNCTION ledger_append_only()",
    "CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_append_only()",
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where the ledger ends.

    Attributes:
        size: number of entries.
        leaf: leaf hash of the last one, or 32 zero bytes.
        frontier: of the tree over all of them; each Head has its own.
    """

    size: int
    leaf: bytes
    frontier: Frontier


def create(connection: Connection) -> None:
    """Make the tables where they are missing, upgrade them where they are old; in the caller's transaction.

    Raises:
        StoreError: they are newer than this program, or the database is neither SQLite nor PostgreSQL.
    """
    if connection.dialect.name not in ("sqlite", "postgresql"):
        raise StoreError(f"a ledger lives in SQLite or PostgreSQL, not in {connection.dialect.name}")
    if stored_version(connection) is not None:
        _upgrade(connection)
        return
    metadata.create_all(connection, checkfirst=False)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION.replace("%", "%%"))
    _freeze(connection, _FROZEN)
    connection.execute(insert(ledger_version).values(id=1, version=VERSION))
    connection.execute(insert(head).values(id=1, size=0, leaf=GENESIS_PREV, frontier=b""))


def stored_version(connection: Connection) -> int | None:
    """The version of the ledger's tables in this database, or None where it has none."""
    if not inspect(connection).has_table(ledger_version.name):
        return None
    version = connection.scalar(select(ledger_version.c.version).where(ledger_version.c.id == 1))
    return None if version is None else int(version)


def lock_head(connection: Connection) -> Head:
    """The head, locked against every other writer until the caller's transaction ends.

    On PostgreSQL the row is locked, and in READ COMMITTED all that is read afterwards is the newest state. On
    SQLite the caller holds the node's `QueuedLock` and has begun IMMEDIATE, which is the same lock.

    Raises:
        StoreError: the tables are missing or damaged.
    """
    return _read_head(connection, lock=True)


def head_is_awaited(connection: Connection) -> bool:
    """Whether somebody waits on PostgreSQL for the head that this transaction has locked."""
    return bool(connection.scalar(_WAITING))


def read_head(connection: Connection) -> Head:
    """The head as this transaction sees it, unlocked.

    Raises:
        StoreError: the tables are missing or damaged.
    """
    return _read_head(connection, lock=False)


def move_head(connection: Connection, old: Head, size: int, leaf: bytes, frontier: bytes) -> None:
    """Compare-and-swap: move the head, if it is still where `old` says.

    Raises:
        StoreError: somebody else moved it, so this transaction must not be committed.
    """
    moved = connection.execute(
        _SWAP,
        {"at_size": old.size, "at_leaf": old.leaf, "size": size, "leaf": leaf, "frontier": frontier},
    )
    if moved.rowcount != 1:
        raise StoreError(
            "the ledger's head moved while it was being appended to: a writer did not hold the lock. "
            "Nothing was stored."
        )


_HEAD = select(head.c.size, head.c.leaf, head.c.frontier).where(head.c.id == 1)
_HEAD_LOCKED = _HEAD.with_for_update()
_WAITING = text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"
    " AND transactionid = pg_current_xact_id_if_assigned()::xid)"
)
_SWAP = update(head).where(
    head.c.id == 1, head.c.size == bindparam("at_size"), head.c.leaf == bindparam("at_leaf")
)


def _read_head(connection: Connection, *, lock: bool) -> Head:
    row = connection.execute(_HEAD_LOCKED if lock else _HEAD).one_or_none()
    if row is None:
        raise StoreError("the ledger has no head: its tables were not created, or were damaged")
    size, leaf, frontier = row
    return Head(size, bytes(leaf), Frontier.from_bytes(size, bytes(frontier)))


def _upgrade(connection: Connection) -> None:
    """Take the steps from the version that is there to this one; each adds, and changes nothing that was recorded."""
    version = ledger_version.c.version
    # Locked on PostgreSQL, as SQLite's whole database is: of two programs that come at once, one finds it done.
    found = connection.scalar(select(version).where(ledger_version.c.id == 1).with_for_update())
    if found is None or found > VERSION:
        raise StoreError(
            f"the ledger's tables are of version {found}, this program knows {VERSION}: "
            "use the program that upgraded them, or a newer one"
        )
    if found < 2:
        stamp.create(connection, checkfirst=False)
        _freeze(connection, [stamp.name])
    if found < 3:
        _lookup.drop(connection)
        _lookup.create(connection)
    if found < VERSION:
        connection.execute(update(ledger_version).values(version=VERSION))


def _freeze(connection: Connection, tables: Iterable[str]) -> None:
    if connection.dialect.name == "sqlite":
        statements = [_SQLITE_TRIGGER.format(table=t, verb=v) for t in tables for v in ("UPDATE", "DELETE")]
    else:
        statements = [s.format(table=t) for t in tables for s in _POSTGRESQL_TRIGGERS]
    for statement in statements:
        connection.exec_driver_sql(statement)
