"""A hotlist's entries belong to a generation, and the list names the one in force; what was imported last, and when.

Revision: 0022, after 0021
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_COLUMNS = (
    "id, generation_id, plate, skeleton, wildcard, state, category, priority, effective, expires, added_by, reason, "
    "case_number, fields, origin"
)


def upgrade() -> None:
    """Make what each list holds its first generation, of the same number: the entries need no change."""
    op.create_table(
        "hotlist_generation",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("node", sa.String(length=64), nullable=False),
        sa.Column("process", sa.String(length=32), nullable=False),
        sa.Column("begun_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotlist_generation")),
    )
    op.execute(
        "INSERT INTO hotlist_generation (id, node, process, begun_at) SELECT id, '', '', changed_at FROM hotlist"
    )
    op.add_column("hotlist", sa.Column("imported_at", UtcDateTime))
    op.add_column("hotlist", sa.Column("digest", sa.String(length=64)))
    op.execute("UPDATE hotlist SET imported_at = changed_at WHERE source <> 'by hand'")
    if op.get_context().dialect.name == "postgresql":
        _alter_postgresql()
    else:
        _rebuild_sqlite()
    op.execute("UPDATE hotlist SET generation_id = id")


def _alter_postgresql() -> None:
    op.execute(
        "SELECT setval(pg_get_serial_sequence('hotlist_generation', 'id'), max(id)) FROM hotlist_generation"
    )
    op.add_column("hotlist", sa.Column("generation_id", BigKey))
    op.create_foreign_key(
        "fk_hotlist_hotlist_generation", "hotlist", "hotlist_generation", ["generation_id"], ["id"]
    )
    op.drop_constraint("fk_hotlist_entry_hotlist", "hotlist_entry", type_="foreignkey")
    op.alter_column("hotlist_entry", "hotlist_id", new_column_name="generation_id")
    op.execute("ALTER INDEX ix_hotlist_entry_hotlist_id RENAME TO ix_hotlist_entry_generation_id")
    op.create_foreign_key(
        "fk_hotlist_entry_hotlist_generation",
        "hotlist_entry",
        "hotlist_generation",
        ["generation_id"],
        ["id"],
    )


def _rebuild_sqlite() -> None:
    """Make the table anew: SQLite cannot point a column elsewhere."""
    op.execute(
        "ALTER TABLE hotlist ADD COLUMN generation_id INTEGER "
        "CONSTRAINT fk_hotlist_hotlist_generation REFERENCES hotlist_generation (id)"
    )
    op.rename_table("hotlist_entry", "hotlist_entry_before")
    op.create_table(
        "hotlist_entry",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("generation_id", BigKey, nullable=False),
        sa.Column("plate", sa.Text, nullable=False),
        sa.Column("skeleton", sa.Text, nullable=False),
        sa.Column("wildcard", sa.Boolean, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer, nullable=False),
        sa.Column("effective", UtcDateTime),
        sa.Column("expires", UtcDateTime),
        sa.Column("added_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("case_number", sa.Text, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False, server_default="own"),
        sa.ForeignKeyConstraint(
            ["generation_id"], ["hotlist_generation.id"], name=op.f("fk_hotlist_entry_hotlist_generation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hotlist_entry")),
    )
    before = _COLUMNS.replace("generation_id", "hotlist_id")
    op.execute(f"INSERT INTO hotlist_entry ({_COLUMNS}) SELECT {before} FROM hotlist_entry_before")  # noqa: S608
    op.drop_table("hotlist_entry_before")
    for column in ("generation_id", "plate", "skeleton"):
        op.create_index(op.f(f"ix_hotlist_entry_{column}"), "hotlist_entry", [column])
    op.create_index(
        "ix_hotlist_entry_wildcard", "hotlist_entry", ["wildcard"], sqlite_where=sa.text("wildcard = 1")
    )
