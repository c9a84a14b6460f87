"""The tables of alpr_core, for SQLite and PostgreSQL alike. The ledger's own tables belong to `alpr_ledger.store`.

A read's key is (day, id) and every table that points at a read carries both, so that PostgreSQL can be
partitioned by day later without a rebuild. Which column may hold a plate, a name or a case number, and when it
ends, stands in `data_map.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from alpr_core.clock import require_utc


class UtcDateTime(TypeDecorator[datetime]):
    """A timezone-aware time in UTC with microseconds.

    SQLite drops the zone of ``DateTime(timezone=True)`` without a word; here a naive time is refused on its way
    in and UTC is put back on its way out.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive time, turn any other into UTC."""
        if value is None:
            return None
        return require_utc(value, "a stored time")

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

BigKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A growing integer key: SQLite only counts up by itself in a column declared INTEGER."""


def _read_key() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"])


# ---------------------------------------------------------------------------
# What was seen
# ---------------------------------------------------------------------------

plate = sa.Table(
    "plate",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("text", sa.Text, nullable=False, unique=True),
    sa.Column("skeleton", sa.Text, nullable=False, index=True),
)
"""Each distinct plate once: partial and fuzzy searches walk this table, not the reads."""

read = sa.Table(
    "read",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),
    sa.Column("plate_id", BigKey, sa.ForeignKey("plate.id"), nullable=False),
    sa.Column("candidates", sa.JSON, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("detection_confidence", sa.Float, nullable=False),
    sa.Column("region", sa.String(16), nullable=False),
    sa.Column("region_confidence", sa.Float, nullable=False),
    sa.Column("captured_at", UtcDateTime, nullable=False),
    sa.Column("last_seen", UtcDateTime, nullable=False),
    sa.Column("frames", sa.Integer, nullable=False),
    sa.Column("camera", sa.Text, nullable=False),
    sa.Column("box", sa.JSON, nullable=False),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("retention_class", sa.String(32), nullable=False),
    sa.Column("stored_at", UtcDateTime, nullable=False),
    sa.Index("ix_read_plate_id_captured_at", "plate_id", "captured_at"),
    sa.Index("ix_read_captured_at", "captured_at"),
)

image = sa.Table(
    "image",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("read_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column("sha256", sa.String(64), nullable=False, index=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(128), nullable=False, index=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    _read_key(),
)
"""``sha256`` names the ciphertext's file; the image's own key is wrapped by the key of its day and class."""

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

camera = sa.Table(
    "camera",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("device_id", BigKey, sa.ForeignKey("device.id"), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)

# ---------------------------------------------------------------------------
# What is looked for, and what was found
# ---------------------------------------------------------------------------

hotlist = sa.Table(
    "hotlist",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("name", sa.String(128), nullable=False, unique=True),
    sa.Column("source", sa.String(64), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)

hotlist_entry = sa.Table(
    "hotlist_entry",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("hotlist_id", BigKey, sa.ForeignKey("hotlist.id"), nullable=False, index=True),
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
    _read_key(),
    sa.Index("ix_hit_day_read_id", "day", "read_id"),
)
"""``listed`` is the hotlist entry as it stood when the hit was raised: a later import changes no hit."""

# ---------------------------------------------------------------------------
# Who acts
# ---------------------------------------------------------------------------

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
)
"""``id`` is the pseudonym that stands on the ledger."""

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

# ---------------------------------------------------------------------------
# Under which settings
# ---------------------------------------------------------------------------

accepted_settings = sa.Table(
    "accepted_settings",
    metadata,
    sa.Column("entry", BigKey, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.String(44), nullable=False),
    sa.Column("document", sa.Text, nullable=False),
    sa.Column("accepted_at", UtcDateTime, nullable=False),
    sa.Column("person_id", sa.String(32), nullable=False),
    sa.Column("second_id", sa.String(32), nullable=False),
)
"""Every document of settings that was accepted, by its entry; the newest is in force."""


Row = sa.RowMapping
