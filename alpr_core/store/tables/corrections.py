"""Corrections of what was read. The observed plate is never changed: a correction stands beside it."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata, read_key

correction = sa.Table(
    "correction",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("read_id", sa.String(36), nullable=False),
    sa.Column("plate_id", BigKey, sa.ForeignKey("plate.id"), index=True),
    sa.Column("made_by", sa.String(32), nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.Column("entry", BigKey, nullable=False, server_default="-1"),
    read_key(),
    sa.Index("ix_correction_day_read_id", "day", "read_id"),
)
"""The newest row of a read counts; one without a plate takes the correction back."""
