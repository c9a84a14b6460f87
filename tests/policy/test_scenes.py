"""The same scenes under the five departments' policies: each answers as its paper does, and names the paragraph."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import Decision, Verdict
from alpr_core.policy import Gate, load_policy

TABLE = tomllib.loads((Path(__file__).parent / "scenes.toml").read_text(encoding="utf-8"))
DEPARTMENTS: dict[str, dict[str, Any]] = TABLE["departments"]
EVERY = [(department, number) for department in DEPARTMENTS for number in range(len(TABLE["scene"]))]


@cache
def gate_of(department: str) -> Gate:
    return Gate(load_policy(department, values=DEPARTMENTS[department].get("values", {}), actions=ACTIONS))


def in_the_words_of(department: str, value: Any) -> Any:
    """Put a department's own words in the place of ``<word>``."""
    if isinstance(value, list):
        return [in_the_words_of(department, each) for each in value]
    if isinstance(value, str) and value.startswith("<"):
        return DEPARTMENTS[department][value.strip("<>")]
    return value


def is_of(clause_id: str, paragraph: str) -> bool:
    """Whether a clause is of a paragraph as the paper numbers it, whose unlettered parts have no number."""
    return clause_id == paragraph or clause_id.startswith(f"{paragraph} ")


def behind(decision: Decision) -> set[str]:
    """The clauses that a decision stands on; of a warning those that warn."""
    if decision.verdict is Verdict.WARN:
        return {each.clause for each in decision.findings if each.verdict is Verdict.WARN}
    return set(decision.clauses)


@pytest.mark.parametrize(
    ("department", "number"),
    EVERY,
    ids=[f"{each} {TABLE['scene'][number]['says']}" for each, number in EVERY],
)
def test_a_department_answers_a_scene_as_its_paper_does(as_request, department, number):
    scene = TABLE["scene"][number]
    words = {**TABLE["base"], **scene["ask"]}
    request = as_request({key: in_the_words_of(department, value) for key, value in words.items()})
    decision = gate_of(department).decide(request)
    verdict, _, named = scene[department].partition(": ")
    paragraphs, clauses = named.split(", "), behind(decision)
    assert decision.verdict == verdict, decision.explanation
    missing = [each for each in paragraphs if not any(is_of(clause, each) for clause in clauses)]
    assert not missing, f"{decision.verdict} by {sorted(clauses)}"
    if verdict != Verdict.ALLOW:
        assert all(any(is_of(clause, each) for each in paragraphs) for clause in clauses), sorted(clauses)


def test_every_scene_has_an_answer_of_every_department():
    assert len(TABLE["scene"]) >= 20
    for scene in TABLE["scene"]:
        assert scene.keys() == {"says", "ask", *DEPARTMENTS}


def test_the_departments_differ():
    """A scene that everybody answers alike shows little: most are answered in more than one way."""
    verdicts = [{scene[each].partition(":")[0] for each in DEPARTMENTS} for scene in TABLE["scene"]]
    assert sum(len(each) > 1 for each in verdicts) > len(verdicts) / 2
