"""What is known of a person's logins: the last, the failed ones, the second factor, what was acknowledged."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

login_state = sa.Table(
    "login_state",
    metadata,
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("last_login", UtcDateTime),
    sa.Column("reopened_at", UtcDateTime),
    sa.Column("acknowledged_at", UtcDateTime),
    sa.Column("totp_secret", sa.LargeBinary),
    sa.Column("totp_step", BigKey),
    sa.Column("reset_at", UtcDateTime),
    sa.Column("reset_by", sa.String(32), nullable=False),
)
"""The second factor's secret is wrapped by a key in ``var/keys``; ``totp_step`` is the last that was used."""

login_failure = sa.Table(
    "login_failure",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_login_failure_person_id_at", "person_id", "at"),
)
