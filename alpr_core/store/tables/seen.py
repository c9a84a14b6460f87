"""What was seen."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata, read_key

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
    sa.Column("entry", BigKey, nullable=False, server_default="-1"),
    sa.Column("item", sa.Integer, nullable=False, server_default="0"),
    sa.Index("ix_read_plate_id_captured_at", "plate_id", "captured_at"),
    sa.Index("ix_read_captured_at", "captured_at"),
    sa.Index("ix_read_latitude_longitude", "latitude", "longitude"),
)
"""``entry`` and ``item`` are its place on the ledger: its values in the vault are found, and destroyed, by them."""

image = sa.Table(
    "image",
    metadata,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("read_id", sa.String(36), primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),
    sa.Column(
        "sha256", sa.String(64), nullable=False
    ),  # no index: of random names it costs more than all others
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("key_id", sa.String(128), nullable=False, index=True),
    sa.Column("wrapped_key", sa.LargeBinary, nullable=False),
    read_key(),
)
"""``sha256`` names the ciphertext's file; the image's own key is wrapped by the key of its day and class."""

device = sa.Table(
    "device",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("place", sa.Text, nullable=False, server_default=""),
    sa.Column("latitude", sa.Float),
    sa.Column("longitude", sa.Float),
    sa.Column("moves", sa.Integer, nullable=False, server_default="0"),
    sa.Column("in_service_since", UtcDateTime),
)
"""Readers. ``moves`` counts how often one was moved: the approval of a location is for one of them."""

location_approval = sa.Table(
    "location_approval",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("device_id", BigKey, sa.ForeignKey("device.id"), nullable=False, index=True),
    sa.Column("moves", sa.Integer, nullable=False),
    sa.Column("signer", sa.Text, nullable=False),
    sa.Column("signed_on", sa.String(10), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("recorded_by", sa.String(32), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)
"""Written approvals of where a reader is: who signed when, and the hash of the paper."""

camera = sa.Table(
    "camera",
    metadata,
    sa.Column("name", sa.String(128), primary_key=True),
    sa.Column("device_id", BigKey, sa.ForeignKey("device.id"), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
)
