"""Reading packs, overlays, values and choices together: what is wrong is named, all at once."""

from __future__ import annotations

import tomllib

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.errors import ConfigError
from alpr_core.policy import Choice, Pack, lay_over, load_pack, load_policy, read_pack

HEAD = """
id = "{id}"
title = "A pack"
version = "1"
department = "Springfield Police"
document = "Policy 1"
source = "The tests"
effective = 2026-01-01
disclaimer = "An example."
"""
DEPARTMENT = (
    HEAD.format(id="town")
    + """
roles = { officer = "Officer", chief = "Chief of Police" }

[paragraphs]
"1" = "Use"
"2" = "Retention"

[[clause]]
id = "1 search"
strength = "may"
rule = "role"
role = "officer"
action = "search.run"
says = "Officers may search."

[[clause]]
id = "1 approval"
strength = "must"
rule = "approval"
approver = "chief"
designee = true
action = "search.run"
exempt = { origin = "vehicle" }
says = "With the approval of the Chief or a designee."

[[clause]]
id = "2"
row = "X1"
strength = "should"
rule = "retention"
period = { open = "The minimum period", found = "Ask the Records Manager." }
keeps = "at_least"
then = "may_purge"
says = "Kept for the minimum period, and may then be purged."
"""
)
LAW = (
    HEAD.format(id="law")
    + """
kind = "overlay"
state = "OR"

[[clause]]
id = "HB 30"
strength = "must"
rule = "retention"
period = "P30D"
keeps = "at_most"
then = "must_purge"
says = "Destroyed within 30 days."
"""
)
VALUES = {"2": {"period": "P90D", "source": "Records schedule, item 12"}}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "town.toml").write_text(DEPARTMENT)
    (tmp_path / "law.toml").write_text(LAW)
    return tmp_path


def problems(folder, name: str = "town.toml", overlays=("law.toml",), **options) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load_policy(name, overlays=overlays, folder=folder, actions=ACTIONS, **options)
    assert caught.value.where == "[policy]"
    return caught.value.problems


def test_a_pack_with_its_overlay_values_and_choice_is_one_policy(folder):
    policy = load_policy(
        "town.toml",
        overlays=["law.toml"],
        values=VALUES,
        choices={"retention": Choice("HB 30", "Memo of the city attorney")},
        folder=folder,
        actions=ACTIONS,
    )
    assert policy.id == "town+law"
    assert [clause.id for clause in policy.clauses] == ["1 search", "1 approval", "2", "HB 30"]


# ---------------------------------------------------------------------------
# The round trip
# ---------------------------------------------------------------------------


def again(pack: Pack) -> Pack:
    return read_pack(pack.as_json(), "again")


@pytest.mark.parametrize("text", [DEPARTMENT, LAW], ids=["with an open value", "an overlay"])
def test_what_a_pack_gives_as_json_is_read_as_the_same_pack(text):
    pack = read_pack(tomllib.loads(text), "x")
    assert again(pack).digest == pack.digest
    assert again(pack) == pack


def test_a_pack_whose_open_value_was_filled_in_is_read_as_the_same_pack():
    (pack,) = lay_over([read_pack(tomllib.loads(DEPARTMENT), "x")], values=VALUES).packs
    assert pack.as_json()["clause"][2]["period"] == "P90D"
    assert again(pack).digest == pack.digest
    assert again(pack) == pack


def test_the_digest_of_a_filled_pack_is_its_own_even_where_the_unfilled_one_was_asked_before():
    pack = read_pack(tomllib.loads(DEPARTMENT), "x")
    before = pack.digest
    (filled,) = lay_over([pack], values=VALUES).packs
    assert filled.digest != before
    assert filled.digest == again(filled).digest


# ---------------------------------------------------------------------------
# What is wrong with values and choices
# ---------------------------------------------------------------------------


