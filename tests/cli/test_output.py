"""What commands print: tables that cut nothing, JSON of one line each, nothing that drives a terminal."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.cli.output import _json, note, print_record, print_rows, say, visible
from alpr_core.models import MatchKind, ReadKey

SEEN = datetime(2026, 11, 23, 6, 34, tzinfo=UTC)


@given(st.text())
def test_nothing_that_drives_a_terminal_is_left(text: str) -> None:
    shown = visible(text)
    assert not [character for character in shown if ord(character) < 32 or 127 <= ord(character) < 160]
    assert not set(shown) & set("\u202e\u2066\u2028")


def test_a_terminal_escape_is_made_visible_and_letters_stay() -> None:
    assert visible("Zoë \x1b[2J\u202e") == r"Zoë \x1b[2J\u202e"


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()))
def test_json_is_one_line_of_ascii_that_says_the_same(record: dict[str, object]) -> None:
    line = _json(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line) == record


def test_json_holds_every_key_and_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    row = {"at": SEEN, "kind": MatchKind.EXACT, "key": ReadKey(day="2026-11-23", id="x"), "file": Path("a/b")}
    print_rows([row], columns={"kind": "Kind"}, as_json=True)
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-11-23T06:34:00Z",
        "kind": "exact",
        "key": {"day": "2026-11-23", "id": "x"},
        "file": "a/b",
    }


def test_a_table_shows_times_in_the_nodes_zone(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"at": SEEN}], columns={"at": "At"}, as_json=False, zone=ZoneInfo("America/Los_Angeles"))
    assert "2026-11-22 22:34:00-08:00" in capsys.readouterr().out


def test_a_row_in_a_pipe_is_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"a": "x" * 500, "b": "[red]1[/red]"}], columns={"a": "A", "b": "B"}, as_json=False)
    heading, _, row = capsys.readouterr().out.splitlines()
    assert heading.split() == ["A", "B"]
    assert row.split() == ["x" * 500, "[red]1[/red]"]


def test_a_cell_cannot_pretend_to_be_another_row(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([{"a": "1\n2"}], columns={"a": "A"}, as_json=False)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_no_rows_are_said_to_a_person_and_nothing_to_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    print_rows([], columns={"a": "A"}, as_json=False, empty="No hits.")
    assert capsys.readouterr() == ("", "No hits.\n")
    print_rows([], columns={"a": "A"}, as_json=True)
    assert capsys.readouterr() == ("", "")


def test_a_record_is_a_line_for_each_value(capsys: pytest.CaptureFixture[str]) -> None:
    print_record({"name": "car-7", "on": True, "roles": ("chief", "clerk"), "none": None}, as_json=False)
    assert capsys.readouterr().out == "name   car-7\non     yes\nroles  chief, clerk\nnone\n"


def test_results_go_to_stdout_and_notes_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    say("result\x1b")
    note("hint\x1b")
    assert capsys.readouterr() == ("result\\x1b\n", "hint\\x1b\n")
