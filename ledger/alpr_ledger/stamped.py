"""The time stamps that a ledger's database keeps, each beside the checkpoint that it is over."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from . import store
from .source import StampRow


def save(connection: Connection, size: int, authority: str, token: bytes) -> bool:
    """Keep a verified token over the checkpoint of `size`, in the caller's writing transaction.

    Returns:
        False where this authority's token for that size is kept already: the first one, which is the earliest.
    """
    column = store.stamp.c
    where = (column.size == size) & (column.authority == authority)
    if connection.scalar(select(column.size).where(where)) is not None:
        return False
    connection.execute(insert(store.stamp).values(size=size, authority=authority, token=token))
    return True


def newest(connection: Connection) -> list[StampRow]:
    """The newest token of each authority, the largest size first."""
    column = store.stamp.c
    last = select(column.authority, func.max(column.size).label("size")).group_by(column.authority).subquery()
    query = select(column.size, column.authority, column.token).join(
        last, (column.authority == last.c.authority) & (column.size == last.c.size)
    )
    rows = connection.execute(query.order_by(column.size.desc(), column.authority))
    return [(size, authority, bytes(token)) for size, authority, token in rows]
