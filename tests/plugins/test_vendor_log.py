"""The data source ``vendor_log``: accesses out of CSV and JSON, by a map of the columns."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from alpr_core import AccessLogSource, ConfigError, InputError, RejectedLine, VendorAccess
from alpr_core.plugins import PluginHost

COLUMNS = {"at": "time", "who": "user"}
NOON = "2026-11-20T12:00:00Z"


def source(**options) -> AccessLogSource:
    return PluginHost.load().access_log_source("vendor_log", {"columns": COLUMNS, **options})


def one_of(content: str, **options) -> VendorAccess:
    (found,) = source(**options).accesses(content.encode())
    assert isinstance(found, VendorAccess), found
    return found


def test_a_list_of_objects_and_an_object_a_line_are_the_same_log() -> None:
    rows = [{"time": NOON, "user": "jdoe"}, {"time": NOON, "user": "Ann Ng", "more": [1]}]
    lines = "\n".join(map(json.dumps, rows))
    as_list, as_lines = (
        source(format="json").accesses(text.encode()) for text in (json.dumps(rows), lines + "\n")
    )
    assert as_list == as_lines
    assert [(one.number, one.who) for one in as_list] == [(1, "jdoe"), (2, "Ann Ng")]


def test_what_is_no_object_is_left_out_by_its_number() -> None:
    found = source(format="json").accesses(json.dumps([7, {"time": NOON, "user": "jdoe"}]).encode())
    assert found[0] == RejectedLine(number=1, problem="it is no object of JSON")
    assert isinstance(found[1], VendorAccess)


def test_a_value_that_is_a_list_is_kept_as_it_is_written() -> None:
    row = {"time": NOON, "user": "jdoe", "cameras": ["gate-1", "gate-2"]}
    assert one_of(json.dumps(row), format="json", also=["cameras"]).query == 'cameras: ["gate-1", "gate-2"]'


def test_times_without_an_offset_are_of_the_zone_that_was_named_or_refused() -> None:
    line = "time,user\n11/20/2026 04:00:00 AM,jdoe\n"
    written = {"time_format": "%m/%d/%Y %I:%M:%S %p"}
    assert one_of(line, timezone="America/Los_Angeles", **written).at == datetime(
        2026, 11, 20, 12, tzinfo=UTC
    )
    (refused,) = source(**written).accesses(line.encode())
    assert "set the option timezone" in refused.problem


@pytest.mark.parametrize("written", ["jdoe@pd.example", "JDOE@PD.EXAMPLE", "  jdoe@pd.example "])
def test_people_are_known_by_what_the_log_calls_them_however_it_is_written(written) -> None:
    found = one_of(f"time,user\n{NOON},{written}\n", people={"JDoe@pd.example": "1002"})
    assert (found.badge, found.who) == ("1002", written.strip())


def test_a_column_of_badge_numbers_counts_where_the_map_names_nobody() -> None:
    found = one_of(f"time,user,badge\n{NOON},,1002\n", columns={**COLUMNS, "badge": "badge"})
    assert (found.badge, found.who) == ("1002", "1002")


@pytest.mark.parametrize(
    ("word", "what", "query"), [("Lookup", "search", ""), ("Hot List Edit", "other", "Hot List Edit")]
)
def test_what_was_done_goes_by_the_words_of_the_vendor(word, what, query) -> None:
    columns = {**COLUMNS, "what": "type"}
    found = one_of(f"time,user,type\n{NOON},jdoe,{word}\n", columns=columns, kinds={"lookup": "search"})
    assert (found.what, found.query) == (what, query)


def test_the_number_of_a_line_is_that_of_its_beginning_in_the_file() -> None:
    content = f'time,user\n{NOON},"two\nlines"\n\nbad,jdoe\n{NOON},one,more\n'
    first, bad, wide = source().accesses(content.encode())
    assert (first.number, first.who) == (2, "two lines")
    assert (bad.number, wide.number) == (5, 6)
    assert wide.problem == "it has 3 columns, the first line 2"


def test_a_line_of_json_ends_where_the_line_does_whatever_stands_in_it() -> None:
    lines = "\n".join(f'{{"time": "{NOON}", "user": "jane\u2028doe {n}"}}' for n in (1, 2))
    assert [one.number for one in source(format="json").accesses(lines.encode())] == [1, 2]


def test_a_file_with_more_lines_than_it_takes_is_refused_whole(monkeypatch) -> None:
    monkeypatch.setattr("alpr_source_vendor_log.source.MOST", 2)
    with pytest.raises(InputError, match="more than 2 lines"):
        source().accesses(f"time,user\n{f'{NOON},jdoe{chr(10)}' * 3}".encode())


@pytest.mark.parametrize("content", [b"", b" \n", b"{", b"\xff", b"[" * 100_000])
def test_a_file_that_is_no_json_is_one_error(content) -> None:
    with pytest.raises(InputError):
        source(format="json").accesses(content)


@pytest.mark.parametrize(
    ("columns", "said"),
    [({"when": "time"}, "a column means one of"), ({"at": "time"}, "no column is named for who")],
)
def test_a_map_that_cannot_be_is_refused_when_the_settings_are_read(columns, said) -> None:
    with pytest.raises(ConfigError, match=said):
        source(columns=columns)
