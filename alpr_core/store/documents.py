"""The documents of the programme file, as they are stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.programme import Document, DocumentKind
from alpr_core.store.tables import Row, document


class Documents:
    """The programme file inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: Document) -> int:
        """Store a document, and return its number."""
        made = self._connection.execute(
            sa.insert(document).values(
                kind=one.kind.value,
                title=one.title,
                owner=one.owner,
                dated=one.dated,
                review=one.review,
                sha256=one.sha256,
                file=one.file,
                area=one.area,
                roles=list(one.roles),
                valid=one.valid,
                added_at=one.added_at,
            )
        )
        key = made.inserted_primary_key
        return int(key[0]) if key else 0

    def get(self, number: int) -> Document | None:
        """Return one document."""
        row = self._connection.execute(sa.select(document).where(document.c.id == number)).mappings().first()
        return None if row is None else _as_document(row)

    def all(self, kind: DocumentKind | None = None, *, withdrawn: bool = False) -> list[Document]:
        """Return the documents by kind and date, of one kind where it is given; withdrawn ones where asked for."""
        query = sa.select(document).order_by(document.c.kind, document.c.dated, document.c.id)
        if kind is not None:
            query = query.where(document.c.kind == kind.value)
        if not withdrawn:
            query = query.where(document.c.withdrawn_at.is_(None))
        return [_as_document(row) for row in self._connection.execute(query).mappings()]

    def withdraw(self, number: int, at: datetime) -> None:
        """Note that a document counts no longer; it stays on file."""
        self._connection.execute(sa.update(document).where(document.c.id == number).values(withdrawn_at=at))


def _as_document(row: Row) -> Document:
    fields = {name: row[name] for name in Document.__dataclass_fields__}
    return Document(**{**fields, "kind": DocumentKind(row["kind"]), "roles": tuple(row["roles"])})
