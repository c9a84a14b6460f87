"""Images lie by the day of their capture, and no index is kept of their random names.

Revision: 0025, after 0024
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the index; of what waits to be swept the day is not known, and its file lies where it lay."""
    op.drop_index("ix_image_sha256", table_name="image")
    op.add_column("image_sweep", sa.Column("day", sa.String(length=10), nullable=False, server_default=""))
