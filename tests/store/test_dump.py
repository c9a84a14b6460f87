"""The dump takes every table, each in its place: what dies with a read in the read's part, the rest in the rest."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.errors import InputError
from alpr_core.store import dump
from alpr_core.store.data_map import PERSONAL
from alpr_core.store.dump import Loading, of_reads
from alpr_core.store.tables import metadata, plate, read
from alpr_ledger import store as ledger


def test_every_table_is_in_one_place() -> None:
    rest, reads = dump._of_the_rest(), [plate, *of_reads()]
    ours = [table for table in rest if table.metadata is metadata]
    assert len(ours) + len(reads) == len(metadata.tables)
    assert set(ours) | set(reads) == set(metadata.tables.values())
    theirs = {table for table in rest if table.metadata is ledger.metadata}
    assert theirs == set(ledger.metadata.tables.values()) - {ledger.ledger_version}


def test_what_hangs_on_a_read_can_be_found_by_its_day() -> None:
    for table in of_reads()[1:]:
        assert {"day", "read_id"} <= set(table.columns.keys()), table.name


def test_nothing_of_the_rest_points_at_what_dies_with_a_read() -> None:
    mortal = {plate, *of_reads()}
    pointing = [
        f"{table.name}.{key.parent.name}"
        for table in dump._of_the_rest()
        for key in table.foreign_keys
        if key.column.table in mortal
    ]
    assert pointing == []


def test_whatever_ends_with_the_read_is_in_its_part() -> None:
    mortal = {table.name for table in (plate, *of_reads())}
    ending = {column.partition(".")[0] for column, datum in PERSONAL.items() if datum.vault_class == "read"}
    assert ending <= mortal


@pytest.mark.parametrize(
    "table", [*metadata.sorted_tables, *ledger.metadata.sorted_tables], ids=lambda t: t.name
)
def test_every_column_has_a_type_that_can_be_written_down(table: sa.Table) -> None:
    for column in table.columns:
        assert dump._code(column) in dump._TYPES


@given(
    st.one_of(
        st.tuples(st.just("time"), st.datetimes(timezones=st.just(UTC))),
        st.tuples(st.just("date"), st.dates()),
        st.tuples(st.just("bytes"), st.binary()),
        st.tuples(st.just("text"), st.text()),
        st.tuples(st.just("float"), st.floats(allow_nan=False)),
        st.tuples(st.just("int"), st.integers(-(2**63), 2**63 - 1)),
        st.tuples(st.sampled_from(sorted(dump._TYPES)), st.none()),
    )
)
def test_every_value_comes_back_as_it_was(given_value: tuple[str, object]) -> None:
    code, value = given_value
    assert dump._in(code, json.loads(dump._json(dump._out(code, value)))) == value


@pytest.mark.parametrize(
    "lines",
    [
        [{"table": "no_such", "columns": [["id", "int"]]}],
        [{"table": "person", "columns": [["id", "no_type"]]}],
        [{"table": "person", "columns": 3}],
        [["a row", "of no table"]],
        [{"table": "hotlist", "columns": [["id", "int"]]}, [1, 2]],
        [{"table": "hotlist", "columns": [["changed_at", "time"]]}, ["yesterday"]],
        [7],
    ],
)
def test_what_is_no_dump_is_refused(site, lines) -> None:
    with site.store.writing() as work, pytest.raises(InputError):
        Loading(work.connection).take(lines)


def test_an_empty_database_has_no_parts(site) -> None:
    with site.store.snapshot() as work:
        assert work.dump.parts({}) == []
        tables = [json.loads(line)["table"] for line in work.dump.rest() if line.startswith(b"{")]
    assert sorted(tables) == ["checkpoint", "entry", "head", "keyring"]


def test_dates_of_before_1000_are_written_with_four_digits() -> None:
    assert dump._out("date", date(33, 4, 3)) == "0033-04-03"
    assert dump._out("time", datetime(33, 4, 3, tzinfo=UTC)).startswith("0033-")


def test_the_read_comes_before_what_points_at_it() -> None:
    assert of_reads()[0] is read
