"""Where a ledger is read from to be verified: a SQLite file by the standard library, PostgreSQL, or an export.

What is read is evidence, perhaps hostile: nothing is written, nothing is trusted, and trouble is reported as
SourceError (it cannot be read) or VerificationError (it is damaged).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from .checkpoint import Checkpoint, parse_checkpoint
from .errors import NoteError, SourceError, VerificationError
from .merkle import TILE_HEIGHT
from .note import MAX_NOTE, parse_note
from .storage import is_url

EntryRow = tuple[int, bytes, bytes, bytes, str | None]
"""idx, bytes, leaf, prev, req; as found, so not even the types are sure."""
CheckpointRow = tuple[int, bytes, bytes]
"""size, root, note."""
TileRow = tuple[int, int, bytes]
"""level, n, hashes."""
HeadRow = tuple[int, bytes, bytes]
"""size, leaf, frontier."""
CosignatureRow = tuple[int, bytes]
"""size, the witness's signature line with its newline."""
StampRow = tuple[int, str, bytes]
"""size, the authority's name or "", the time-stamp token."""

TABLES = ("entry", "checkpoint", "cosignature", "tile", "head")
ENTRIES = "SELECT idx, bytes, leaf, prev, req FROM entry"
LEAVES = "SELECT leaf FROM entry"
CHECKPOINTS = "SELECT size, root, note FROM checkpoint"
CHECKPOINT_COUNT = "SELECT count(*) FROM checkpoint"
TILES = "SELECT level, n, hashes FROM tile ORDER BY level, n"
TILE = "SELECT hashes FROM tile"
COSIGNATURES = "SELECT size, line FROM cosignature ORDER BY size DESC, vkey"
STAMPS = "SELECT size, authority, token FROM stamp ORDER BY size DESC, authority"
STAMP = "stamp"
"""The table of the time stamps; a ledger of before there were any has none."""
HEAD = "SELECT size, leaf, frontier FROM head WHERE id = 1"
END = 2**63 - 1
"""Beyond every index."""
PAGE = 2000
BUSY_SECONDS = 5.0
_MAGIC = b"SQLite format 3\x00"


