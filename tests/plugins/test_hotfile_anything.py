"""The data source hotfile: whatever a file holds, each line is an entry or named, or the file is refused."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core import HotlistEntry, InputError, RejectedLine, RemovedLine, plates
from alpr_core.plugins import PluginHost


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


anything = st.one_of(
    st.binary(max_size=300),
    st.binary(max_size=300).map(lambda tail: b"LIC,LIS,reason,expires\n" + tail),
    st.text(alphabet='AB1?*,;"\n\r\t é-', max_size=200).map(lambda tail: f"LIC,reason\n{tail}".encode()),
)


@given(content=anything)
def test_nothing_but_an_input_error_ever_comes_out(host, tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        lines = list(host.data_source("hotfile").entries(path))
    except InputError:
        return
    for line in lines:
        assert isinstance(line, HotlistEntry | RejectedLine)
        if isinstance(line, HotlistEntry):
            assert plates.parse(line.plate) == line.plate


good = st.fixed_dictionaries(
    {
        "LIC": st.text(alphabet=plates.ALPHABET, min_size=1, max_size=8),
        "LIS": st.sampled_from(["", "OR", "wa"]),
        "reason": st.text(alphabet='abc ,;\t"\n\u00e9', max_size=20).map(str.strip),
    }
)
bad = st.sampled_from(["", "---", "AB_1", "?", "A" * 17]).map(
    lambda plate: {"LIC": plate, "LIS": "OR", "reason": "bad"}
)


@given(rows=st.lists(st.one_of(good, bad), min_size=1, max_size=12), separator=st.sampled_from(",;\t"))
def test_no_good_line_is_ever_lost_whatever_stands_beside_it(host, tmp_path_factory, rows, separator):
    text = io.StringIO()
    writer = csv.DictWriter(text, ["LIC", "LIS", "reason"], delimiter=separator)
    writer.writeheader()
    numbers = []
    for row in rows:
        numbers.append(text.getvalue().count("\n") + 1)
        writer.writerow(row)
    path = tmp_path_factory.getbasetemp() / "rows.csv"
    path.write_bytes(text.getvalue().encode())
    wanted = [
        number if row["reason"] == "bad" else (row["LIC"], row["LIS"].upper(), row["reason"])
        for number, row in zip(numbers, rows, strict=True)
    ]
    found = [
        line.number if isinstance(line, RejectedLine) else (line.plate, line.state, line.reason)
        for line in host.data_source("hotfile").entries(path)
    ]
    assert found == wanted


maps = st.sampled_from(
    [
        {"columns": {"LIC": [1, 4], "expires": [5, 14]}},
        {"columns": {"LIC": [2, 3], "reason": [1, 9]}, "length": 9},
        {"columns": {"LIC": 2, "LIS": 1}, "separator": ","},
        {"columns": {"LIC": "LIC", "reason": "reason"}, "separator": ";"},
        {"columns": {"change": [1, 1], "LIC": [2, 5]}, "dates": ["%y%m%d"]},
    ]
)


@given(content=anything, options=maps, encoding=st.sampled_from(["utf-8", "cp1252", "latin-1"]))
def test_of_any_bytes_every_line_is_something_or_the_file_is_refused(
    host, tmp_path_factory, content, options, encoding
):
    path = tmp_path_factory.getbasetemp() / "mapped.csv"
    path.write_bytes(content)
    try:
        lines = list(host.data_source("hotfile", {**options, "encoding": encoding}).entries(path))
    except InputError:
        return
    assert all(isinstance(line, HotlistEntry | RejectedLine | RemovedLine) for line in lines)
    if "columns" in options and isinstance(options["columns"]["LIC"], list):
        text = content.removeprefix(b"\xef\xbb\xbf").decode(encoding)
        assert len(lines) == sum(bool(line.strip()) for line in text.split("\n"))


@given(
    rows=st.lists(st.tuples(st.text(plates.ALPHABET, min_size=1, max_size=8), st.sampled_from(["OR", "  "]))),
    tail=st.sampled_from(["", "\r"]),
)
def test_what_is_written_in_fixed_columns_is_read_again(host, tmp_path_factory, rows, tail):
    path = tmp_path_factory.getbasetemp() / "fixed.txt"
    path.write_bytes("".join(f"{state}{plate:<8}{tail}\n" for plate, state in rows).encode())
    options = {"columns": {"LIS": [1, 2], "LIC": [3, 10]}, "length": 10}
    found = list(host.data_source("hotfile", options).entries(path))
    assert [(one.plate, one.state) for one in found] == [(plate, state.strip()) for plate, state in rows]
