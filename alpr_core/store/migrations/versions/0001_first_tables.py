"""The first tables.

Revision: 0001, the first
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MESSAGE = "read: what was observed cannot be changed; a correction stands beside it"
_OBSERVED = "plate_id, candidates, confidence, captured_at, camera, box"


def upgrade() -> None:
    """Make every table, and the trigger that keeps what was observed as it was."""
    _tables()
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER read_observed BEFORE UPDATE OF {_OBSERVED} ON read "
            f"BEGIN SELECT RAISE(ABORT, '{_MESSAGE}'); END"
        )
    else:
        op.execute(
            "CREATE FUNCTION read_observed() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_MESSAGE}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER read_observed BEFORE UPDATE OF {_OBSERVED} ON read "
            "FOR EACH ROW EXECUTE FUNCTION read_observed()"
        )


def _tables() -> None:
    op.create_table(
        "device",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("name", name=op.f("uq_device_name")),
    )
    op.create_table(
        "hotlist",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotlist")),
        sa.UniqueConstraint("name", name=op.f("uq_hotlist_name")),
    )
    op.create_table(
        "intent",
        sa.Column("entry", BigKey, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("outcome_entry", BigKey, nullable=True),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_intent")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("badge", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("passphrase_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("badge", name=op.f("uq_person_badge")),
    )
    op.create_table(
        "plate",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plate")),
        sa.UniqueConstraint("text", name=op.f("uq_plate_text")),
    )
    op.create_index(op.f("ix_plate_skeleton"), "plate", ["skeleton"], unique=False)
    op.create_table(
        "camera",
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("device_id", BigKey, nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_camera_device")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_camera")),
    )
    op.create_table(
        "hotlist_entry",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("hotlist_id", BigKey, nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("skeleton", sa.Text(), nullable=False),
        sa.Column("wildcard", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("effective", UtcDateTime(), nullable=True),
        sa.Column("expires", UtcDateTime(), nullable=True),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Text(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["hotlist_id"], ["hotlist.id"], name=op.f("fk_hotlist_entry_hotlist")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotlist_entry")),
    )
    op.create_index(op.f("ix_hotlist_entry_hotlist_id"), "hotlist_entry", ["hotlist_id"], unique=False)
    op.create_index(op.f("ix_hotlist_entry_plate"), "hotlist_entry", ["plate"], unique=False)
    op.create_index(
        "ix_hotlist_entry_skeleton",
        "hotlist_entry",
        ["skeleton"],
        unique=False,
        postgresql_where=sa.text("NOT wildcard"),
    )
    op.create_index(
        "ix_hotlist_entry_wildcard",
        "hotlist_entry",
        ["wildcard"],
        unique=False,
        sqlite_where=sa.text("wildcard = 1"),
        postgresql_where=sa.text("wildcard"),
    )
    op.create_table(
        "person_role",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_role_person")),
        sa.PrimaryKeyConstraint("person_id", "role", name=op.f("pk_person_role")),
    )
    op.create_table(
        "read",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("plate_id", BigKey, nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("detection_confidence", sa.Float(), nullable=False),
        sa.Column("region", sa.String(length=16), nullable=False),
        sa.Column("region_confidence", sa.Float(), nullable=False),
        sa.Column("captured_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("camera", sa.Text(), nullable=False),
        sa.Column("box", sa.JSON(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("retention_class", sa.String(length=32), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["plate_id"], ["plate.id"], name=op.f("fk_read_plate")),
        sa.PrimaryKeyConstraint("day", "id", name=op.f("pk_read")),
    )
    op.create_index("ix_read_captured_at", "read", ["captured_at"], unique=False)
    op.create_index("ix_read_plate_id_captured_at", "read", ["plate_id", "captured_at"], unique=False)
    op.create_table(
        "session",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_session_person")),
        sa.PrimaryKeyConstraint("token_sha256", name=op.f("pk_session")),
        sa.UniqueConstraint("id", name=op.f("uq_session_id")),
    )
    op.create_table(
        "hit",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("hotlist", sa.String(length=128), nullable=False),
        sa.Column("listed", sa.JSON(), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("match_kind", sa.String(length=16), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("disposition", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_hit_read")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hit")),
    )
    op.create_index("ix_hit_day_read_id", "hit", ["day", "read_id"], unique=False)
    op.create_index(op.f("ix_hit_raised_at"), "hit", ["raised_at"], unique=False)
    op.create_table(
        "image",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("read_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=128), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"], name=op.f("fk_image_read")),
        sa.PrimaryKeyConstraint("day", "read_id", "kind", name=op.f("pk_image")),
    )
    op.create_index(op.f("ix_image_key_id"), "image", ["key_id"], unique=False)
    op.create_index(op.f("ix_image_sha256"), "image", ["sha256"], unique=False)
