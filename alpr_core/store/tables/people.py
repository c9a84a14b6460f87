"""Who acts."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

person = sa.Table(
    "person",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("badge", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False, server_default=""),
    sa.Column("contractor", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("passphrase_hash", sa.Text, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("added_by", sa.String(32), nullable=False),
    sa.Column("leaves_at", UtcDateTime),
    sa.Column("alone", sa.Boolean, nullable=False, server_default=sa.false()),
)
"""``id`` is the pseudonym that stands on the ledger; ``alone``, that one person made the account by themselves."""

person_role = sa.Table(
    "person_role",
    metadata,
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("role", sa.String(64), primary_key=True),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("token_sha256", sa.String(64), primary_key=True),
    sa.Column("id", sa.String(32), nullable=False, unique=True),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
"""The token itself is only in the person's session file; ``id`` is the part that stands on the ledger."""

document = sa.Table(
    "document",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("kind", sa.String(24), nullable=False, index=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("dated", sa.Date, nullable=False),
    sa.Column("review", sa.Date),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("area", sa.String(8), nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("valid", sa.String(16), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("withdrawn_at", UtcDateTime),
)
"""The programme file; the document itself lies in ``var/documents`` under its hash."""

adoption = sa.Table(
    "adoption",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("policy_digest", sa.String(64), nullable=False, index=True),
    sa.Column("adopted_by", sa.Text, nullable=False),
    sa.Column("adopted_on", sa.Date, nullable=False),
    sa.Column("counsel", sa.Text, nullable=False),
    sa.Column("reviewed_on", sa.Date, nullable=False),
)
"""Who answers for a policy, and which counsel reviewed it: of exactly the policy with that digest."""

intent = sa.Table(
    "intent",
    metadata,
    sa.Column("entry", BigKey, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("node", sa.String(64), nullable=False),
    sa.Column("process", sa.String(32), nullable=False),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("outcome_entry", BigKey),
)
"""Sends whose effect was begun; one without outcome is resolved when the node starts."""
