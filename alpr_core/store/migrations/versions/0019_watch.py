"""Heartbeats and gaps of cameras, the time that is proven, what is installed.

Revision: 0019, after 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "heartbeat",
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("counter", sa.BigInteger, nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("last_at", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("camera", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "capture_gap",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("camera", sa.Text, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_capture_gap")),
    )
    op.create_index(op.f("ix_capture_gap_until"), "capture_gap", ["until"])
    op.create_table(
        "proven_time",
        sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("trouble", sa.String(length=8), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proven_time")),
    )
    op.create_table(
        "installed",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("distribution", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_installed")),
    )
