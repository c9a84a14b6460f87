"""What every table is made with."""

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


def read_key() -> sa.ForeignKeyConstraint:
    """Return the key of a read, for a table that points at one by ``day`` and ``read_id``."""
    return sa.ForeignKeyConstraint(["day", "read_id"], ["read.day", "read.id"])
