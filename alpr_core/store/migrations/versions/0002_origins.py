"""Where each line of a hotlist came from.

Revision: 0002, after 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Lines of before count as the department's own."""
    op.add_column("hotlist_entry", sa.Column("origin", sa.String(16), nullable=False, server_default="own"))
