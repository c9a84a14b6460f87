"""The scheduler: its lease, what was run, and what was asked of it.

Revision: 0017, after 0016
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("until", UtcDateTime, nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_lease")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("due", UtcDateTime, nullable=False),
        sa.Column("every", sa.Integer, nullable=False),
        sa.Column("started", UtcDateTime, nullable=False),
        sa.Column("ended", UtcDateTime, nullable=True),
        sa.Column("result", sa.String(length=16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("counts", sa.JSON, nullable=False),
        sa.Column("error", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
        sa.UniqueConstraint("job", "due", name=op.f("uq_job_run_job_due")),
    )
    op.create_index("ix_job_run_ended", "job_run", ["ended"])
    op.create_table(
        "job_request",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("wanted", sa.String(length=16), nullable=False),
        sa.Column("asked_at", UtcDateTime, nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("taken_at", UtcDateTime, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_request")),
    )