class Source(Protocol):
    """One unchanging view of a ledger's tables.

    Attributes:
        target: what `open_source` was given, so that a worker process can open it too.
        has_tables: whether these are a ledger's own tables, with every checkpoint, and with each request id beside
            its entry. An export has neither.
    """

    target: str
    has_tables: bool

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[list[EntryRow]]:
        """Pages of the entries `first` .. `end` - 1 by ascending index."""

    def checkpoints(self, first: int = 0) -> Iterator[list[CheckpointRow]]:
        """Pages of the checkpoints of size `first` and more, by ascending size."""

    def checkpoint_count(self) -> int:
        """The number of checkpoints."""

    def cosignatures(self) -> Iterator[list[CosignatureRow]]:
        """Pages of the witnesses' signature lines, newest first."""

    def stamps(self) -> Iterator[list[StampRow]]:
        """Pages of the time stamps, the largest size first."""

    def tiles(self) -> Iterator[list[TileRow]]:
        """Pages of the tiles above level 0, by level and number."""

    def tile(self, level: int, n: int) -> bytes:
        """The hashes of one tile, or nothing; those of level 0 are the leaf hashes."""

    def head(self) -> HeadRow | None:
        """The head, or None where its row is missing."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(target: str | Path) -> Source:
    """Open a ledger for verification.

    Args:
        target: path of a SQLite file; URL of a PostgreSQL database (``postgresql://``; needs ``[sql]``); or an
            export, as a folder or as the URL it is served under (``https://``, or ``s3://`` with ``[s3]``).

    Raises:
        SourceError: it is missing, locked, not a ledger, or cannot be read.
        VerificationError: the file is damaged.
    """
    text = str(target)
    if text.startswith(("postgresql://", "postgresql+psycopg://")):
        try:
            from .postgresql import PostgresqlSource
        except ImportError:
            raise SourceError("PostgreSQL needs more packages: pip install 'alpr-ledger[sql]'") from None
        return PostgresqlSource(text)
    if is_url(text) or Path(text).is_dir():
        from .tile_source import TileSource

        return TileSource(text)
    return SqliteSource(Path(text))


def read_checkpoint(note: object, what: str) -> Checkpoint:
    """The checkpoint in a signed note, unverified.

    Raises:
        VerificationError: it is malformed; `what` says which one.
    """
    if not isinstance(note, bytes):
        raise VerificationError(f"{what} is stored as {type(note).__name__}")
    try:
        return parse_checkpoint(parse_note(note).text)
    except NoteError as error:
        raise VerificationError(f"{what} cannot be read: {error}") from None


def newest_checkpoint(source: Source) -> tuple[bytes, Checkpoint]:
    """The signed note over the whole ledger, and the checkpoint in it, unverified.

    Raises:
        VerificationError: there is none.
    """
    head = source.head()
    if head is not None and isinstance(head[0], int):
        for page in source.checkpoints(head[0]):
            return page[0][2], read_checkpoint(page[0][2], "the newest checkpoint")
    raise VerificationError("no checkpoint covers the ledger")


class SqliteSource:
    """A ledger in a SQLite file, opened read-only, with its write-ahead log where there is one.

    Args:
        path: the database file.
    """

    has_tables = True

    def __init__(self, path: Path) -> None:
        self.target = str(path)
        _check_file(path)
        with _readable(self.target):
            self._connection = _connect(path)
        try:
            with _readable(self.target):
                self._connection.execute("PRAGMA trusted_schema=OFF")
                self._connection.execute("BEGIN")  # one snapshot, while others go on writing
            self._check_tables()
        except BaseException:
            self._connection.close()
            raise

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[list[EntryRow]]:
        """Pages of the entries `first` .. `end` - 1 by ascending index."""
        if first == 0 and end is None:  # also rows below 0, which should not be there
            return self._pages(f"{ENTRIES} ORDER BY idx")
        return self._pages(
            f"{ENTRIES} WHERE idx >= ? AND idx < ? ORDER BY idx", (first, END if end is None else end)
        )

    def checkpoints(self, first: int = 0) -> Iterator[list[CheckpointRow]]:
        """Pages of the checkpoints of size `first` and more, by ascending size."""
        if not first:  # also such of a size below 0
            return self._pages(f"{CHECKPOINTS} ORDER BY size")
        return self._pages(f"{CHECKPOINTS} WHERE size >= ? ORDER BY size", (first,))

    def checkpoint_count(self) -> int:
        """The number of checkpoints."""
        with _readable(self.target):
            return int(self._connection.execute(CHECKPOINT_COUNT).fetchone()[0])

    def cosignatures(self) -> Iterator[list[CosignatureRow]]:
        """Pages of the witnesses' signature lines, newest first."""
        return self._pages(COSIGNATURES)

    def stamps(self) -> Iterator[list[StampRow]]:
        """Pages of the time stamps, the largest size first."""
        return self._pages(STAMPS) if STAMP in self._tables else iter(())

    def tiles(self) -> Iterator[list[TileRow]]:
        """Pages of the tiles above level 0, by level and number."""
        return self._pages(TILES)

    def tile(self, level: int, n: int) -> bytes:
        """The hashes of one tile, or nothing; those of level 0 are the leaf hashes."""
        if level:
            pages = self._pages(f"{TILE} WHERE level = ? AND n = ?", (level, n))
        else:
            first, end = n << TILE_HEIGHT, (n + 1) << TILE_HEIGHT
            pages = self._pages(f"{LEAVES} WHERE idx >= ? AND idx < ? ORDER BY idx", (first, end))
        return join_hashes(pages)

    def head(self) -> HeadRow | None:
        """The head, or None where its row is missing."""
        with _readable(self.target):
            row: HeadRow | None = self._connection.execute(HEAD).fetchone()
        return row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _pages(self, query: str, values: tuple[int | None, ...] = ()) -> Iterator[list[Any]]:
        with _readable(self.target):
            cursor = self._connection.execute(query, values)
        while True:
            with _readable(self.target):
                page = cursor.fetchmany(PAGE)
            if not page:
                return
            yield page

    def _check_tables(self) -> None:
        with _readable(self.target):
            rows = self._connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        self._tables = {name for (name,) in rows}
        missing = [name for name in TABLES if name not in self._tables]
        if missing:
            raise SourceError(
                f"{self.target}: not a ledger: it has no table {' and no table '.join(missing)}"
            )


def join_hashes(pages: Iterator[list[tuple[object]]]) -> bytes:
    """Rows of hashes, one after another; a value that is not even bytes ends it, and is missed where it counts."""
    parts: list[bytes] = []
    for page in pages:
        for (value,) in page:
            if not isinstance(value, bytes):
                return b"".join(parts)
            parts.append(value)
    return b"".join(parts)


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise SourceError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise SourceError(f"{path}: a folder; give the database file in it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SourceError(f"{path}: cannot be read: {reason}") from None
    if start != _MAGIC:
        raise SourceError(f"{path}: not a SQLite database" + ("" if start else ": the file is empty"))


def _connect(path: Path) -> sqlite3.Connection:
    """Open read-only.

    A write-ahead log is read through a shared-memory file beside it, which SQLite cannot make in a folder that
    is read-only. The file then is opened as one that nobody changes, unless part of it is in a log or journal.
    """
    address = path.absolute().as_uri()
    connection = _open(f"{address}?mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        return connection
    except sqlite3.Error as error:
        connection.close()
        if _code(error) not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
            raise
    for log in (Path(f"{path}-wal"), Path(f"{path}-journal")):
        if log.exists() and log.stat().st_size:
            raise SourceError(
                f"{path}: the newest changes are in {log.name}, which cannot be read in this folder: "
                "copy both files into a folder that you may write to"
            )
    return _open(f"{address}?mode=ro&immutable=1")


def _open(address: str) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 2 * MAX_NOTE)  # a hostile file must not fill the memory
    return connection


@contextmanager
def _readable(target: str) -> Iterator[None]:
    """Tell SQLite's errors apart: locked and unreadable is one thing, damaged another."""
    try:
        yield
    except sqlite3.Error as error:
        if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise SourceError(f"{target}: locked by another program; try again when it has ended") from None
        if _code(error) == sqlite3.SQLITE_CANTOPEN:
            raise SourceError(f"{target}: cannot be opened: {error}") from None
        if "no such column" in str(error):
            raise SourceError(f"{target}: not a ledger of this version: {error}") from None
        raise VerificationError(f"{target}: the database file is damaged: {error}") from None


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code, or 0 where the error is the driver's own."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
