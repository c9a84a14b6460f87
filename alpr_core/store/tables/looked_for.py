"""What is looked for, and what was found."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata, read_key

hotlist_generation = sa.Table(
    "hotlist_generation",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("node", sa.String(64), nullable=False),
    sa.Column("process", sa.String(32), nullable=False),
    sa.Column("begun_at", UtcDateTime, nullable=False),
)
"""Entries that belong together. In force are those of the generation that a list names; any other is being written by
``process`` of ``node``, or is to be cleared away."""

hotlist = sa.Table(
    "hotlist",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("name", sa.String(128), nullable=False, unique=True),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Column("imported_at", UtcDateTime),
    sa.Column("digest", sa.String(64)),
    sa.Column("generation_id", BigKey, sa.ForeignKey("hotlist_generation.id")),
    sa.Column("fetched", sa.String(64)),
)
"""``digest`` is the SHA-256 of the file that a list was imported from last, ``fetched`` of the last from a server."""

hotlist_entry = sa.Table(
    "hotlist_entry",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("generation_id", BigKey, sa.ForeignKey("hotlist_generation.id"), nullable=False, index=True),
    sa.Column("plate", sa.Text, nullable=False, index=True),
    sa.Column("skeleton", sa.Text, nullable=False),
    sa.Column("wildcard", sa.Boolean, nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("effective", UtcDateTime),
    sa.Column("expires", UtcDateTime),
    sa.Column("added_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("fields", sa.JSON, nullable=False),
    sa.Column("origin", sa.String(16), nullable=False, server_default="own"),
    sa.Index("ix_hotlist_entry_skeleton", "skeleton", postgresql_where=sa.text("NOT wildcard")),
    sa.Index(
        "ix_hotlist_entry_wildcard",
        "wildcard",
        sqlite_where=sa.text("wildcard = 1"),
        postgresql_where=sa.text("wildcard"),
    ),
)

hit = sa.Table(
    "hit",
    metadata,
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("read_id", sa.String(36), nullable=False),
    sa.Column("hotlist", sa.String(128), nullable=False),
    sa.Column("listed", sa.JSON, nullable=False),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("match_kind", sa.String(16), nullable=False),
    sa.Column("candidate", sa.Text, nullable=False),
    sa.Column("rank", sa.Integer, nullable=False),
    sa.Column("candidates", sa.Integer, nullable=False),
    sa.Column("explanation", sa.Text, nullable=False),
    sa.Column("raised_at", UtcDateTime, nullable=False, index=True),
    sa.Column("disposition", sa.String(32), nullable=False),
    sa.Column("entry", BigKey, nullable=False, server_default="-1"),
    sa.Column("disposed_at", UtcDateTime),
    sa.Column("disposed_by", sa.String(32), nullable=False, server_default=""),
    sa.Column("enforced", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("not_practicable", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("disposal", BigKey, nullable=False, server_default="-1"),
    read_key(),
    sa.Index("ix_hit_day_read_id", "day", "read_id"),
)
"""``listed`` is the hotlist entry as it stood when the hit was raised: a later import changes no hit. ``disposal`` is
the ledger entry of its disposition."""

verification = sa.Table(
    "verification",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("hit_id", sa.String(36), sa.ForeignKey("hit.id"), nullable=False, index=True),
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("read_id", sa.String(36), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("system", sa.String(40), nullable=False),
    sa.Column("result", sa.String(16), nullable=False),
    sa.Column("why", sa.String(16), nullable=False),
    sa.Column("plate", sa.Text, nullable=False),
    sa.Column("state", sa.String(2), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Column("due_at", UtcDateTime),
    sa.Column("agency", sa.String(16), nullable=False, server_default=""),
    sa.Column("made_by", sa.String(32), nullable=False),
    sa.Column("ran_by", sa.Text, nullable=False),
    sa.Column("how", sa.String(16), nullable=False),
    sa.Column("simulated", sa.Boolean, nullable=False),
    sa.Column("entry", BigKey, nullable=False),
    read_key(),
    sa.Index("ix_verification_day_read_id", "day", "read_id"),
)
"""How a hit was verified, each look and each answer a row, that goes with the read. ``plate`` and ``state`` are what
a person saw; what a system answered stands nowhere."""
