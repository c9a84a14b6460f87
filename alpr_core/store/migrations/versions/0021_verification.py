"""How hits were verified, and what became of them.

Revision: 0021, after 0020
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the columns of a hit's disposition."""
    op.create_table(
        "verification",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("hit_id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("plate", sa.Text, nullable=False),
        sa.Column("state", sa.String(length=2), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.Column("due_at", UtcDateTime),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("ran_by", sa.Text, nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("entry", BigKey, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
        sa.ForeignKeyConstraint(["hit_id"], ["hit.id"], name=op.f("fk_verification_hit")),
        sa.ForeignKeyConstraint(
            ["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_verification_read")
        ),
    )
    op.create_index(op.f("ix_verification_hit_id"), "verification", ["hit_id"])
    op.create_index(op.f("ix_verification_day_read_id"), "verification", ["day", "read_id"])
    for column in (
        sa.Column("disposed_at", UtcDateTime),
        sa.Column("disposed_by", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("enforced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("not_practicable", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("disposal", BigKey, nullable=False, server_default="-1"),
    ):
        op.add_column("hit", column)
    for column in (
        sa.Column("system", sa.String(length=40), nullable=False, server_default=""),
        sa.Column("verified", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("verified_by", sa.String(length=16), nullable=False, server_default=""),
        sa.Column("simulated", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("enforced", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("not_practicable", sa.Boolean, nullable=False, server_default=sa.false()),
    ):
        op.add_column("hit_outcome", column)
