"""Breaches, and files on misuse.

Revision: 0013, after 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "breach",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("found_at", UtcDateTime, nullable=False),
        sa.Column("report_by", UtcDateTime, nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("people", sa.JSON, nullable=False),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("reported_by", sa.String(length=32), nullable=False),
        sa.Column("referred_to", sa.Text, nullable=False),
        sa.Column("referred_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_table(
        "misuse",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("about", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("entry", BigKey),
        sa.Column("summary", sa.Text, nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("closed_by", sa.String(length=32), nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.ForeignKeyConstraint(["about"], ["person.id"], name=op.f("fk_misuse_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_misuse")),
    )
    op.create_index(op.f("ix_misuse_about"), "misuse", ["about"])
