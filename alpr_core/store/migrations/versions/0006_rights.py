"""Trainings, authorities and delegations.

Revision: 0006, after 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty: what was recorded on paper is recorded here by whoever answers for it."""
    op.create_table(
        "training",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("area", sa.String(length=8), nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("held_at", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training")),
    )
    op.create_index(op.f("ix_training_person_id"), "training", ["person_id"])
    op.create_table(
        "authority",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("system", sa.String(length=40), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("ori", sa.String(length=16), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("expires_at", UtcDateTime),
        sa.Column("granted_by", sa.String(length=32), nullable=False),
        sa.Column("granted_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_authority_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authority")),
    )
    op.create_index(op.f("ix_authority_person_id"), "authority", ["person_id"])
    op.create_table(
        "delegation",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("office", sa.String(length=64), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime),
        sa.Column("given_at", UtcDateTime, nullable=False),
        sa.Column("revoked_at", UtcDateTime),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_delegation_giver")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_given_by"), "delegation", ["given_by"])
    op.create_index(op.f("ix_delegation_person_id"), "delegation", ["person_id"])
