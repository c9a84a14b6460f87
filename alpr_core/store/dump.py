"""The whole database as lines of JSON, and back: for SQLite and PostgreSQL alike, from one snapshot.

A line is a table's header, ``{"table": NAME, "columns": [[NAME, TYPE], …]}``, or a row of the table named last, as a
list. Columns carry their types with them, so that a newer program reads an older dump.

Rows that hang on a read make *parts*, one a key that dies with them: ``read/<day>/<class>`` for a capture day and
retention class, ``evidence/<number>`` for a hold. A part also holds the plates of its reads: a plate ends with the
last read of it. All else is the *rest*, the ledger included, and the vault's values of other classes.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from alpr_core.errors import InputError
from alpr_core.models import ReadKey
from alpr_core.store import schema
from alpr_core.store.batches import batches
from alpr_core.store.evidence import OF_READS
from alpr_core.store.tables import UtcDateTime, correction, image, metadata, plate, read
from alpr_ledger import store as ledger

Held = Mapping[ReadKey, int]
"""Which reads are held, each with the number of the hold under whose key its images and values lie."""

READ, HELD = OF_READS

_STREAMED = {"stream_results": True, "yield_per": 1000}
_BATCH = 500
_ONE_ROW = {"head"}
"""Tables that are made with their one row."""

_TYPES: Mapping[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "time": UtcDateTime,
    "date": sa.Date,
    "bytes": sa.LargeBinary,
    "json": sa.JSON,
    "bool": sa.Boolean,
    "int": sa.BigInteger,
    "float": sa.Float,
    "text": sa.Text,
}


def of_reads() -> list[sa.Table]:
    """Return the tables whose rows hang on a read, `read` first; each but that has ``day`` and ``read_id``."""
    others = [
        table
        for table in metadata.sorted_tables
        if any(key.referred_table is read for key in table.foreign_key_constraints)
    ]
    return [read, *others]


def _of_the_rest() -> list[sa.Table]:
    reads = {read, plate, *of_reads()}
    ours = [table for table in metadata.sorted_tables if table not in reads]
    return [
        *ours,
        *(table for table in ledger.metadata.sorted_tables if table is not ledger.ledger_version),
    ]


# ---------------------------------------------------------------------------
# Out
# ---------------------------------------------------------------------------


class Dump:
    """The database inside one read-only transaction, line by line."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        if connection.dialect.name == "postgresql":  # a reader's statements are short, a backup's need not be
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")

    def schema(self) -> str:
        """Return which version of our tables these are."""
        return schema.revision(self._connection)

    def key_ids(self) -> list[str]:
        """Return the IDs of the keys that some image or some value of the vault lies under."""
        images, values = sa.select(image.c.key_id).distinct(), sa.select(ledger.vault.c.key_id).distinct()
        return list(self._connection.scalars(images.union(values)))

    def parts(self, held: Held) -> list[str]:
        """Return the parts that the reads fall into, in order: their keys' IDs."""
        classes = sa.select(read.c.day, read.c.retention_class).distinct()
        found = {f"{READ}{day}/{label}" for day, label in self._connection.execute(classes)}
        found |= {f"{HELD}{number}" for number in held.values()}
        keys = sa.select(ledger.vault.c.key_id).distinct()
        found |= {key for key in self._connection.scalars(keys) if key.startswith((READ, HELD))}
        return sorted(found)

    def rest(self) -> Iterator[bytes]:
        """Yield everything but what hangs on a read."""
        for table in _of_the_rest():
            query = sa.select(table).order_by(*table.primary_key.columns)
            if table is ledger.vault:
                key = table.c.key_id
                query = query.where(~key.startswith(READ), ~key.startswith(HELD))
            yield from self._lines(table, query)

    def reads(self, part: str, held: Held) -> Iterator[bytes]:
        """Yield what hangs on the reads of one part: their plates first, then the reads, then the others."""
        for condition in self._of_part(part, held):
            seen = sa.select(read.c.plate_id).where(condition(read.c.day, read.c.id))
            corrected = sa.select(correction.c.plate_id).where(
                condition(correction.c.day, correction.c.read_id)
            )
            query = sa.select(plate).where(plate.c.id.in_(seen.union(corrected)))
            yield from self._lines(plate, query.order_by(plate.c.id))
        left_out = held if part.startswith(READ) else {}
        for table in of_reads():
            number = table.c.id if table is read else table.c.read_id
            for condition in self._of_part(part, held):
                query = sa.select(table).where(condition(table.c.day, number))
                yield from self._lines(table, query.order_by(*table.primary_key.columns), but=left_out)
        query = sa.select(ledger.vault).where(ledger.vault.c.key_id == part)
        yield from self._lines(ledger.vault, query.order_by(ledger.vault.c.id))

    def images(self, part: str, held: Held) -> Iterator[tuple[str, str]]:
        """Yield capture day and file name of each image of a part."""
        left_out = held if part.startswith(READ) else {}
        for condition in self._of_part(part, held):
            query = sa.select(image.c.day, image.c.read_id, image.c.sha256)
            query = query.where(condition(image.c.day, image.c.read_id))
            for day, number, name in self._connection.execute(query, execution_options=_STREAMED):
                if ReadKey(day=day, id=number) not in left_out:
                    yield day, name

    def _of_part(self, part: str, held: Held) -> Iterator[Callable[..., sa.ColumnElement[bool]]]:
        """Yield conditions that together choose the rows of a part's reads, by their day and id."""
        if part.startswith(READ):
            day, _, label = part.removeprefix(READ).partition("/")
            of_class = sa.select(read.c.id).where(read.c.day == day, read.c.retention_class == label)
            yield lambda a, b: sa.and_(a == day, b.in_(of_class))
            return
        number = int(part.removeprefix(HELD))
        keys = [(key.day, key.id) for key, hold in held.items() if hold == number]
        for some in batches(sorted(keys)):
            yield lambda a, b, some=some: sa.tuple_(a, b).in_(some)

    def _lines(self, table: sa.Table, query: sa.Select[Any], *, but: Held | None = None) -> Iterator[bytes]:
        codes = [_code(column) for column in table.columns]
        header = {
            "table": table.name,
            "columns": [[c.name, code] for c, code in zip(table.columns, codes, strict=True)],
        }
        names = [column.name for column in table.columns]
        key = ("day", "id") if table is read else ("day", "read_id")
        day, number = (names.index(name) for name in key) if but else (0, 0)
        first = True
        for row in self._connection.execute(query, execution_options=_STREAMED):
            if but and ReadKey(day=row[day], id=row[number]) in but:
                continue
            if first:
                yield _json(header)
                first = False
            yield _json([_out(code, value) for code, value in zip(codes, row, strict=True)])


