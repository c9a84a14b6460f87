"""Who leads the scheduler, what was run, and what was asked of it."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

lease = sa.Table(
    "lease",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("holder", sa.String(200), nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
)
"""Each change of holder counts ``fence`` up: what an earlier holder still writes is known by it, and refused."""

job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("due", UtcDateTime, nullable=False),
    sa.Column("every", sa.Integer, nullable=False),
    sa.Column("started", UtcDateTime, nullable=False),
    sa.Column("ended", UtcDateTime),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("error", sa.String(64), nullable=False),
    sa.Column("fence", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("job", "due"),
    sa.Index("ix_job_run_ended", "ended"),
)
"""``every`` is in seconds: how often the job was to run at that time."""

job_request = sa.Table(
    "job_request",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("job", sa.String(64), nullable=False),
    sa.Column("wanted", sa.String(16), nullable=False),
    sa.Column("asked_at", UtcDateTime, nullable=False),
    sa.Column("asked_by", sa.String(64), nullable=False),
    sa.Column("taken_at", UtcDateTime),
)
"""That a job be run now, be paused, or go on."""
