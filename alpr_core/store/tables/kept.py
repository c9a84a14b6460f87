"""What is kept beyond its time, and what was destroyed: holds, purges, and what a purge leaves behind."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata, read_key

hold = sa.Table(
    "hold",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("scope", sa.String(16), nullable=False),
    sa.Column("wanted", sa.JSON, nullable=False),
    sa.Column("reason_code", sa.String(32), nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("placed_by", sa.String(32), nullable=False),
    sa.Column("placed_at", UtcDateTime, nullable=False),
    sa.Column("review_on", sa.String(10), nullable=False),
    sa.Column("ended_by", sa.String(32)),
    sa.Column("ended_at", UtcDateTime),
)
"""``wanted`` is what the hold is about: a read, a plate, or a time and place; reads that come later are met too."""

hold_read = sa.Table(
    "hold_read",
    metadata,
    sa.Column("hold_id", BigKey, sa.ForeignKey("hold.id"), primary_key=True),
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("read_id", sa.String(36), primary_key=True),
    sa.Column("covered", sa.Boolean, nullable=False),
    read_key(),
    sa.Index("ix_hold_read_day_read_id", "day", "read_id"),
)
"""The reads under open holds; the foreign key alone keeps them. ``covered`` once their keys have moved."""

purge = sa.Table(
    "purge",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("first_entry", BigKey, nullable=False),
    sa.Column("strategy", sa.String(64), nullable=False),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("reads", BigKey, nullable=False),
    sa.Column("images", BigKey, nullable=False),
    sa.Column("hits", BigKey, nullable=False),
    sa.Column("plates", BigKey, nullable=False),
    sa.Column("earliest", UtcDateTime),
    sa.Column("latest", UtcDateTime),
    sa.Column("frontier", sa.LargeBinary, nullable=False),
    sa.Column("delay", BigKey, nullable=False),
    sa.Column("certified_at", UtcDateTime),
    sa.Column("entry", BigKey),
    sa.Column("signed_by", sa.String(32)),
    sa.Column("signed_at", UtcDateTime),
)
"""Runs of the purge. One without a certificate was cut off, and the next goes on with it."""

key_erasure = sa.Table(
    "key_erasure",
    metadata,
    sa.Column("key_id", sa.String(128), primary_key=True),
)
"""Keys of which something was destroyed: they are erased as soon as nothing needs them any more."""

image_sweep = sa.Table(
    "image_sweep",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("day", sa.String(10), nullable=False, server_default=""),
    sa.Column("sha256", sa.String(64), nullable=False),
)
"""Ciphertexts whose rows and keys are gone, and whose files are still to be removed. No index on what is random."""

hit_outcome = sa.Table(
    "hit_outcome",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("match_kind", sa.String(16), nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False, index=True),
    sa.Column("disposition", sa.String(32), nullable=False),
    sa.Column("entry", BigKey, nullable=False),
    sa.Column("system", sa.String(40), nullable=False, server_default=""),
    sa.Column("verified", sa.String(16), nullable=False, server_default=""),
    sa.Column("verified_by", sa.String(16), nullable=False, server_default=""),
    sa.Column("simulated", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("enforced", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("not_practicable", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""What became of hits whose reads are purged. Their plates are access records, in the vault alone."""

schedule = sa.Table(
    "schedule",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("signed_by", sa.String(32), nullable=False),
    sa.Column("signed_at", UtcDateTime, nullable=False),
)
"""Retention schedules that were signed, by the digest of their text."""
