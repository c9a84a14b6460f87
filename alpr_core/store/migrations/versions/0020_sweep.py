"""What is to be swept is numbered, and no index is kept of its random names.

Revision: 0020, after 0019
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table anew, with what waits in it."""
    op.rename_table("image_sweep", "image_sweep_before")
    if op.get_context().dialect.name == "postgresql":  # where a name of an index is taken for every table
        op.execute("ALTER INDEX pk_image_sweep RENAME TO pk_image_sweep_before")
    op.create_table(
        "image_sweep",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_image_sweep")),
    )
    op.execute("INSERT INTO image_sweep (sha256) SELECT sha256 FROM image_sweep_before")
    op.drop_table("image_sweep_before")
