"""Holds, purges, and of each read, hit and correction its place on the ledger.

Revision: 0016, after 0015
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, add the columns, and fill these in from the ledger's own entries."""
    for table in ("read", "hit", "correction"):
        op.add_column(table, sa.Column("entry", BigKey, nullable=False, server_default="-1"))
    op.add_column("read", sa.Column("item", sa.Integer, nullable=False, server_default="0"))
    _make_tables()
    _fill_in(op.get_bind())


def _make_tables() -> None:
    op.create_table(
        "hold",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("wanted", sa.JSON, nullable=False),
        sa.Column("reason_code", sa.String(length=32), nullable=False),
        sa.Column("case_number", sa.Text, nullable=False),
        sa.Column("placed_by", sa.String(length=32), nullable=False),
        sa.Column("placed_at", UtcDateTime, nullable=False),
        sa.Column("review_on", sa.String(length=10), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    op.create_table(
        "hold_read",
        sa.Column("hold_id", BigKey, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("covered", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name=op.f("fk_hold_read_hold")),
        sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_hold_read_read")),
        sa.PrimaryKeyConstraint("hold_id", "day", "read_id", name=op.f("pk_hold_read")),
    )
    op.create_index("ix_hold_read_day_read_id", "hold_read", ["day", "read_id"])
    op.create_table(
        "purge",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("first_entry", BigKey, nullable=False),
        sa.Column("strategy", sa.String(length=64), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("reads", BigKey, nullable=False),
        sa.Column("images", BigKey, nullable=False),
        sa.Column("hits", BigKey, nullable=False),
        sa.Column("plates", BigKey, nullable=False),
        sa.Column("earliest", UtcDateTime, nullable=True),
        sa.Column("latest", UtcDateTime, nullable=True),
        sa.Column("frontier", sa.LargeBinary, nullable=False),
        sa.Column("delay", BigKey, nullable=False),
        sa.Column("certified_at", UtcDateTime, nullable=True),
        sa.Column("entry", BigKey, nullable=True),
        sa.Column("signed_by", sa.String(length=32), nullable=True),
        sa.Column("signed_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge")),
    )
    op.create_table(
        "key_erasure",
        sa.Column("key_id", sa.String(length=128), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_key_erasure")),
    )
    op.create_table(
        "image_sweep",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_image_sweep")),
    )
    op.create_table(
        "hit_outcome",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("match_kind", sa.String(length=16), nullable=False),
        sa.Column("raised_at", UtcDateTime, nullable=False),
        sa.Column("disposition", sa.String(length=32), nullable=False),
        sa.Column("entry", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit_outcome")),
    )
    op.create_index(op.f("ix_hit_outcome_raised_at"), "hit_outcome", ["raised_at"])
    op.create_table(
        "schedule",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=False),
        sa.Column("signed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule")),
    )


def _fill_in(connection: sa.Connection) -> None:
    read = sa.table("read", sa.column("day"), sa.column("id"), sa.column("entry"), sa.column("item"))
    hit = sa.table("hit", sa.column("id"), sa.column("entry"))
    correction = sa.table(
        "correction", sa.column("id"), sa.column("day"), sa.column("read_id"), sa.column("entry")
    )
    for index, kind, public in _entries(connection):
        if kind == "read.record":
            rows = [
                {"of_day": key[:10], "of_id": key[11:], "at": index, "place": item}
                for item, key in enumerate(public["reads"])
            ]
            mine = sa.and_(read.c.day == sa.bindparam("of_day"), read.c.id == sa.bindparam("of_id"))
            places: dict[str, Any] = {"entry": sa.bindparam("at"), "item": sa.bindparam("place")}
            connection.execute(sa.update(read).where(mine).values(places), rows)
        elif kind == "hit.raise":
            connection.execute(sa.update(hit).where(hit.c.id == public["hit"]).values(entry=index))
        else:  # the corrections of a read came in the order of their entries
            day, _, read_id = public["read"].partition("/")
            oldest = sa.select(sa.func.min(correction.c.id)).where(
                correction.c.day == day, correction.c.read_id == read_id, correction.c.entry == -1
            )
            connection.execute(
                sa.update(correction).where(correction.c.id == oldest.scalar_subquery()).values(entry=index)
            )


def _entries(connection: sa.Connection) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Yield what the ledger says of reads, hits and corrections; a new database has no ledger yet."""
    if not sa.inspect(connection).has_table("entry"):
        return
    entry = sa.table("entry", sa.column("idx"), sa.column("bytes"))
    at = -1
    while True:
        query = (
            sa.select(entry.c.idx, entry.c.bytes).where(entry.c.idx > at).order_by(entry.c.idx).limit(1000)
        )
        rows = connection.execute(query).all()
        if not rows:
            return
        for row in rows:
            body = json.loads(bytes(row.bytes))
            if body.get("kind") in ("read.record", "hit.raise", "read.correct"):
                yield row.idx, body["kind"], body["public"]
        at = rows[-1].idx
