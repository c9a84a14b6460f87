"""The migrations make what the tables say, on both databases, all or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from alpr_core.errors import StoreError
from alpr_core.models import HotlistEntry
from alpr_core.store import schema
from alpr_core.store.hotlists import begin_generation
from alpr_core.store.tables import device, metadata
from alpr_core.store.work import Store


@pytest.fixture
def store(database_url, tmp_path):
    opened = Store(database_url, lock_path=tmp_path / "write.lock")
    yield opened
    opened.close()


def test_migrations_make_exactly_the_declared_tables(store) -> None:
    with store.connection() as connection:
        schema.upgrade(connection)
    with store.connection() as connection:
        ours = set(metadata.tables)
        context = MigrationContext.configure(
            connection,
            opts={
                "include_name": lambda name, kind, parents: kind != "table" or name in ours,
                "compare_type": True,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_upgrading_twice_changes_nothing(store) -> None:
    for _ in range(2):
        with store.connection() as connection:
            schema.upgrade(connection)
    with store.connection() as connection:
        schema.check(connection)


def test_a_failed_upgrade_leaves_the_database_empty(store) -> None:
    with pytest.raises(RuntimeError, match="power cut"), store.connection() as connection:
        schema.upgrade(connection)
        raise RuntimeError("power cut")
    with store.connection() as connection:
        assert sa.inspect(connection).get_table_names() == []


def test_an_empty_database_is_refused_with_the_command_that_helps(store) -> None:
    with pytest.raises(StoreError, match="alpr-core init"), store.connection() as connection:
        schema.check(connection)


def test_a_database_of_another_version_is_refused(store) -> None:
    with store.connection() as connection:
        schema.upgrade(connection)
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="schema 9999"), store.connection() as connection:
        schema.check(connection)


def test_times_come_back_in_utc_and_naive_ones_are_refused(store) -> None:
    with store.connection() as connection:
        schema.upgrade(connection)
    pacific = datetime(2026, 11, 23, 6, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-8)))
    with store.connection() as connection:
        connection.execute(sa.insert(device).values(name="car-7", kind="file", added_at=pacific))
        back = connection.scalar(sa.select(device.c.added_at))
    assert back == datetime(2026, 11, 23, 14, 0, 0, 123456, tzinfo=UTC)
    assert back.utcoffset() == timedelta(0)
    with pytest.raises(StoreError), store.connection() as connection:
        connection.execute(
            sa.insert(device).values(name="car-8", kind="file", added_at=datetime(2026, 11, 23))  # noqa: DTZ001
        )


@pytest.mark.parametrize("url", ["mysql://x/y", "sqlite://", "sqlite:///:memory:", "no url at all"])
def test_an_unusable_database_url_is_an_error_that_says_what_to_write(url, tmp_path) -> None:
    with pytest.raises(StoreError, match=r"\[store\] url"):
        Store(url, lock_path=tmp_path / "write.lock")


def test_hotlists_from_before_generations_are_matched_as_they_were(store) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    with store.connection() as connection:
        schema.make(connection, "0020")
        for number, (name, source) in enumerate([("ncic", "hotfile"), ("ours", "by hand")], start=5):
            connection.exec_driver_sql(
                f"INSERT INTO hotlist (id, name, source, changed_at) VALUES ({number}, '{name}', '{source}', '{at}')"
            )
            connection.exec_driver_sql(
                "INSERT INTO hotlist_entry (hotlist_id, plate, skeleton, wildcard, state, category, priority, "
                "added_by, reason, case_number, fields) VALUES "
                f"({number}, 'ABC12{number}', 'A8C12{number}', false, '', '', 0, '', '', '', '{{}}')"
            )
        schema.upgrade(connection)
    with store.writing() as work:
        work.hotlists.add("ours", "by hand", HotlistEntry(plate="XYZ987"), at)
        summaries = {one.name: (one.entries, one.imported_at) for one in work.hotlists.summaries()}
        assert summaries == {"ncic": (1, at), "ours": (2, None)}
        assert [one.plate for one in work.hotlists.of_plates("ncic", ["ABC125", "ABC126"])] == ["ABC125"]
        assert begin_generation(work.connection, node="", process="", at=at) > 6
