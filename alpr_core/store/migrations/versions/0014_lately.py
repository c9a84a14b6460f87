"""What a policy counts of what somebody did lately; reads are found by place.

Revision: 0014, after 0013
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty, and the index."""
    op.create_table(
        "lately",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("plate", sa.Text, nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lately")),
    )
    op.create_index("ix_lately_person_id_at", "lately", ["person_id", "at"])
    op.create_index("ix_read_latitude_longitude", "read", ["latitude", "longitude"])
