"""Agencies, and requests for data.

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "agency",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("recipient_class", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("ori", sa.String(length=16), nullable=False),
        *_verification(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    op.create_table(
        "agency_person",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("agency_id", BigKey, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        *_verification(),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_agency_person_agency")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency_person")),
    )
    op.create_index(op.f("ix_agency_person_agency_id"), "agency_person", ["agency_id"])
    op.create_table(
        "release_request",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("recipient_class", sa.String(length=16), nullable=False),
        sa.Column("person_id", BigKey),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("wanted", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("case_number", sa.Text, nullable=False),
        sa.Column("received_by", sa.String(length=32), nullable=False),
        sa.Column("received_at", UtcDateTime, nullable=False),
        sa.Column("referred_to", sa.JSON, nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("closed_by", sa.String(length=32), nullable=False),
        sa.Column("closed_at", UtcDateTime),
        sa.Column("entry", BigKey),
        sa.ForeignKeyConstraint(["person_id"], ["agency_person.id"], name="fk_release_request_person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_request")),
    )


def _verification() -> list[sa.Column[object]]:
    return [
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("verified_at", UtcDateTime, nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("added_at", UtcDateTime, nullable=False),
        sa.Column("ended_at", UtcDateTime),
    ]
