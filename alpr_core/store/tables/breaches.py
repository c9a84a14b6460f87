"""Breaches of data, and files on misuse."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

breach = sa.Table(
    "breach",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("found_at", UtcDateTime, nullable=False),
    sa.Column("report_by", UtcDateTime, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("people", sa.JSON, nullable=False),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("reported_by", sa.String(32), nullable=False),
    sa.Column("referred_to", sa.Text, nullable=False),
    sa.Column("referred_at", UtcDateTime),
)
"""``people`` are the accounts through which data was exposed from ``since`` to ``until``; none: any account."""

misuse = sa.Table(
    "misuse",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("about", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("entry", BigKey),
    sa.Column("summary", sa.Text, nullable=False),
    sa.Column("opened_by", sa.String(32), nullable=False),
    sa.Column("opened_at", UtcDateTime, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("closed_by", sa.String(32), nullable=False),
    sa.Column("closed_at", UtcDateTime),
)
"""Files on use that was not authorised: ``source`` is "denial", "finding" or "complaint"."""
