"""What was said in a matter goes once it was over for its time; what is not over, or not for so long, stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from alpr_core.store.access_records import BLANKS, ENDS
from alpr_core.store.data_map import ACCESS_ENDS, PERSONAL, REGISTER_ENDS
from alpr_core.store.tables import approval, metadata, person
from alpr_core.store.tables.base import UtcDateTime

END = datetime(2026, 12, 1, tzinfo=UTC)
EARLIER = END - timedelta(seconds=1)
SAID = "0ABC123"


def row_of(table: sa.Table, number: int, ends: dict[str, datetime | None]) -> dict[str, object]:
    """A row that says something in every column that can say it."""
    ends = {column.name: None for column in ENDS.get(table, ())} | ends
    values: dict[str, object] = {}
    for column in table.columns:
        if column.name in ends:
            values[column.name] = ends[column.name]
        elif column.foreign_keys or column.primary_key:
            values[column.name] = SAID if isinstance(column.type, sa.String) else number
        elif isinstance(column.type, sa.JSON):
            values[column.name] = [SAID]
        elif isinstance(column.type, sa.String):
            values[column.name] = f"{SAID}{number}"[: column.type.length]
        elif isinstance(column.type, UtcDateTime):
            values[column.name] = END - timedelta(days=400)
        else:
            values[column.name] = False if isinstance(column.type, sa.Boolean) else 0
    return values


def said_in(connection: sa.Connection, table: sa.Table) -> dict[int, bool]:
    """By the row's number whether it still says anything in a column that is to be blank."""
    rows = connection.execute(sa.select(table)).mappings()
    return {row["id"]: any(SAID in str(row[name]) for name in BLANKS[table]) for row in rows}


@pytest.fixture
def filled(site):
    """Two rows in each table: the first was over at the end of November, the second is not."""
    with site.store.writing() as work:
        work.connection.execute(sa.insert(person), [row_of(person, 1, {}) | {"id": SAID}])
        for table in metadata.sorted_tables:
            if table in ENDS:
                over = ENDS[table][0].name
                rows = [row_of(table, 1, {over: EARLIER}), row_of(table, 2, {over: None})]
                work.connection.execute(sa.insert(table), rows)
    return site


def test_what_was_over_in_the_month_is_blank_and_what_goes_on_is_not(filled) -> None:
    with filled.store.writing() as work:
        assert work.access_records.destroy("2026-11") == len(ENDS)
        for table in ENDS:
            assert said_in(work.connection, table) == {1: False, 2: True}, table.name
        assert work.access_records.destroy("2026-11") == 0


def test_what_was_over_a_second_later_waits_for_its_own_month(filled) -> None:
    with filled.store.writing() as work:
        assert work.access_records.destroy("2026-10") == 0


def test_an_approval_that_is_blank_is_good_for_nothing_any_more(filled) -> None:
    with filled.store.writing() as work:
        work.access_records.destroy("2026-11")
        until = dict(work.connection.execute(sa.select(approval.c.id, approval.c.until)).all())
    assert until == {1: EARLIER, 2: None}


def test_an_approval_ends_with_its_last_use(filled) -> None:
    with filled.store.writing() as work:
        work.connection.execute(sa.update(approval).values(used_at=END))
        work.access_records.destroy("2026-11")
        assert said_in(work.connection, approval) == {1: True, 2: True}


def test_every_column_that_ends_with_the_records_of_access_is_one_that_is_made_blank() -> None:
    ours = {f"{table.name}.{name}" for table, blanks in BLANKS.items() for name in blanks}
    by_another_way = {"hit_outcome.category", "vendor_access.mark", "vendor_access.digest"}  # their rows go
    said = {name for name, datum in PERSONAL.items() if datum.ends in (ACCESS_ENDS, REGISTER_ENDS)}
    assert ours == said - by_another_way