def _code(column: sa.Column[Any]) -> str:
    type_ = column.type
    for code, kinds in (
        ("time", UtcDateTime),
        ("date", sa.Date),
        ("bytes", sa.LargeBinary),
        ("json", sa.JSON),
        ("bool", sa.Boolean),
        ("int", sa.Integer),
        ("float", sa.Float),
        ("text", sa.String),
    ):
        if isinstance(type_, kinds):
            return code
    raise TypeError(f"{column}: a column of type {type_!r} cannot be backed up")


def _out(code: str, value: Any) -> Any:
    if value is None:
        return None
    match code:
        case "time" | "date":
            return value.isoformat()
        case "bytes":
            return base64.b64encode(value).decode("ascii")
    return value


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


# ---------------------------------------------------------------------------
# In
# ---------------------------------------------------------------------------


class Loading:
    """Fills the tables of a new database with what a dump holds, in the caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._table: sa.TableClause | None = None
        self._codes: list[str] = []
        self._rows: list[dict[str, Any]] = []
        self._known = set(sa.inspect(connection).get_table_names())
        self.counts: dict[str, int] = {}

    def take(self, stored: Iterable[object]) -> None:
        """Take headers and rows, in the order in which they were dumped.

        Raises:
            InputError: one of them is neither, or the table is not one of this database.
        """
        for one in stored:
            if isinstance(one, dict):
                self._flush()
                self._begin(one)
            elif isinstance(one, list) and self._table is not None and len(one) == len(self._codes):
                names = self._table.columns.keys()
                values = (_in(code, value) for code, value in zip(self._codes, one, strict=True))
                self._rows.append(dict(zip(names, values, strict=True)))
                if len(self._rows) >= _BATCH:
                    self._flush()
            else:
                raise InputError("the backup holds a line that is no row of a table")

    def finish(self) -> None:
        """Write what is left, and let each table count on from where it was."""
        self._flush()
        if self._connection.dialect.name != "postgresql":
            return
        for table in metadata.sorted_tables:
            column = table.autoincrement_column
            if column is None or table.name not in self._known:
                continue
            highest = self._connection.scalar(sa.select(sa.func.max(column)))
            sequence = sa.func.pg_get_serial_sequence(f'"{table.name}"', column.name)
            if highest is not None:
                self._connection.execute(sa.select(sa.func.setval(sequence, highest)))

    def _begin(self, header: Mapping[str, Any]) -> None:
        name = header.get("table")
        if name not in self._known:
            raise InputError(f"the backup holds a table {name!r}, which this database does not have")
        try:
            columns = [(str(column), str(code)) for column, code in header["columns"]]
            types = [_TYPES[code]() for _, code in columns]
        except (KeyError, TypeError, ValueError):
            raise InputError(f"the backup says of table {name!r} what no table is") from None
        self._codes = [code for _, code in columns]
        named = [sa.column(column, type_) for (column, _), type_ in zip(columns, types, strict=True)]
        self._table = sa.table(name, *named)
        if name in _ONE_ROW:
            self._connection.execute(sa.delete(self._table))

    def _flush(self) -> None:
        if self._table is None or not self._rows:
            return
        name = self._table.name
        if name == plate.name:  # a plate is in the part of each day on which it was seen
            make = sqlite.insert if self._connection.dialect.name == "sqlite" else postgresql.insert
            self._connection.execute(make(self._table).on_conflict_do_nothing(), self._rows)
        else:
            self._connection.execute(sa.insert(self._table), self._rows)
        self.counts[name] = self.counts.get(name, 0) + len(self._rows)
        self._rows = []


def _in(code: str, value: Any) -> Any:
    if value is None:
        return None
    try:
        match code:
            case "time":
                return datetime.fromisoformat(value)
            case "date":
                return date.fromisoformat(value)
            case "bytes":
                return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise InputError(f"the backup holds a value that is no {code}") from None
    return value
