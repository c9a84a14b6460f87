"""What other systems call the reads that came from them.

Revision: 0023, after 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "foreign_read",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("foreign_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_foreign_read_read")
        ),
        sa.PrimaryKeyConstraint("day", "read_id", name=op.f("pk_foreign_read")),
        sa.UniqueConstraint("source", "foreign_id", name=op.f("uq_foreign_read_source_foreign_id")),
    )
