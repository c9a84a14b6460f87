"""Under which settings."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

accepted_settings = sa.Table(
    "accepted_settings",
    metadata,
    sa.Column("entry", BigKey, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(44), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("accepted_at", UtcDateTime, nullable=False),
    sa.Column("person_id", sa.String(32), nullable=False),
    sa.Column("second_id", sa.String(32), nullable=False),
)
"""Every document of settings that was accepted, by its entry; the newest is in force."""
