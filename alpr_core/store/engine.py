"""How the two databases are opened: the settings each needs to be safe, and transactions that begin when told to.

SQLite: WAL, ``synchronous=FULL`` (a committed entry survives a power cut), foreign keys, ``secure_delete`` (what
is purged is overwritten). The driver's own transaction handling is off, so that DDL is transactional and a writer
begins with BEGIN IMMEDIATE.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url

from alpr_core.errors import StoreError

BUSY_TIMEOUT_MS = 30_000
"""How long SQLite waits for another process's lock; writers queue on the node's own lock before that."""


def make_engine(url: str | URL) -> Engine:
    """Return an engine for ``sqlite:///PATH`` or ``postgresql+psycopg://…``.

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
            return _sqlite(parsed)
        case "postgresql":
            return _postgresql(parsed)
        case other:
            raise StoreError(f"[store] url: {other} is not supported; use sqlite or postgresql")


def _sqlite(url: URL) -> Engine:
    if not url.database or url.database == ":memory:":
        raise StoreError("[store] url: a node needs a database file, for example sqlite:///var/alpr.db")
    _make_private(Path(url.database))
    engine = sa.create_engine(
        url,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False},
        pool_size=16,
        max_overflow=48,
    )

    @sa.event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "secure_delete=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _make_private(path: Path) -> None:
    """Make the file, if it is new, with the mode that SQLite then gives its WAL too."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreError(f"the database {path} cannot be opened: {error.strerror}") from error


def _postgresql(url: URL) -> Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        return sa.create_engine(url, pool_pre_ping=True, pool_size=16, max_overflow=16)
    except ModuleNotFoundError as error:
        raise StoreError(
            "[store] url: PostgreSQL needs its driver: pip install 'alpr-core[postgresql]'"
        ) from error
