"""Approvals: what somebody asked leave for, and what was said."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

approval = sa.Table(
    "approval",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("requester", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("purpose", sa.String(64), nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("query", sa.Text, nullable=False),
    sa.Column("plate", sa.Text, nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("clauses", sa.JSON, nullable=False),
    sa.Column("requested_at", UtcDateTime, nullable=False),
    sa.Column("verdict", sa.String(8), nullable=False, index=True),
    sa.Column("decided_at", UtcDateTime),
    sa.Column("decided_by", sa.String(32), nullable=False),
    sa.Column("decided_entry", BigKey),
    sa.Column("offices", sa.JSON, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("used_at", UtcDateTime),
    sa.Column("recorded_by", sa.String(32), nullable=False),
    sa.Column("countersign_by", UtcDateTime),
    sa.Column("countersigned_at", UtcDateTime),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)
"""One request and its answer. ``until`` makes it good for any number of uses up to then; without it, for one."""
