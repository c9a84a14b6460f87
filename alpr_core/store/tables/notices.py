"""Notices that wait, because they could not be delivered."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

notice = sa.Table(
    "notice",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("numbers", sa.JSON, nullable=False),
    sa.Column("via", sa.String(64), nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
)
"""Each is for one address, by one notifier, and is gone once it is delivered."""