def test_every_problem_of_values_and_choices_is_named_at_once(folder):
    found = problems(
        folder,
        values={
            "2": {"period": "30 days"},
            "1 search": {"role": "chief", "source": "x"},
            "2 b": {"period": "P30D", "source": "x"},
            "HB 30": {"source": "x"},
        },
        choices={
            "retention": Choice("1 search", "x"),
            "transfers": Choice("2", "x"),
        },
    )
    assert found == (
        "values: 1 search: role: the document does not leave this open. A value fills in what is open, and changes "
        "nothing else.",
        "values: 2: source: is missing; say where the value is written.",
        "values: 2: period: '30 days' is no period: write P30D, P1Y, P6M or PT12H.",
        "values: HB 30: names no value.",
        "values: no clause is '2 b'.",
        "choices: retention: '1 search' sets no limit on it; one of: HB 30.",
        "choices: no clause sets a limit on 'transfers'.",
    )


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (
            {"source": "x", "perod": "P1Y"},
            "values: 2: perod: the document does not leave this open. Did you mean 'period'?",
        ),
        ({"source": "x", "period": 90}, "values: 2: period: "),
        ({"source": "x", "period": "P0D"}, "values: 2: period: 'P0D' is no period"),
        ({"source": "x", "period": {"open": "a", "found": "b"}}, "values: 2: period: "),
        ({"source": 7, "period": "P1Y"}, "values: 2: source: is text on one line."),
        ({"source": "a\x1b[2Jb", "period": "P1Y"}, "values: 2: source: is text on one line."),
        ({"source": "  ", "period": "P1Y"}, "values: 2: source: is missing"),
        ({}, "values: 2: names no value."),
    ],
)
def test_a_value_that_fills_in_nothing_says_why(folder, value, problem):
    assert any(each.startswith(problem) for each in problems(folder, values={"2": value}))


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        (Choice("HB 30", ""), "choices: retention: source: is missing; say where the value is written."),
        (Choice("HB 30", "a\x1b[2J"), "choices: retention: source: is text on one line."),
        (Choice("HB 31", "x"), "choices: retention: 'HB 31' sets no limit on it; one of: 2, HB 30."),
    ],
)
def test_a_choice_that_chooses_nothing_says_why(folder, choice, problem):
    assert problem in problems(folder, values=VALUES, choices={"retention": choice})


def test_a_choice_where_nothing_clashes_is_refused_before_it_gives_up_a_later_clause(folder):
    short = {"2": {"period": "P10D", "source": "x"}}
    found = problems(folder, values=short, choices={"retention": Choice("2", "x")})
    assert found == ("choices: retention: 2 clashes with no clause, so there is nothing to choose.",)


# ---------------------------------------------------------------------------
# What is wrong between packs
# ---------------------------------------------------------------------------


def test_the_problems_of_every_file_are_named_with_file_clause_and_reason(folder):
    (folder / "town.toml").write_text(
        DEPARTMENT.replace('rule = "approval"', 'rule = "aproval"').replace('"may_purge"', '"may_pruge"')
    )
    (folder / "law.toml").write_text(
        LAW.replace('"P30D"', '"thirty days"').replace('version = "1"', "").replace('"HB 30"', '"2"')
    )
    found = problems(folder, overlays=["law.toml", "./none.toml"])
    starts = [
        "town.toml: clause 1 approval: unknown rule 'aproval'; known: ",
        "town.toml: clause 2: then: ",
        "law.toml: version: is missing.",
        "law.toml: clause 2: period: 'thirty days' is no period: write P30D, P1Y, P6M or PT12H.",
        "./none.toml: cannot be read: ",
    ]
    assert len(found) == len(starts)
    assert [each[: len(start)] for each, start in zip(found, starts, strict=True)] == starts


def test_an_id_names_one_clause_of_all_the_packs(folder):
    (folder / "law.toml").write_text(LAW.replace('"HB 30"', '"1 search"'))
    assert problems(folder) == ("clause 1 search stands in law and in another pack: an id names one clause.",)
    (folder / "law.toml").write_text(LAW)
    assert problems(folder, overlays=["law.toml", "law.toml"]) == (
        "clause HB 30 stands in law and in another pack: an id names one clause.",
    )


def test_an_overlay_is_no_pack_and_a_pack_no_overlay(folder):
    assert problems(folder, "law.toml", overlays=["town.toml"]) == (
        "law.toml: is of kind 'overlay', and one of kind 'department' is wanted.",
        "town.toml: is of kind 'department', and one of kind 'overlay' is wanted.",
    )


def test_packs_of_the_wrong_kind_are_not_laid_over_each_other(folder):
    town, law = (load_pack(folder / name, kind=None) for name in ("town.toml", "law.toml"))
    with pytest.raises(ConfigError, match="law is of kind 'overlay'; one department's pack comes first"):
        lay_over([law])
    with pytest.raises(ConfigError, match="town is of kind 'department'; one department's pack comes first"):
        lay_over([town, law, town])


