"""Who adopted a policy, and which counsel reviewed it.

Revision: 0004, after 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "adoption",
        sa.Column("id", BigKey, primary_key=True),
        sa.Column("policy_digest", sa.String(64), nullable=False, index=True),
        sa.Column("adopted_by", sa.Text, nullable=False),
        sa.Column("adopted_on", sa.Date, nullable=False),
        sa.Column("counsel", sa.Text, nullable=False),
        sa.Column("reviewed_on", sa.Date, nullable=False),
    )
