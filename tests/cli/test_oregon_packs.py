"""A node under a department's own pack, in training: what can be done, and what the paper keeps shut."""

from __future__ import annotations

from pathlib import Path

import pytest

from alpr_core.config import Answers
from alpr_core.node import FirstPerson, Node

PASSPHRASE = "correct horse battery staple"
SEARCH = ("reads", "search", "ABC123", "--purpose", "stolen_vehicle", "--case", "26-1041")


@pytest.fixture(params=["medford-or", "florence-or"])
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
    assert "462.3(c)" in result.output or "807.3(b)" in result.output


def test_an_officer_waits_for_the_training_and_is_told_its_paragraph(department) -> None:
    department.add("1002", "Sam Roe", "officer")
    department.log_in("1002")
    result = department(*SEARCH)
    assert result.exit_code == 3
    assert "462.3(a) access" in result.output or "807.3(d) access" in result.output
    assert "without first completing department-approved training" in " ".join(result.output.split())


def test_the_ledger_is_read_by_an_auditor_alone(department) -> None:
    assert department("ledger", "log").exit_code == 3
    department.add("1003", "Kim Poe", "auditor")
    department.log_in("1003")
    assert department("ledger", "log").exit_code == 0
