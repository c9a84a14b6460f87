"""A training may be for a state's system, by its code, which is longer than the two areas that there were.

Revision: 0027, after 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make room for the code; SQLite makes the table anew for it."""
    with op.batch_alter_table("training") as batch:
        batch.alter_column(
            "area", existing_type=sa.String(length=8), type_=sa.String(length=40), existing_nullable=False
        )
