"""Logins: second factors, failures, acknowledgements; when somebody leaves, and accounts that one made alone.

Revision: 0008, after 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from alpr_core.store.tables import BigKey, UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; the accounts that are there stay, and were used last when their newest session began.

    Without that every account older than 90 days would count as unused, the administrator's too.
    """
    op.add_column("person", sa.Column("leaves_at", UtcDateTime))
    op.add_column("person", sa.Column("alone", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "login_state",
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("last_login", UtcDateTime),
        sa.Column("reopened_at", UtcDateTime),
        sa.Column("acknowledged_at", UtcDateTime),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_step", BigKey),
        sa.Column("reset_at", UtcDateTime),
        sa.Column("reset_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_state_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_login_state")),
    )
    op.create_table(
        "login_failure",
        sa.Column("id", BigKey, nullable=False),
        sa.Column("person_id", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_failure_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index("ix_login_failure_person_id_at", "login_failure", ["person_id", "at"])
    op.execute(
        "INSERT INTO login_state (person_id, last_login, reset_by) "
        "SELECT person_id, MAX(started_at), '' FROM session GROUP BY person_id"
    )
