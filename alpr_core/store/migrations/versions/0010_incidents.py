"""Incidents and canvasses.

Revision: 0010, after 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "incident",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("case_number", sa.Text, nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("partials", sa.JSON, nullable=False),
        sa.Column("opened_by", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime, nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("case_number", name=op.f("uq_incident_case_number")),
    )
    op.create_table(
        "canvass",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("incident_id", BigKey, nullable=False),
        sa.Column("area", sa.Text, nullable=False),
        sa.Column("cameras", sa.JSON, nullable=False),
        sa.Column("started_by", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("stopped_at", UtcDateTime),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_canvass_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canvass")),
    )
    op.create_index(op.f("ix_canvass_incident_id"), "canvass", ["incident_id"])