@pytest.mark.parametrize(
    ("clause", "is_refused"),
    [
        ('rule = "role"\nrole = "officer"\naction = "search.run"', True),
        ('rule = "delegation"\nof = "chief"\naction = "search.run"', True),
        ('rule = "purposes"\ncodes = { own = "Own" }', True),
        ('rule = "statement"', False),
    ],
    ids=["role", "delegation", "purposes", "statement"],
)
def test_an_overlay_that_would_grant_is_refused(folder, clause, is_refused):
    (folder / "law.toml").write_text(f'{LAW}\n[[clause]]\nid = "3"\nstrength = "may"\nsays = "x"\n{clause}\n')
    if is_refused:
        assert problems(folder) == (
            "law.toml: clause 3: strength: an overlay tightens, so its clauses are `must` or `should`.",
        )
    else:
        assert load_policy("town.toml", overlays=["law.toml"], folder=folder).overlays


# ---------------------------------------------------------------------------
# Paragraphs
# ---------------------------------------------------------------------------


def test_a_paragraph_without_a_clause_and_a_clause_without_a_paragraph_are_named_at_once(folder):
    (folder / "town.toml").write_text(
        DEPARTMENT.replace('"2" = "Retention"', '"2" = "Retention"\n"3" = "Audits"\n"4" = ""').replace(
            'id = "1 approval"', 'id = "11 approval"'
        )
    )
    assert problems(folder) == (
        "town.toml: paragraphs: 3 has no clause; account for it, by a statement at least.",
        "town.toml: paragraphs: 4 has no clause; account for it, by a statement at least.",
        "town.toml: clause 11 approval: id: is of no paragraph under [paragraphs].",
    )


def test_the_clauses_of_a_paragraph_are_those_whose_id_begins_with_its_number(folder):
    pack = load_pack(folder / "town.toml")
    assert [clause.id for clause in pack.clauses_of("1")] == ["1 search", "1 approval"]
    assert [clause.id for clause in pack.clauses_of("2")] == ["2"]
    assert pack.clauses_of("1 sea") == ()


def test_a_clause_belongs_to_the_longest_paragraph_that_its_id_begins_with(folder):
    text = DEPARTMENT.replace('"2" = "Retention"', '"2" = "Retention"\n"2 (2)" = "Purges"')
    (folder / "town.toml").write_text(text.replace('id = "2"', 'id = "2 (2) purges"'))
    assert problems(folder) == (
        "town.toml: paragraphs: 2 has no clause; account for it, by a statement at least.",
    )


# ---------------------------------------------------------------------------
# Purposes, and what is left open
# ---------------------------------------------------------------------------

PURPOSES = """
[[clause]]
id = "2 purposes"
strength = "may"
rule = "purposes"
codes = { wanted = "Wanted" }
says = "Wanted vehicles."
"""


def test_a_purpose_that_nobody_lists_is_named_wherever_a_rule_names_it(folder):
    area = (
        '[[clause]]\nid = "2 area"\nstrength = "must"\nrule = "prohibited_uses"\nuse = "area"\npurpose = "wantd"\n'
        'action = "search.run"\nsays = "x"\n'
    )
    text = DEPARTMENT.replace("designee = true\n", 'designee = true\npurpose = "wnted"\n') + PURPOSES + area
    (folder / "town.toml").write_text(text)
    assert problems(folder) == (
        "town.toml: clause 1 approval: purpose: no clause lists 'wnted'. Did you mean 'wanted'?",
        "town.toml: clause 2 area: purpose: no clause lists 'wantd'. Did you mean 'wanted'?",
    )


@pytest.mark.parametrize(
    ("period", "problem"),
    [
        ("", 'clause 2: period: is missing; or is it left open: { open = "what", found = "where" }?'),
        ("period = {}", "clause 2: period.open: is missing."),
        ('period = { open = "The period" }', "clause 2: period.found: is missing."),
        (
            'period = { open = "x", found = "y", foud = "z" }',
            "clause 2: period.foud: unknown key. Did you mean 'found'?",
        ),
        ('period = "P30"', "clause 2: period: 'P30' is no period: write P30D, P1Y, P6M or PT12H."),
        ("period = 30", "clause 2: period: "),
    ],
)
def test_a_value_that_is_neither_given_nor_left_open_is_named(folder, period, problem):
    text = DEPARTMENT.replace(
        'period = { open = "The minimum period", found = "Ask the Records Manager." }', period
    )
    (folder / "town.toml").write_text(text)
    assert any(each.startswith(f"town.toml: {problem}") for each in problems(folder, overlays=()))


def test_only_a_value_that_documents_leave_open_can_be_left_open(folder):
    text = DEPARTMENT.replace("designee = true", 'designee = { open = "x", found = "y" }')
    (folder / "town.toml").write_text(text)
    (found,) = problems(folder, overlays=())
    assert found.startswith("town.toml: clause 1 approval: designee: ")
