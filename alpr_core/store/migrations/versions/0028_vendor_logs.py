"""Which accesses of a vendor's log are on record.

Revision: 0028, after 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables.base import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "vendor_access",
        sa.Column("entry", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_vendor_access")),
        sa.UniqueConstraint("source", "mark", name=op.f("uq_vendor_access_source_mark")),
    )
    op.create_index(op.f("ix_vendor_access_at"), "vendor_access", ["at"])
