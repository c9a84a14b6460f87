"""``alpr-core policy diff``: what differs between two policies, in words."""

from __future__ import annotations

import json
from importlib import resources

import pytest

MINIMAL = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text("utf-8")


@pytest.fixture
def other(tmp_path):
    """A copy of the minimal pack with changes."""

    def other(*changes: tuple[str, str]) -> str:
        text = MINIMAL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "other.toml"
        path.write_text(text)
        return str(path)

    return other


def rows(result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_pack_does_not_differ_from_itself_however_it_is_laid_out(run, other) -> None:
    result = run("policy", "diff", "minimal", other(('strength = "may"', 'strength   = "may" # as ever')))
    assert (result.exit_code, result.stdout) == (0, "Both say the same.\n")


def test_a_clause_that_stands_under_another_number_is_compared_with_itself(run, other) -> None:
    moved = other(('id = "3(c)"', 'id = "7"'), ("it carries its purpose and a", "it carries a purpose and a"))
    found = rows(run("policy", "diff", "minimal", moved, "--json"))
    assert [(row["name"], row["change"], row["what"], row["after"]) for row in found] == [
        ("3(c)", "renumbered", "", "7"),
        (
            "3(c)",
            "changed",
            "words",
            "A search, and a query to a state's system, is made for official business only: it carries a purpose and "
            "a case or incident number.",
        ),
    ]
    assert "  3(c): stands there under 7\n" in run("policy", "diff", "minimal", moved).stdout


def test_a_clause_of_another_rule_kind_is_another_clause_whatever_it_says(run, other) -> None:
    replaced = other(
        ('id = "3(c)"', 'id = "7"'),
        (
            'rule = "access_record"\naction = ["search.run", "state.query"]\nfields = ["purpose", "case"]',
            'rule = "statement"',
        ),
    )
    found = rows(run("policy", "diff", "minimal", replaced, "--json"))
    assert [(row["name"], row["change"]) for row in found] == [("3(c)", "removed"), ("7", "added")]


def test_between_two_departments_the_same_paragraph_is_found_under_its_other_number(run) -> None:
    found = rows(run("policy", "diff", "medford-or", "belton-mo", "--json"))
    moved = {row["before"]: row["after"] for row in found if row["change"] == "renumbered"}
    assert moved["462.3(a)"] == "461.3(d)"  # training
    assert moved["462.4 retention"] == "461.4 retention"
    changed = {(row["name"], row["what"]): (row["before"], row["after"]) for row in found}
    assert changed["462.4 retention", "then"] == ("may purge", "should purge")


def test_a_weaker_clause_is_told_in_words_and_exits_1(run, other) -> None:
    weaker = other(('row = "M7"\nstrength = "must"', 'row = "M7"\nstrength = "should"'))
    result = run("policy", "diff", "minimal", weaker)
    page = " ".join(result.stdout.split())
    assert result.exit_code == 1
    assert "3(c)" in page
    assert "must" in page
    assert "should" in page


@pytest.mark.parametrize(
    ("old", "new", "part", "name"),
    [
        ('wanted = "Wanted vehicle or person"\n', "", "purpose", "wanted"),
        ('auditor = "Auditor"', 'auditor = "Inspector"', "role", "auditor"),
        ('fields = ["purpose", "case"]', 'fields = ["purpose"]', "clause", "3(c)"),
        ('version = "1"', 'version = "2"', "about", "version"),
    ],
)
def test_each_part_that_differs_is_named(run, other, old, new, part, name) -> None:
    found = rows(run("policy", "diff", "minimal", other((old, new)), "--json"))
    assert (part, name) in {(row["part"], row["name"]) for row in found}


def test_a_clause_that_was_taken_out_is_removed_and_one_put_in_is_added(run, other) -> None:
    start = MINIMAL.index('[[clause]]\nid = "4(e)"')
    shorter = other((MINIMAL[start:], ""))
    there = {
        (row["name"], row["change"]) for row in rows(run("policy", "diff", "minimal", shorter, "--json"))
    }
    back = {(row["name"], row["change"]) for row in rows(run("policy", "diff", shorter, "minimal", "--json"))}
    assert ("4(e)", "removed") in there
    assert ("4(e)", "added") in back


def test_the_nodes_own_policy_is_compared_with_its_overlays(node) -> None:
    node.change_settings("overlays = []", 'overlays = ["or-sb1516"]')
    found = rows(node("policy", "diff", "minimal", "minimal@node", "--json"))
    assert "SB 1516 retention" in {row["name"] for row in found if row["change"] == "added"}


def test_a_pack_that_is_not_there_is_an_error(run) -> None:
    assert run("policy", "diff", "minimal", "maximal").exit_code == 2
