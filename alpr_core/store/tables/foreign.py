"""Which reads came from other systems."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import metadata, read_key

foreign_read = sa.Table(
    "foreign_read",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("read_id", sa.String(36), primary_key=True),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("foreign_id", sa.Text, nullable=False),
    read_key(),
    sa.UniqueConstraint("source", "foreign_id"),
)
"""``foreign_id`` is what the other system calls the read: what comes again under that name is stored once."""
