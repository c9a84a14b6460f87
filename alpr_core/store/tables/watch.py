"""What a node keeps watch by: heartbeats of cameras, the time that is proven, the program that is installed."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

heartbeat = sa.Table(
    "heartbeat",
    metadata,
    sa.Column("camera", sa.Text, primary_key=True),
    sa.Column("counter", sa.BigInteger, nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_at", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
)
"""One row a camera. ``reason`` is why its capture ended, "" while it goes on."""

capture_gap = sa.Table(
    "capture_gap",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("camera", sa.Text, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("reason", sa.String(16), nullable=False),
    sa.Index(None, "until"),
)
"""Times in which a camera captured nothing, once they are over."""

proven_time = sa.Table(
    "proven_time",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("trouble", sa.String(8), nullable=False),
)
"""The newest time that the first ``size`` entries of the ledger prove, and what was the matter with the clock."""

installed = sa.Table(
    "installed",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("distribution", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)
"""alpr-core and the plugins that take part, as the newest entry about them says."""
