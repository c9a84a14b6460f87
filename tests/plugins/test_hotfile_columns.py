"""The data source hotfile: files of other systems by a map of their columns, and files of changes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hotfiles import plates_of, reader, refusal

from alpr_core import Origin, RejectedLine, RemovedLine
from alpr_core.errors import ConfigError
from alpr_core.plugins import PluginHost


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


@pytest.fixture
def read(host, tmp_path):
    """Write a file and read it through the plugin host."""
    return reader(host, tmp_path)


# --- a map of the columns ----------------------------------------------------------------------------------

GENETEC = {
    "columns": {
        "category": "Category",
        "LIC": "MatchPlate",
        "LIS": "PlateState",
        "effective": "EffectiveDate",
        "expires": "ExpiryDate",
    },
    "categories": {"Stolen": "stolen_vehicle"},
    "separator": ";",
}


def test_the_columns_of_another_system_are_mapped_by_their_names(read):
    text = (
        "Category;MatchPlate;PlateState;EffectiveDate;ExpiryDate;UserEditedPlate\n"
        "Stolen;abc 123;or;2026-11-01;2027-11-01;ABC123\n"
        "Amber;DEF456;WA;;;\n"
    )
    stolen, amber = read(text, **GENETEC)
    assert (stolen.plate, stolen.state, stolen.category) == ("ABC123", "OR", "stolen_vehicle")
    assert stolen.expires == datetime(2027, 11, 2, tzinfo=UTC)
    assert (amber.plate, amber.category, amber.effective) == ("DEF456", "Amber", None)


def test_words_of_a_header_are_the_same_in_any_letters_and_with_blanks_around_them(read):
    (entry,) = read(" PLATE ,State\nABC123,OR\n", columns={"LIC": "plate ", "LIS": " STATE"})
    assert (entry.plate, entry.state) == ("ABC123", "OR")


def test_a_mapped_column_that_is_not_there_is_named_with_the_nearest(read):
    message = refusal(read, "Category;MatchPlates;PlateState;EffectiveDate;ExpiryDate\n", **GENETEC)
    assert "no column 'matchplate', which columns names for LIC. Did you mean 'matchplates'?" in message


def test_columns_are_mapped_by_number_where_there_is_no_header(read):
    text = "export of 2026-11-27\nx|ABC123|y|20261101\nx|DEF456|y|20261102\nx|GHI789\nx|JKL012|y|20261103|z\n"
    lines = read(text, separator="|", skip=1, columns={"LIC": 2, "effective": 4}, dates=["%Y%m%d"])
    assert plates_of(lines) == ["ABC123", "DEF456", 4, 5]
    assert lines[0].effective == datetime(2026, 11, 1, tzinfo=UTC)


FIXED = {
    "columns": {"LIC": [1, 8], "LIS": [9, 10], "NIC": [11, 20], "DOT": [21, 28]},
    "constants": {"category": "stolen_plate", "origin": "ncic", "priority": "5"},
}


def test_a_file_of_fixed_length_is_cut_by_characters_and_constants_fill_the_rest(read):
    [one, two] = read("ABC123  ORP12345678920261101\r\nAB?1*   WA\r\n", **FIXED)
    assert (one.plate, one.state, one.category, one.priority) == ("ABC123", "OR", "stolen_plate", 5)
    assert (one.origin, one.fields) == (Origin.NCIC, {"NIC": "P123456789", "DOT": "20261101"})
    assert (two.plate, two.state, two.fields) == ("AB?1*", "WA", {})


def test_lines_that_are_not_as_long_as_they_should_be_are_left_out(read):
    text = f"{'ABC123  OR':<28}\n{'DEF456  OR':<27}\n\n{'GHI789  OR':<29}\n{'JKL012  OR':<28}\n"
    assert plates_of(read(text, length=28, **FIXED)) == ["ABC123", 2, 4, "JKL012"]


@pytest.mark.parametrize("line", ["ABC\t123 OR", "ABC\r123 OR", " " * 30 + "x", "AB_123  OR"])
def test_a_line_whose_columns_are_not_in_their_place_is_left_out(read, line):
    assert plates_of(read(f"{line}\nDEF456  OR\n", **FIXED)) == [1, "DEF456"]


@pytest.mark.parametrize(("encoding", "word"), [("latin-1", "gestürzt"), ("cp1252", "gestürzt – €")])
def test_another_encoding_can_be_said(read, encoding, word):
    [entry] = read(f"LIC,reason\nABC123,{word}\n".encode(encoding), encoding=encoding)
    assert entry.reason == word


@pytest.mark.parametrize(
    ("dates", "written", "meant"),
    [
        (["%m/%d/%Y"], "11/01/2026", datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (["%Y%m%d", "%m/%d/%y"], "11/01/26", datetime(2026, 11, 1, 7, tzinfo=UTC)),
        (["%Y%m%d%H%M"], "202611011430", datetime(2026, 11, 1, 22, 30, tzinfo=UTC)),
        (["%Y-%m-%dT%H:%M%z"], "2026-11-01T14:30+0000", datetime(2026, 11, 1, 14, 30, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_the_file_writes_them(read, dates, written, meant):
    [entry, bad] = read(
        f"LIC,effective\nABC123,{written}\nDEF456,soon\n", dates=dates, timezone="America/Los_Angeles"
    )
    assert entry.effective == meant
    assert "effective is no time. Write %" in bad.problem


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"columns": {"LIS": "State"}}, "no LIC"),
        ({"columns": {"LIC": "Plate", "plate": "x"}}, "no field 'plate'"),
        ({"columns": {"LIC": "Plate", "LIS": 2}}, "all columns alike"),
        ({"columns": {"LIC": [8, 1]}}, "first character and the last"),
        ({"columns": {"LIC": "Plate", "LIS": "Plate"}}, "the same column"),
        ({"columns": {"LIC": "Plate", "LIS": " PLATE"}}, "the same column"),
        ({"columns": {"LIC": "Plate", "LIS": " "}}, "no word of a header"),
        ({"columns": {"LIC": "Plate"}, "constants": {"LIS": "OR", "lis": "WA"}}, "a constant twice"),
        ({"columns": {"LIC": 0}}, "columns"),
        ({"columns": {"LIC": 1}}, "need a separator"),
        ({"columns": {"LIC": "Plate"}, "length": 80}, "length belongs"),
        ({"columns": {"LIC": "Plate"}, "constants": {"lic": "ABC123"}}, "a constant too"),
        ({"constants": {"category": "x"}}, "belong to a map"),
        ({"dates": ["%d.%m."]}, "one year"),
        ({"dates": ["%B %d %Y"]}, "%B is none of"),
        ({"adds": ["x"], "removes": ["X"]}, "either adds or removes"),
        ({"encoding": "ebcdic"}, "encoding"),
    ],
)
def test_a_map_that_makes_no_sense_is_a_problem_of_the_configuration(read, options, problem):
    with pytest.raises(ConfigError, match=problem):
        read("Plate\nABC123\n", **options)


# --- changes -----------------------------------------------------------------------------------------------


def test_a_column_says_what_is_added_and_what_taken_off(read):
    lines = read("LIC,LIS,NIC,change\nABC123,OR,V1,add\ndef-456,wa,,Delete\nGHI789,,V3,REMOVE\nJKL012,,,?\n")
    assert plates_of(lines[:1]) == ["ABC123"]
    assert lines[1:3] == [
        RemovedLine(number=3, plate="DEF456", state="WA"),
        RemovedLine(number=4, plate="GHI789", nic="V3"),
    ]
    assert lines[3] == RejectedLine(number=5, problem="change is none of a, add, d, delete, remove")


def test_the_words_for_it_can_be_the_files_own(read):
    options = {"columns": {"change": [1, 1], "LIC": [2, 9]}, "adds": ["N"], "removes": ["C"]}
    [added, removed] = read("nABC123\nCDEF456\n", **options)
    assert (added.plate, removed.plate) == ("ABC123", "DEF456")
    assert isinstance(removed, RemovedLine)
