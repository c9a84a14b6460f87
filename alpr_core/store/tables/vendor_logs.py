"""What was done in a vendor's own system, by the vendor's log."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import UtcDateTime, metadata

vendor_access = sa.Table(
    "vendor_access",
    metadata,
    sa.Column("entry", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("person_id", sa.String(32), nullable=False),
    sa.UniqueConstraint("source", "mark"),
)
"""``entry`` is the ledger's, which commits to what was said; ``mark`` is what the access is known again by, and
``digest`` what tells that the vendor's log says something else of it. ``person_id`` is "" for nobody known here."""
