"""The data source hotfile: good lines become entries, bad ones are named, broken files are refused whole."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hotfiles import plates_of, reader, refusal

from alpr_core import HotlistEntry, HotlistSource, InputError
from alpr_core.errors import ConfigError
from alpr_core.plugins import PluginHost

HEADER = (
    "LIC,LIS,LIY,LIT,VIN,VYR,VMA,VMO,VST,VCO,MKE,NIC,ORI,OCA,DOT,MIS,"
    "list,category,priority,effective,expires,added_by,reason,case_no"
)


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def read(host, tmp_path):
    """Write a file and read it through the plugin host."""
    return reader(host, tmp_path)


# --- the format --------------------------------------------------------------------------------------------


def test_it_is_a_hotlist_source(host):
    assert isinstance(host.data_source("hotfile"), HotlistSource)


def test_every_column_finds_its_place(read):
    line = (
        "abc-123,or,2027,PC,1HGCM82633A004352,2019,HOND,ACC,4D,BLK,EVEH,V123456789,OR0150000,26-1041,20261101,note,"
        "ncic,stolen_vehicle,5,2026-11-01T08:00:00-08:00,2027-01-01T00:00:00Z,NCIC,taken,26-99"
    )
    [entry] = read(f"{HEADER}\n{line}\n")
    assert entry == HotlistEntry(
        plate="ABC123",
        state="OR",
        category="stolen_vehicle",
        priority=5,
        effective=datetime(2026, 11, 1, 16, tzinfo=UTC),
        expires=datetime(2027, 1, 1, tzinfo=UTC),
        added_by="NCIC",
        reason="taken",
        case_number="26-99",
        fields={
            "LIY": "2027",
            "LIT": "PC",
            "VIN": "1HGCM82633A004352",
            "VYR": "2019",
            "VMA": "HOND",
            "VMO": "ACC",
            "VST": "4D",
            "VCO": "BLK",
            "MKE": "EVEH",
            "NIC": "V123456789",
            "ORI": "OR0150000",
            "OCA": "26-1041",
            "DOT": "20261101",
            "MIS": "note",
            "list": "ncic",
        },
    )


def test_columns_may_stand_in_any_order_and_case_and_be_left_out(read):
    [entry] = read("Category, lis ,Lic\nwanted,WA,XYZ 9\n")
    assert (entry.plate, entry.state, entry.category, entry.fields) == ("XYZ9", "WA", "wanted", {})


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_the_separator_is_seen_from_the_header(read, separator):
    lines = [["LIC", "LIS", "reason"], ["ABC123", "OR", "a, b; c"]]
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(lines)
    [entry] = read(text.getvalue())
    assert (entry.plate, entry.reason) == ("ABC123", "a, b; c")


def test_the_separator_can_be_given(read):
    [entry] = read("LIC\tLIS\nABC123\tOR\n", separator="tab")
    assert entry.state == "OR"
    assert "no column" in refusal(read, "LIC,LIS;category\nABC123,OR;x\n", separator=";")


def test_a_separator_of_another_kind_is_a_problem_of_the_configuration(read):
    with pytest.raises(ConfigError, match="separator"):
        read("LIC\nABC123\n", separator="/")


@pytest.mark.clause("M10")
def test_partial_plates_keep_their_wildcards(read):
    entries = read("LIC\nab?-1*\n*77\n")
    assert plates_of(entries) == ["AB?1*", "*77"]


def test_a_byte_order_mark_and_windows_line_ends_are_fine(read):
    assert plates_of(read(b"\xef\xbb\xbfLIC;LIS\r\nABC123;OR\r\n")) == ["ABC123"]


def test_blank_lines_count_but_say_nothing(read):
    assert plates_of(read("\n\nLIC,LIS\n\nABC123,OR\n , \n\n?,OR\n")) == ["ABC123", 8]


def test_a_quoted_reason_may_run_over_lines_and_the_numbers_stay_those_of_the_file(read):
    lines = read('LIC,reason\nABC123,"first\nsecond ""line"""\n!!,x\nDEF456,y\n')
    assert plates_of(lines) == ["ABC123", 4, "DEF456"]
    assert lines[0].reason == 'first\nsecond "line"'


# --- times -------------------------------------------------------------------------------------------------


def test_a_date_alone_is_a_whole_day_in_the_zone(read):
    [entry] = read("LIC,effective,expires\nABC123,2026-11-01,2026-11-01\n", timezone="America/Los_Angeles")
    assert entry.effective == datetime(2026, 11, 1, 7, tzinfo=UTC)
    assert entry.expires == datetime(2026, 11, 2, 8, tzinfo=UTC)  # 25 hours: clocks went back that night


def test_a_zone_that_does_not_exist_is_a_problem_of_the_configuration(read):
    with pytest.raises(ConfigError, match="timezone"):
        read("LIC\nABC123\n", timezone="Oregon/Medford")


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-23T14:30",
        "23.11.2026",
        "soon",
        "2026-02-30",
        "0001-01-01T00:00+14:00",
        "9999-12-31",
        "٢٠٢٦-١١-٢٣",
    ],
)
def test_a_time_that_is_none_leaves_the_line_out(read, written):
    lines = read(f"LIC,expires\nABC123,{written}\nDEF456,2027-01-01\n")
    assert plates_of(lines) == [2, "DEF456"]
    assert "expires is no time" in lines[0].problem


