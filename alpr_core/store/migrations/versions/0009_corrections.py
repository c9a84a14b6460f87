"""Corrections of what was read.

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "correction",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("plate_id", BigKey),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_correction_plate")),
        sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_correction_read")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
    )
    op.create_index(op.f("ix_correction_plate_id"), "correction", ["plate_id"])
    op.create_index("ix_correction_day_read_id", "correction", ["day", "read_id"])
