"""A ledger in PostgreSQL, read for verification by psycopg alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg

from . import source
from .errors import SourceError
from .merkle import TILE_HEIGHT
from .source import CheckpointRow, CosignatureRow, EntryRow, HeadRow, StampRow, TileRow

_PAGE = 5000


class PostgresqlSource:
    """A ledger in a PostgreSQL database: one read-only snapshot, streamed.

    Args:
        url: ``postgresql://`` or, as SQLAlchemy writes it, ``postgresql+psycopg://``.
    """

    has_tables = True

    def __init__(self, url: str) -> None:
        self.target = url
        with _readable():
            self._connection = psycopg.connect(url.replace("+psycopg", "", 1))
        try:
            self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            self._connection.read_only = True
            self._check_tables()
        except BaseException:
            self._connection.close()
            raise

    def entries(self, first: int = 0, end: int | None = None) -> Iterator[list[EntryRow]]:
        """Pages of the entries `first` .. `end` - 1 by ascending index."""
        if first == 0 and end is None:
            return self._pages(f"{source.ENTRIES} ORDER BY idx")
        return self._pages(
            f"{source.ENTRIES} WHERE idx >= %s AND idx < %s ORDER BY idx",
            (first, source.END if end is None else end),
        )

    def checkpoints(self, first: int = 0) -> Iterator[list[CheckpointRow]]:
        """Pages of the checkpoints of size `first` and more, by ascending size."""
        if not first:
            return self._pages(f"{source.CHECKPOINTS} ORDER BY size")
        return self._pages(f"{source.CHECKPOINTS} WHERE size >= %s ORDER BY size", (first,))

    def checkpoint_count(self) -> int:
        """The number of checkpoints."""
        return int(self._row(source.CHECKPOINT_COUNT)[0])

    def cosignatures(self) -> Iterator[list[CosignatureRow]]:
        """Pages of the witnesses' signature lines, newest first."""
        return self._pages(source.COSIGNATURES)

    def stamps(self) -> Iterator[list[StampRow]]:
        """Pages of the time stamps, the largest size first."""
        return self._pages(source.STAMPS) if self._has_table(source.STAMP) else iter(())

    def tiles(self) -> Iterator[list[TileRow]]:
        """Pages of the tiles above level 0, by level and number."""
        return self._pages(source.TILES)

    def tile(self, level: int, n: int) -> bytes:
        """The hashes of one tile, or nothing; those of level 0 are the leaf hashes."""
        if level:
            query, values = f"{source.TILE} WHERE level = %s AND n = %s", (level, n)
        else:
            query = f"{source.LEAVES} WHERE idx >= %s AND idx < %s ORDER BY idx"
            values = (n << TILE_HEIGHT, (n + 1) << TILE_HEIGHT)
        with _readable():
            rows = self._connection.execute(query.encode(), values, binary=True).fetchall()
        return source.join_hashes(iter([rows]))

    def head(self) -> HeadRow | None:
        """The head, or None where its row is missing."""
        row: HeadRow | None = self._row(source.HEAD)
        return row

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def _row(self, query: str) -> Any:
        with _readable():
            return self._connection.execute(query.encode(), binary=True).fetchone()

    def _pages(self, query: str, values: tuple[int | None, ...] = ()) -> Iterator[list[Any]]:
        # A cursor of the server's: the ledger is larger than this machine's memory. Each has its own name, as
        # entries and checkpoints are read side by side.
        name = f"ledger_{id(values)}_{abs(hash(query))}"
        with self._connection.cursor(name, binary=True) as cursor:
            with _readable():
                cursor.execute(query.encode(), values)
            while True:
                with _readable():
                    page = cursor.fetchmany(_PAGE)
                if not page:
                    return
                yield page

    def _check_tables(self) -> None:
        missing = [name for name in source.TABLES if not self._has_table(name)]
        if missing:
            raise SourceError(f"not a ledger: the database has no table {' and no table '.join(missing)}")

    def _has_table(self, name: str) -> bool:
        return self._row(f"SELECT to_regclass('{name}')")[0] is not None


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # The first line only, and never the URL: it may hold a password.
        reason = str(error).strip().split("\n")[0]
        raise SourceError(f"the database cannot be read: {reason}") from None
