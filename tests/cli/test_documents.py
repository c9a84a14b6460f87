"""``alpr-core policy documents``: the programme file as those who keep it see it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

TEXT = "Who may search, and when.\n"


@pytest.fixture
def admin(node):
    node.log_in()
    return node


@pytest.fixture
def paper(tmp_path) -> Path:
    path = tmp_path / "guide.txt"
    path.write_text(TEXT)
    return path


def add(node, *words: str, title: str = "ALPR guideline", owner: str = "Kim Poe", day: str = "2026-01-01"):
    given = ("--title", title, "--owner", owner, "--date", day)
    return node("policy", "documents", "add", *map(str, words), *given, "--json")


def listed(node, *words: str) -> list[dict]:
    result = node("policy", "documents", "list", *words, "--json")
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.clause("F5")
def test_a_guideline_is_kept_under_its_hash_with_owner_date_and_review(admin, paper) -> None:
    added = add(admin, "guideline", paper, "--review", "2027-01-01")
    assert added.exit_code == 0, added.output
    (row,) = listed(admin)
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    assert (row["title"], row["owner"], row["dated"], row["review"]) == (
        "ALPR guideline",
        "Kim Poe",
        "2026-01-01",
        "2027-01-01",
    )
    assert row["sha256"] == digest
    kept = admin.folder / "var" / "documents" / digest
    assert kept.read_text() == TEXT
    assert kept.stat().st_mode & 0o077 == 0
    (entry,) = admin.entries("document.add")
    assert entry["public"] == {"document": row["document"], "kind": "guideline"}
    assert admin.committed("document.add", "sha256") == [digest]
    assert admin.committed("document.add", "owner") == ["Kim Poe"]


@pytest.mark.clause("F7")
def test_a_course_says_what_it_is_for_for_whom_and_how_long_it_counts(admin, paper) -> None:
    course = ("course", paper, "--area", "access", "--role", "officer", "--valid", "P1Y")
    assert add(admin, *course, title="Data access").exit_code == 0
    assert listed(admin)[0]["roles"] == ["officer"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("course",), "A document of this kind is a file"),
        (("course", "FILE", "--role", "officer"), "for the area operate or access"),
        (("course", "FILE", "--area", "access"), "for roles of the pack: admin, officer, auditor"),
        (("course", "FILE", "--area", "access", "--role", "oficer"), "no role 'oficer'"),
        (("course", "FILE", "--area", "access", "--role", "officer", "--valid", "a year"), "is no period"),
        (("guideline", "FILE", "--role", "officer"), "are a course's"),
        (("guideline", "FILE", "--review", "2025-01-01"), "review is after"),
        (("designee", "FILE"), "a person, not a file"),
        (("guideline", "missing.pdf"), "missing.pdf is no file"),
    ],
)
def test_what_cannot_be_a_document_is_refused_and_nothing_is_added(admin, paper, words, problem) -> None:
    result = add(admin, *(str(paper) if word == "FILE" else word for word in words))
    assert result.exit_code == 1
    assert problem in result.stderr
    assert listed(admin) == []


@pytest.mark.clause("F8")
def test_a_programme_without_a_monitoring_plan_says_so(admin, paper) -> None:
    before = admin("policy", "documents", "list").stderr
    assert "missing: monitoring_plan: how the system is monitored" in before
    add(admin, "monitoring_plan", paper)
    assert "monitoring_plan" not in admin("policy", "documents", "list").stderr


@pytest.mark.clause("F10")
def test_the_designee_of_today_is_the_latest_one_and_the_others_stay_on_record(admin) -> None:
    add(admin, "designee", title="Lieutenant", owner="Kim Poe", day="2025-01-01")
    add(admin, "designee", title="Lieutenant", owner="Lee Fox", day="2026-01-01")
    assert [(row["owner"], row["dated"]) for row in listed(admin)] == [
        ("Kim Poe", "2025-01-01"),
        ("Lee Fox", "2026-01-01"),
    ]


@pytest.mark.clause("F6")
def test_who_is_authorised_is_told_by_job_title_with_contractors_marked_and_without_names(admin) -> None:
    file = ("--passphrase-file", str(admin.passphrase_file))
    people = (("2", "Patrol officer"), ("3", "Patrol officer"), ("4", "Analyst", "--contractor"))
    for badge, title, *more in people:
        words = ("people", "add", badge, "--name", f"Person {badge}", "--role", "officer", "--title", title)
        assert admin(*words, *more, *file).exit_code == 0
    shown = admin("policy", "documents", "users", "--json")
    rows = [json.loads(line) for line in shown.stdout.splitlines()]
    assert [(row["title"], row["contractors"], row["people"]) for row in rows] == [
        ("(no job title on record)", False, 1),
        ("Analyst", True, 1),
        ("Patrol officer", False, 2),
    ]
    assert rows[2]["roles"] == ["Officer"]
    assert "Person" not in shown.stdout


def test_a_withdrawn_document_counts_no_longer_and_stays_on_file(admin, paper) -> None:
    add(admin, "guideline", paper)
    (row,) = listed(admin)
    number = str(row["document"])
    assert admin("policy", "documents", "withdraw", number, "--reason", "replaced").exit_code == 0
    assert listed(admin) == []
    assert [one["document"] for one in listed(admin, "--withdrawn")] == [row["document"]]
    again = admin("policy", "documents", "withdraw", number)
    assert (again.exit_code, "no document 1 counts" in again.stderr) == (1, True)


def test_a_review_that_is_past_is_said(admin, paper) -> None:
    add(admin, "guideline", paper, "--review", "2026-02-01")
    assert (
        "review is overdue: document 1, ALPR guideline, by 2026-02-01"
        in admin("policy", "documents", "list").stderr
    )


def test_an_officer_reads_the_programme_and_adds_nothing_to_it(as_officer, paper) -> None:
    assert as_officer("policy", "documents", "list").exit_code == 0
    assert add(as_officer, "guideline", paper).exit_code == 3
