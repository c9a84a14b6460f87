"""A node under a department's own pack, in training: what can be done, and what the paper keeps shut."""

from __future__ import annotations

from pathlib import Path

import pytest

from alpr_core.config import Answers
from alpr_core.node import FirstPerson, Node

PASSPHRASE = "correct horse battery staple"
SEARCH = ("reads", "search", "ABC123", "--purpose", "stolen_vehicle", "--case", "26-1041")


@pytest.fixture(params=["medford-or", "florence-or", "belton-mo", "marion-oh"])
def department(request, tmp_path: Path, command_line):
    """A new node under a department's pack, with whoever manages the program logged in."""
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="test-node", origin="test.example/ledger/1", pack=request.param)
    Node.create(tmp_path / "node", answers, first).close()
    node = command_line(tmp_path / "node", tmp_path / "passphrase")
    assert node.log_in().exit_code == 0
    return node


def test_the_first_person_manages_the_program(department) -> None:
    result = department("people", "list")
    assert result.exit_code == 0
    assert "program_manager" in result.output


def test_the_program_manager_adds_people_imports_lists_and_verifies_the_ledger(department, tmp_path) -> None:
    assert department.add("1002", "Sam Roe", "officer").exit_code == 0
    (tmp_path / "stolen.csv").write_text("LIC\nABC123\n")
    imported = department("hotlist", "import", str(tmp_path / "stolen.csv"), "--purpose", "administration")
    assert imported.exit_code == 0, imported.output
    assert department("ledger", "verify").exit_code == 0
    assert department("status").exit_code == 0


def test_the_program_manager_may_not_search(department) -> None:
    result = department(*SEARCH)
    assert result.exit_code == 3
    assert any(one in result.output for one in ("462.3(c)", "807.3(b)", "461.3(b)", "427.3(b)"))


def test_an_officer_waits_for_the_training_and_is_told_its_paragraph(department) -> None:
    department.add("1002", "Sam Roe", "officer")
    department.log_in("1002")
    result = department(*SEARCH)
    assert result.exit_code == 3
    paragraphs = ("462.3(a) access", "807.3(d) access", "461.3(d) access", "427.3(d) access")
    assert any(one in result.output for one in paragraphs)
    assert "without first completing department-approved training" in " ".join(result.output.split())


def test_the_ledger_is_read_by_an_auditor_alone(department) -> None:
    assert department("ledger", "log").exit_code == 3
    department.add("1003", "Kim Poe", "auditor")
    department.log_in("1003")
    assert department("ledger", "log").exit_code == 0


def test_in_leicester_a_search_waits_for_the_chief_and_no_training_is_asked_for(
    tmp_path, command_line
) -> None:
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="test-node", origin="test.example/ledger/1", pack="leicester-ma")
    Node.create(tmp_path / "node", answers, first).close()
    node = command_line(tmp_path / "node", tmp_path / "passphrase")
    node.log_in()
    node.add("1002", "Sam Roe", "officer")
    node.log_in("1002")
    result = node("reads", "search", "ABC123", "--purpose", "patrol")
    assert result.exit_code == 3
    assert "prior approval of the Chief of Police or his designee" in " ".join(result.output.split())


def test_in_marion_an_import_keeps_what_its_paper_prohibits_out(tmp_path, command_line) -> None:
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="test-node", origin="test.example/ledger/1", pack="marion-oh")
    Node.create(tmp_path / "node", answers, first).close()
    node = command_line(tmp_path / "node", tmp_path / "passphrase")
    node.log_in()
    lines = "LIC,category,NAM,DOB\nABC123,stolen_vehicle,ROE SAM,19800102\nDEF456,expired tag,,\n"
    (tmp_path / "list.csv").write_text(lines)
    result = node("hotlist", "import", str(tmp_path / "list.csv"), "--purpose", "administration")
    assert result.exit_code == 0, result.output
    said = " ".join(result.stderr.split())
    assert "1 lines of the category 'expired tag' were left out" in said
    assert "[427.3.1 (2): " in said
    assert "name was taken out of 1 lines: it is not collected here [427.3.1]" in said