def test_an_entry_must_expire_after_it_takes_effect(read):
    [line] = read("LIC,effective,expires\nABC123,2026-11-02,2026-11-01\n")
    assert "expires is not after effective" in line.problem


# --- bad lines ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (",OR,1,x", "LIC is empty"),
        ("---,OR,1,x", "LIC"),
        ("*?,OR,1,x", "LIC"),
        ("AB[12]3,OR,1,x", "LIC"),
        ("ABCDEFGHIJKLMNOPQ,OR,1,x", "LIC"),
        ("ABC123,OREGON-USA,1,x", "LIS is longer than 8"),
        ("ABC123,OR,high,x", "priority"),
        ("ABC123,OR,-1,x", "priority"),
        ("ABC123,OR,100,x", "priority"),
        ("ABC123,OR,²,x", "priority"),
        (f"ABC123,OR,1,{'x' * 65}", "category is longer than 64"),
        ("ABC123,OR,1", "has 3 columns, not 4"),
        ("ABC123,OR,1,x,y", "has 5 columns, not 4"),
        ('"ABC"123,OR,1,x', "is no CSV"),
        ("ABC123,O\rR,1,x", "is no CSV"),
    ],
)
def test_a_bad_line_is_named_and_left_out_and_the_good_ones_stay(read, line, problem):
    lines = read(f"LIC,LIS,priority,category\nAAA111,OR,1,x\n{line}\nBBB222,OR,2,y\n")
    assert plates_of(lines) == ["AAA111", 3, "BBB222"]
    assert problem in lines[1].problem


def test_what_is_said_of_a_bad_line_does_not_quote_it(read):
    lines = read("priority,LIC,expires\nABC123,DEF456,\n1,QQQ*[1],\n1,ABC123,SECRET1\n")
    assert [line.number for line in lines] == [2, 3, 4]
    assert not any(text in line.problem for line in lines for text in ("ABC123", "DEF456", "QQQ", "SECRET1"))


# --- broken files ------------------------------------------------------------------------------------------


def test_an_empty_file_is_refused(read):
    assert "is empty" in refusal(read, "")
    assert "is empty" in refusal(read, "\n \n")


def test_a_header_alone_holds_nothing(read):
    assert read(f"{HEADER}\n\n") == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_refused_and_says_how_to_save_it(read, encoding):
    assert "UTF-8" in refusal(read, "LIC,LIS\nABC123,OR\n".encode(encoding))


def test_another_encoding_is_refused_with_the_line(read):
    assert "line 3 is not UTF-8" in refusal(read, "LIC,reason\nABC123,x\nDEF456,gestürzt\n".encode("latin-1"))


def test_nul_bytes_are_refused_with_the_line(read):
    assert "line 2 holds NUL" in refusal(read, b"LIC,reason\nABC123,a\0b\n")


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04\x14\x00\x06\x00", b"\x89PNG\r\n\x1a\n\0\0", b"SQLite format 3\0"]
)
def test_a_binary_file_is_refused(read, start):
    refusal(read, start + bytes(range(256)) * 50)


def test_a_quote_that_is_never_closed_is_refused_with_its_line(read):
    assert "line 3" in refusal(read, 'LIC,reason\nABC123,x\nDEF456,"open\nGHI789,y\n')


def test_a_file_cut_off_inside_a_quote_is_refused(read):
    assert "line 3" in refusal(read, 'LIC,reason\nABC123,x\nDEF456,"cut o')


def test_a_quote_that_swallows_lines_is_refused_with_its_line(read):
    assert "line 2" in refusal(read, 'LIC,LIS\nABC123,"OR\nDEF456,OR\nGHI789,OR"\nJKL012,WA\n')
    assert "line 2" in refusal(read, 'LIC,reason\nABC123,"OR\nDEF456,OR\n"GHI789,OR\n')


def test_a_line_of_a_hundred_megabytes_is_refused_unread(read, tmp_path, host):
    path = tmp_path / "long.csv"
    with path.open("wb") as file:
        file.write(b"LIC\nABC123\n")
        file.truncate(100_000_000)
    with pytest.raises(InputError, match="line 3"):
        list(host.data_source("hotfile").entries(path))
    assert "line 3 is longer than 64 KiB" in refusal(read, b"LIC\nABC123\n" + b"A" * 1_000_000)


def test_old_line_ends_are_refused_with_advice(read):
    assert "CRLF" in refusal(read, "LIC,LIS\rABC123,OR\r")


def test_a_file_that_is_not_there_or_no_file_is_refused(host, tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            list(host.data_source("hotfile").entries(path))


# --- the header --------------------------------------------------------------------------------------------


def test_an_unknown_column_gets_a_suggestion(read):
    message = refusal(read, "LIC,Expire,xyzzy\nABC123,,\n")
    assert "Did you mean 'expires'?" in message
    assert "no column 'xyzzy'. Columns are LIC, LIS" in message


def test_the_plate_column_must_be_there(read):
    assert "no column LIC" in refusal(read, "LIS,category\nOR,x\n")


def test_a_column_twice_or_without_a_name_is_refused(read):
    assert "The column LIC is there 2 times" in refusal(read, "LIC,lic\nA,B\n")
    assert "has no name" in refusal(read, "LIC,,LIS\nA,,OR\n")


def test_a_file_without_a_header_is_refused(read):
    assert "no header" in refusal(read, "ABC123,OR\nDEF456,WA\n")
