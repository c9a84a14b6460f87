"""Records of accesses: what was searched for, why, for which case, under their month's key; and rows that tell it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from alpr_core.store.tables import (
    agency,
    agency_person,
    approval,
    breach,
    canvass,
    hit_outcome,
    hold,
    incident,
    misuse,
    release_request,
    vendor_access,
)
from alpr_ledger import store as ledger_store

ACCESS = "access"
"""Their vault class, and the first part of their keys' IDs."""

ENDS: Mapping[sa.Table, tuple[sa.Column[Any], ...]] = {
    approval: (approval.c.decided_at, approval.c.until, approval.c.used_at, approval.c.countersigned_at),
    hold: (hold.c.ended_at,),
    incident: (incident.c.closed_at,),
    canvass: (canvass.c.stopped_at,),
    release_request: (release_request.c.closed_at,),
    agency: (agency.c.ended_at,),
    agency_person: (agency_person.c.ended_at,),
    breach: (breach.c.referred_at,),
    misuse: (misuse.c.closed_at,),
}
"""When the matter that a row is about was over: at the latest of these, and not yet while the first is empty."""

BLANKS: Mapping[sa.Table, Mapping[str, Any]] = {
    approval: {
        **dict.fromkeys(("case_number", "reason", "query", "plate", "note", "signer"), ""),
        "facts": {},
    },
    hold: {"wanted": {}, "case_number": ""},
    incident: {"case_number": sa.literal("#").concat(sa.cast(incident.c.id, sa.Text)), "partials": []},
    canvass: {"area": "", "cameras": []},
    release_request: dict.fromkeys(("requester", "wanted", "legal_basis", "case_number"), ""),
    agency: {"name": "", "method": ""},
    agency_person: {"name": "", "method": ""},
    breach: {"summary": "", "referred_to": ""},
    misuse: {"summary": "", "outcome": ""},
}
"""What stands in a row for what was destroyed. The rows stay: the ledger names them by their numbers."""


class AccessRecords:
    """The access records inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def destroy(self, month: str) -> int:
        """Delete what was said of accesses in a month, ``2026-11``, or in a matter that was over by its end.

        Returns:
            How many values and rows that were.
        """
        vault = ledger_store.vault
        mine = vault.c.key_id == f"{ACCESS}/{month}"
        entries = sa.select(vault.c.idx).where(mine)
        self._connection.execute(sa.delete(hit_outcome).where(hit_outcome.c.entry.in_(entries)))
        self._connection.execute(sa.delete(vendor_access).where(vendor_access.c.entry.in_(entries)))
        gone: int = self._connection.execute(sa.delete(vault).where(mine)).rowcount
        return gone + sum(self._blank(table, end_of(month)) for table in ENDS)

    def _blank(self, table: sa.Table, before: datetime) -> int:
        first, *others = ENDS[table]
        blanks = BLANKS[table]
        still_says = sa.or_(*(_text(table.c[name]) != _text_of(blank) for name, blank in blanks.items()))
        is_over = sa.and_(first < before, *(sa.or_(one.is_(None), one < before) for one in others))
        values = dict(blanks)
        if table is approval:  # one that was never used would fit whatever names no plate
            values["until"] = sa.func.coalesce(approval.c.until, approval.c.decided_at)
        return self._connection.execute(sa.update(table).where(is_over, still_says).values(values)).rowcount


def end_of(month: str) -> datetime:
    """Return the moment at which a month, ``2026-11`` in UTC, is over."""
    year, number = map(int, month.split("-"))
    return datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _text(column: sa.Column[Any]) -> sa.ColumnElement[str]:
    """Return a column as text: PostgreSQL does not compare JSON."""
    return sa.cast(column, sa.Text)


def _text_of(blank: object) -> object:
    return blank if isinstance(blank, str | sa.ColumnElement) else str(blank)
