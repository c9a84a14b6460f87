"""``alpr-core policy coverage``: each paragraph, how it is kept and by whom, and which tests show it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alpr_core.policy import coverage, load_pack, pack_names
from alpr_core.policy.coverage import gathered

TESTS = Path(__file__).resolve().parents[1]
DEPARTMENTS = ("medford-or", "florence-or", "leicester-ma", "belton-mo", "marion-oh")


def test_the_shipped_file_says_what_the_tests_say() -> None:
    shipped = TESTS.parent / "alpr_core" / "policy" / "coverage.json"
    assert gathered(TESTS) == shipped.read_text(encoding="utf-8"), "run: python -m alpr_core.policy.coverage"


@pytest.mark.parametrize("name", DEPARTMENTS)
def test_every_row_of_a_departments_pack_has_a_test(name) -> None:
    rows = {clause.row for clause in load_pack(name).clauses if clause.row}
    assert rows <= set(coverage.tests_by_row())


@pytest.mark.parametrize("name", sorted({*pack_names(), *pack_names("overlay")}))
def test_every_pack_can_be_shown_with_all_its_clauses(run, name) -> None:
    result = run("policy", "coverage", name, "--json")
    assert result.exit_code == 0
    found = [json.loads(line)["clause"] for line in result.stdout.splitlines()]
    assert found == [clause.id for clause in load_pack(name, kind=None).clauses]


def test_a_page_tells_what_is_by_hand_what_waits_and_what_no_gate_reaches(run) -> None:
    page = " ".join(run("policy", "coverage", "florence-or").stdout.split())
    assert "Data that is still at Flock" in page
    assert "not yet: waits for purges, which a later version brings" in page
    assert "Outside of the gate" in page
    assert "requirements rows: " in page
    assert "tests/cli/test_documents.py::" in page


def test_a_row_is_counted_as_shown_only_where_one_of_its_clauses_acts_already(run) -> None:
    rows = [
        json.loads(line) for line in run("policy", "coverage", "medford-or", "--json").stdout.splitlines()
    ]
    (transfer,) = [row for row in rows if row["clause"] == "462.4 transfer"]
    assert transfer["to_come"] == ["transfers from vehicles"]
    assert transfer["tests"]
    named = {row["row"] for row in rows if row["row"]}
    shown = {row["row"] for row in rows if row["row"] and row["tests"] and not row["to_come"]}
    assert transfer["row"] not in shown
    told = f"{len(named)} requirements rows: {len(shown)} shown by tests, {len(named) - len(shown)} not yet."
    assert told in run("policy", "coverage", "medford-or").stdout


@pytest.mark.parametrize("marker", ["@pytest.mark.clause(ROW)", "@pytest.mark.clause()"])
def test_a_marker_that_names_no_row_is_refused(tmp_path, marker) -> None:
    (tmp_path / "test_x.py").write_text(f"{marker}\ndef test_x():\n    assert True\n")
    with pytest.raises(ValueError, match=r"test_x\.py, line 1: a clause marker names its row"):
        gathered(tmp_path)


def test_markers_at_classes_parameters_and_in_tables_are_found(tmp_path) -> None:
    (tmp_path / "test_x.py").write_text(
        '@pytest.mark.clause("M2")\nclass TestX:\n    @pytest.mark.clause("M10")\n    def test_y(self): ...\n\n'
        '@pytest.mark.parametrize("a", [pytest.param(1, marks=pytest.mark.clause("M3"))])\ndef test_z(a): ...\n'
    )
    (tmp_path / "rows_x.py").write_text('A = [row("M4", "1", {}, {}), by_hand("M5", "2", "", "", "")]\n')
    assert list(json.loads(gathered(tmp_path))) == ["M2", "M3", "M4", "M5", "M10"]
