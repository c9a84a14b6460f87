"""Which file a hotlist was fetched as last, beside the one that it was imported from last.

Revision: 0026, after 0025
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of what was imported before, nobody knows that it was not fetched."""
    op.add_column("hotlist", sa.Column("fetched", sa.String(length=64)))
    op.execute("UPDATE hotlist SET fetched = digest")
