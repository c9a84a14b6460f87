"""Incidents, and the canvasses around them."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

incident = sa.Table(
    "incident",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("case_number", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("partials", sa.JSON, nullable=False),
    sa.Column("opened_by", sa.String(32), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("closed_at", UtcDateTime),
)
"""``type`` is a code of the pack's major crimes, or "other"; ``partials`` are what witnesses saw of plates."""

canvass = sa.Table(
    "canvass",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("incident_id", BigKey, sa.ForeignKey("incident.id"), nullable=False, index=True),
    sa.Column("area", sa.Text, nullable=False),
    sa.Column("cameras", sa.JSON, nullable=False),
    sa.Column("started_by", sa.String(32), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("stopped_at", UtcDateTime),
)
"""The reads of these cameras (none named: of all) between start and stop belong to the incident."""
