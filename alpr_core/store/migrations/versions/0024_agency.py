"""Which agency a confirmation was asked of.

Revision: 0024, after 0023
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was asked before nobody knows it."""
    op.add_column(
        "verification", sa.Column("agency", sa.String(length=16), nullable=False, server_default="")
    )
