"""Notices that could not be delivered yet.

Revision: 0015, after 0014
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "notice",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("numbers", sa.JSON, nullable=False),
        sa.Column("via", sa.String(length=64), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
