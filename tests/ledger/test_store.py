"""The tables: made once, known by their version, append-only, and locked at the head."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import create_engine, insert, inspect, update
from sqlalchemy.exc import DBAPIError

from alpr_ledger import store
from alpr_ledger.errors import StoreError
from alpr_ledger.log import draft


def test_the_tables_are_made_in_the_callers_transaction_or_not_at_all(empty_ledger):
    class Stop(Exception):
        pass

    def fail():
        with empty_ledger.transaction() as connection:
            store.create(connection)
            raise Stop

    with pytest.raises(Stop):
        fail()
    assert inspect(empty_ledger.engine).get_table_names() == []


def test_making_the_tables_twice_changes_nothing(ledger):
    ledger.append_some(3)
    with ledger.transaction() as connection:
        store.create(connection)
        assert store.read_head(connection).size == 4
        assert store.stored_version(connection) == store.VERSION


def test_tables_newer_than_this_program_are_refused(ledger):
    with ledger.transaction() as connection:
        connection.execute(update(store.ledger_version).values(version=store.VERSION + 1))
    with ledger.transaction() as connection, pytest.raises(StoreError, match="newer"):
        store.create(connection)


def test_another_kind_of_database_is_refused():
    class Elsewhere:
        class dialect:  # noqa: N801
            name = "mysql"

    with pytest.raises(StoreError, match="mysql"):
        store.create(Elsewhere())  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["entry", "checkpoint", "cosignature", "stamp"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_was_recorded_can_be_neither_changed_nor_deleted(ledger, table, statement):
    with ledger.transaction() as connection:
        connection.execute(insert(store.cosignature).values(size=1, vkey="w", line=b"line"))
        connection.execute(insert(store.stamp).values(size=1, authority="a", token=b"token"))
    column = "idx" if table == "entry" else "size"
    with pytest.raises(DBAPIError, match="append-only"), ledger.transaction() as connection:
        connection.exec_driver_sql(statement.format(table, column, column))
    assert ledger.query(f"SELECT count(*) FROM {table}") == [(1,)]


def test_a_table_cannot_be_emptied_on_postgresql_either(ledger):
    if ledger.path:
        pytest.skip("SQLite has no TRUNCATE")
    with pytest.raises(DBAPIError, match="append-only"), ledger.transaction() as connection:
        connection.exec_driver_sql("TRUNCATE entry")


def test_a_head_that_somebody_moved_without_the_lock_is_not_overwritten(ledger, make_body):
    with pytest.raises(StoreError, match="moved"), ledger.transaction() as connection:
        head = store.lock_head(connection)
        connection.execute(update(store.head).values(size=5))
        ledger.log.append_locked(connection, head, [draft(make_body())])
    assert ledger.query("SELECT count(*) FROM entry") == [(1,)]


def test_a_second_writer_waits_for_the_head(ledger):
    order = []
    entered = threading.Event()

    def second():
        with ledger.transaction() as connection:
            entered.set()
            order.append(("second", store.lock_head(connection).size))

    with ledger.transaction() as connection:
        store.lock_head(connection)
        thread = threading.Thread(target=second)
        thread.start()
        if ledger.path is None:
            assert entered.wait(10)
        receipt = ledger.log.append(connection, [draft({"v": 1, "kind": "test.note", "t": "x"})])
        order.append(("first", receipt.size))
    thread.join(10)
    assert order == [("first", 2), ("second", 2)]


def test_a_database_without_a_ledger_has_no_version(database_url):
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert store.stored_version(connection) is None
    engine.dispose()
