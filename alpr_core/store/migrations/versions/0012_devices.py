"""Readers have a place, which is approved before they go into service there; and who is on duty to approve.

Revision: 0012, after 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Give devices a place, and make the tables, empty."""
    op.add_column("device", sa.Column("place", sa.Text, nullable=False, server_default=""))
    op.add_column("device", sa.Column("latitude", sa.Float))
    op.add_column("device", sa.Column("longitude", sa.Float))
    op.add_column("device", sa.Column("moves", sa.Integer, nullable=False, server_default="0"))
    op.add_column("device", sa.Column("in_service_since", UtcDateTime))
    op.create_table(
        "location_approval",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("device_id", BigKey, nullable=False),
        sa.Column("moves", sa.Integer, nullable=False),
        sa.Column("signer", sa.Text, nullable=False),
        sa.Column("signed_on", sa.String(length=10), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_location_approval_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location_approval")),
    )
    op.create_index(op.f("ix_location_approval_device_id"), "location_approval", ["device_id"])
    op.create_table(
        "duty",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("since", UtcDateTime, nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_duty_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index(op.f("ix_duty_person_id"), "duty", ["person_id"])
