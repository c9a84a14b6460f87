"""The tables of alpr_core, for SQLite and PostgreSQL alike. The ledger's own tables belong to `alpr_ledger.store`.

A read's key is (day, id) and every table that points at a read carries both, so that PostgreSQL can be
partitioned by day later without a rebuild. Which column may hold a plate, a name or a case number, and when it
ends, stands in `data_map.py`.
"""

from __future__ import annotations

import sqlalchemy as sa

from alpr_core.store.tables.approvals import approval
from alpr_core.store.tables.base import BigKey, UtcDateTime, metadata, read_key
from alpr_core.store.tables.breaches import breach, misuse
from alpr_core.store.tables.corrections import correction
from alpr_core.store.tables.foreign import foreign_read
from alpr_core.store.tables.incidents import canvass, incident
from alpr_core.store.tables.jobs import job_request, job_run, lease
from alpr_core.store.tables.kept import (
    hit_outcome,
    hold,
    hold_read,
    image_sweep,
    key_erasure,
    purge,
    schedule,
)
from alpr_core.store.tables.logins import login_failure, login_state
from alpr_core.store.tables.looked_for import hit, hotlist, hotlist_entry, hotlist_generation, verification
from alpr_core.store.tables.notices import notice
from alpr_core.store.tables.people import adoption, document, intent, person, person_role, session
from alpr_core.store.tables.releases import agency, agency_person, release_request
from alpr_core.store.tables.rights import authority, delegation, duty, lately, training
from alpr_core.store.tables.seen import camera, device, image, location_approval, plate, read
from alpr_core.store.tables.settings import accepted_settings
from alpr_core.store.tables.vendor_logs import vendor_access
from alpr_core.store.tables.watch import capture_gap, heartbeat, installed, proven_time

__all__ = [
    "BigKey",
    "Row",
    "UtcDateTime",
    "accepted_settings",
    "adoption",
    "agency",
    "agency_person",
    "approval",
    "authority",
    "breach",
    "camera",
    "canvass",
    "capture_gap",
    "correction",
    "delegation",
    "device",
    "document",
    "duty",
    "foreign_read",
    "heartbeat",
    "hit",
    "hit_outcome",
    "hold",
    "hold_read",
    "hotlist",
    "hotlist_entry",
    "hotlist_generation",
    "image",
    "image_sweep",
    "incident",
    "installed",
    "intent",
    "job_request",
    "job_run",
    "key_erasure",
    "lately",
    "lease",
    "location_approval",
    "login_failure",
    "login_state",
    "metadata",
    "misuse",
    "notice",
    "person",
    "person_role",
    "plate",
    "proven_time",
    "purge",
    "read",
    "read_key",
    "release_request",
    "schedule",
    "session",
    "training",
    "vendor_access",
    "verification",
]

Row = sa.RowMapping
