"""The cosignatures that a ledger's database keeps, each beside the checkpoint that it is over."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from . import store
from .cosignature import Cosignature
from .note import Vkey
from .source import CosignatureRow


def save(connection: Connection, size: int, cosignature: Cosignature) -> bool:
    """Keep a verified cosignature over the checkpoint of `size`, in the caller's writing transaction.

    Returns:
        False where this witness's word for that size is kept already: the first one, which is the earliest.
    """
    column = store.cosignature.c
    vkey = str(cosignature.witness)
    if connection.scalar(select(column.size).where(column.size == size, column.vkey == vkey)) is not None:
        return False
    connection.execute(
        insert(store.cosignature).values(size=size, vkey=vkey, line=cosignature.line.encode("utf-8"))
    )
    return True


def newest(connection: Connection) -> list[CosignatureRow]:
    """The newest cosignature of each witness, the largest size first."""
    column = store.cosignature.c
    last = select(column.vkey, func.max(column.size).label("size")).group_by(column.vkey).subquery()
    query = select(column.size, column.line).join(
        last, (column.vkey == last.c.vkey) & (column.size == last.c.size)
    )
    return [(size, bytes(line)) for size, line in connection.execute(query.order_by(column.size.desc()))]


def newest_size(connection: Connection, witness: Vkey) -> int:
    """The size that a witness confirmed last, as far as this database knows; 0 for none."""
    column = store.cosignature.c
    return int(connection.scalar(select(func.max(column.size)).where(column.vkey == str(witness))) or 0)


def over(connection: Connection, size: int) -> list[bytes]:
    """The signature lines of every witness over the checkpoint of `size`."""
    column = store.cosignature.c
    query = select(column.line).where(column.size == size).order_by(column.vkey)
    return [bytes(line) for line in connection.scalars(query)]
