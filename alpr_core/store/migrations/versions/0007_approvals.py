"""Approvals.

Revision: 0007, after 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "approval",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("requester", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("clauses", sa.JSON(), nullable=False),
        sa.Column("requested_at", UtcDateTime, nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("decided_at", UtcDateTime),
        sa.Column("decided_by", sa.String(length=32), nullable=False),
        sa.Column("decided_entry", BigKey),
        sa.Column("offices", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("used_at", UtcDateTime),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("countersign_by", UtcDateTime),
        sa.Column("countersigned_at", UtcDateTime),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["requester"], ["person.id"], name=op.f("fk_approval_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    op.create_index(op.f("ix_approval_requester"), "approval", ["requester"])
    op.create_index(op.f("ix_approval_verdict"), "approval", ["verdict"])
