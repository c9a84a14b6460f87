"""What people may do because somebody recorded it: trainings, authority for a system's data, delegations."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

training = sa.Table(
    "training",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("area", sa.String(40), nullable=False),
    sa.Column("course", sa.Text, nullable=False),
    sa.Column("held_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("recorded_by", sa.String(32), nullable=False),
    sa.Column("recorded_at", UtcDateTime, nullable=False),
)
"""Trainings that somebody passed: of one area each, ``operate``, ``access`` or the code of a state's system."""

authority = sa.Table(
    "authority",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("system", sa.String(40), nullable=False),
    sa.Column("certificate", sa.Text, nullable=False),
    sa.Column("ori", sa.String(16), nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime),
    sa.Column("granted_by", sa.String(32), nullable=False),
    sa.Column("granted_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)
"""Who may use which system's data: leds, mules, leads, rmv; department, state, federal."""

duty = sa.Table(
    "duty",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime, nullable=False),
    sa.Column("set_by", sa.String(32), nullable=False),
    sa.Column("set_at", UtcDateTime, nullable=False),
)
"""Who of those who approve is on duty, from when to when."""

lately = sa.Table(
    "lately",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("person_id", sa.String(32), nullable=False),
    sa.Column("action", sa.String(64), nullable=False),
    sa.Column("plate", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_lately_person_id_at", "person_id", "at"),
)
"""What somebody did lately, as far as a policy counts it."""

delegation = sa.Table(
    "delegation",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("office", sa.String(64), nullable=False),
    sa.Column(
        "given_by",
        sa.String(32),
        sa.ForeignKey("person.id", name="fk_delegation_giver"),
        nullable=False,
        index=True,
    ),
    sa.Column("person_id", sa.String(32), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("actions", sa.JSON, nullable=False),
    sa.Column("since", UtcDateTime, nullable=False),
    sa.Column("until", UtcDateTime),
    sa.Column("given_at", UtcDateTime, nullable=False),
    sa.Column("revoked_at", UtcDateTime),
)
"""Whom an office (a role of the pack) has assigned to act for it: in which acts, from when to when."""
