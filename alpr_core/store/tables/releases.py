"""Who may receive data, what was asked for, and what was released."""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata

agency = sa.Table(
    "agency",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("recipient_class", sa.String(16), nullable=False),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("ori", sa.String(16), nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("verified_at", UtcDateTime, nullable=False),
    sa.Column("added_by", sa.String(32), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
"""Agencies that were verified: how, when and by whom."""

agency_person = sa.Table(
    "agency_person",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("agency_id", BigKey, sa.ForeignKey("agency.id"), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("verified_at", UtcDateTime, nullable=False),
    sa.Column("added_by", sa.String(32), nullable=False),
    sa.Column("added_at", UtcDateTime, nullable=False),
    sa.Column("ended_at", UtcDateTime),
)
"""Persons of an agency, likewise."""

release_request = sa.Table(
    "release_request",
    metadata,
    sa.Column("id", BigKey, primary_key=True),
    sa.Column("recipient_class", sa.String(16), nullable=False),
    sa.Column("person_id", BigKey, sa.ForeignKey("agency_person.id", name="fk_release_request_person")),
    sa.Column("requester", sa.Text, nullable=False),
    sa.Column("wanted", sa.Text, nullable=False),
    sa.Column("legal_basis", sa.Text, nullable=False),
    sa.Column("case_number", sa.Text, nullable=False),
    sa.Column("received_by", sa.String(32), nullable=False),
    sa.Column("received_at", UtcDateTime, nullable=False),
    sa.Column("referred_to", sa.JSON, nullable=False),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("closed_by", sa.String(32), nullable=False),
    sa.Column("closed_at", UtcDateTime),
    sa.Column("entry", BigKey),
)
"""Requests for data, and what became of them: ``outcome`` is "", "released" or "refused", ``entry`` the ledger's."""
