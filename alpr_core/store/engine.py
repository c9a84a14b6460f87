"""How the two databases are opened: the settings each needs to be safe, and transactions that begin when told to.

Readers and writers have an engine each. A reader's connections cannot write. SQLite: WAL, ``synchronous=FULL`` (a
committed entry survives a power cut), foreign keys, ``secure_delete`` (what is purged is overwritten); the driver's
own transaction handling is off, so that DDL is transactional and a writer begins with BEGIN IMMEDIATE. PostgreSQL:
writers at READ COMMITTED behind the ledger's head lock, readers on a REPEATABLE READ snapshot.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from alpr_core.errors import StoreError
from alpr_core.places import metres

BUSY_TIMEOUT_MS = 30_000
"""How long SQLite waits for another process's lock; writers queue on the node's own lock before that."""

LOG_PAGES = 10_000
"""Pages in SQLite's write-ahead log at which a commit copies them into the database: 40 MB. A tenth is usual, but
then whoever commits while a purge runs copies what the purge wrote. It does that itself, beside everybody."""

CACHE_KIB = 32_000
"""A writer's page cache on SQLite: a batch of a purge touches more pages than the usual 2 MB hold, and would write
some of them to the log twice."""

READ_TIMEOUT_MS = 30_000
"""How long a statement of a reader may run on PostgreSQL: a forgotten snapshot holds up the clearing of dead rows."""

POOL = {"pool_size": 16, "max_overflow": 48}


def make_engine(url: str | URL, *, writes: bool) -> Engine:
    """Return an engine for ``sqlite:///PATH`` or ``postgresql+psycopg://…``.

    Args:
        url: where the database is.
        writes: whether its connections may write.

    Raises:
        StoreError: if the URL is of another kind, or the driver for it is not installed.
    """
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise StoreError(
            "[store] url is not a database URL; write sqlite:///var/alpr.db or postgresql+psycopg://USER@HOST/NAME"
        ) from error
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed, writes)
        case "postgresql":
            return _postgresql(parsed, writes)
        case other:
            raise StoreError(f"[store] url: {other} is not supported; use sqlite or postgresql")


def _sqlite(url: URL, writes: bool) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("[store] url: a node needs a database file, for example sqlite:///var/alpr.db")
    _make_private(Path(url.database))
    arguments = {"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    engine = sa.create_engine(url, connect_args=arguments, **POOL)

    @sa.event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        (pages,) = cursor.execute("PRAGMA page_count").fetchone()
        if not pages:  # of a database with tables it would wait for whoever writes
            cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"wal_autocheckpoint={LOG_PAGES}",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            *([f"cache_size={-CACHE_KIB}"] if writes else []),
            f"query_only={'OFF' if writes else 'ON'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        connection.create_function("alpr_metres", 4, _metres, deterministic=True)

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _metres(*places: float | None) -> float | None:
    """Return `metres` for SQLite, which may have been built without sines; of no place no distance."""
    return None if None in places else metres(*(one for one in places if one is not None))


def _make_private(path: Path) -> None:
    """Make the file, if it is new, with the mode that SQLite then gives its WAL too."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"the database {path} cannot be opened: {error.strerror}") from error


def _postgresql(url: URL, writes: bool) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(url, **POOL)
    except ModuleNotFoundError as error:
        raise StoreError(
            "[store] url: PostgreSQL needs its driver: pip install 'alpr-core[postgresql]'"
        ) from error
    if not writes:

        @sa.event.listens_for(engine, "connect")
        def _snapshots(connection: Any, _record: object) -> None:
            from psycopg import IsolationLevel

            connection.execute(f"SET statement_timeout = {READ_TIMEOUT_MS}")
            connection.commit()
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            connection.read_only = True

    return engine
