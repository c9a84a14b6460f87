"""The programme file, and of each person the job title and whether they are a contractor.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; accounts of before have no title and are no contractors' until somebody says so."""
    op.add_column("person", sa.Column("title", sa.Text, nullable=False, server_default=""))
    op.add_column("person", sa.Column("contractor", sa.Boolean, nullable=False, server_default=sa.false()))
    op.create_table(
        "document",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("kind", sa.String(24), nullable=False, index=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("dated", sa.Date, nullable=False),
        sa.Column("review", sa.Date),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("area", sa.String(8), nullable=False),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("valid", sa.String(16), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("withdrawn_at", UtcDateTime),
    )
