"""Settings that were accepted.

Revision: 0005, after 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty: whoever manages a node of before is asked to accept its settings."""
    op.create_table(
        "accepted_settings",
        sa.Column("entry", BigKey, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(length=44), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("accepted_at", UtcDateTime(), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("second_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_accepted_settings")),
    )
