"""Reading a pack: what it holds, and what is said of one that is wrong."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from alpr_core.entries import ACTIONS
from alpr_core.errors import ConfigError, NotFound
from alpr_core.policy import (
    Clause,
    Gate,
    OpenValue,
    Pack,
    Policy,
    Strength,
    load_pack,
    pack_names,
    parse_pack,
)
from alpr_core.policy.pack import Exempt
from alpr_core.policy.rules import BUILT_IN

DOCS = Path(__file__).resolve().parents[2] / "docs"

GOOD = """
id = "springfield"
title = "Springfield"
version = "3"
department = "Springfield Police"
document = "Policy 1"
source = "https://example.org/policy, 2026-11-01"
effective = 2026-01-01
disclaimer = "An example."
roles = { officer = "Officer" }

[[clause]]
id = "1"
row = "M1"
strength = "may"
rule = "purposes"
codes = { wanted = "Wanted" }
says = "Wanted vehicles."

[[clause]]
id = "2"
strength = "may"
rule = "role"
role = "officer"
action = ["search.run", "read.show"]
says = '''
An officer
    may search.'''
"""


def problems_of(text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        parse_pack(text, "springfield.toml", actions=ACTIONS)
    assert caught.value.message.startswith("springfield.toml: ")
    return caught.value.problems


def without(line: str) -> str:
    assert line in GOOD
    return GOOD.replace(line, "")


def instead(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_a_pack_holds_what_its_file_says():
    pack = parse_pack(GOOD, "springfield.toml", actions=ACTIONS)
    assert (pack.id, pack.version, pack.effective) == ("springfield", "3", date(2026, 1, 1))
    assert pack.roles == {"officer": "Officer"}
    assert Policy(pack).purposes["wanted"].title == "Wanted"
    assert [clause.id for clause in pack.clauses] == ["1", "2"]
    assert (pack.clause("1").row, pack.clause("1").strength) == ("M1", Strength.MAY)


def test_the_words_of_a_clause_are_one_line():
    assert parse_pack(GOOD, "x").clause("2").says == "An officer may search."


def test_a_pack_has_no_clause_that_it_was_not_given():
    with pytest.raises(NotFound, match="no clause '9'"):
        parse_pack(GOOD, "x").clause("9")


@pytest.mark.parametrize("name", pack_names())
def test_every_shipped_pack_is_right_and_named_as_its_file(name):
    assert load_pack(name, actions=ACTIONS).id == name


def test_the_minimal_pack_grants_every_action_to_somebody():
    pack = load_pack("minimal", actions=ACTIONS)
    assert Gate(pack).actions_of(pack.roles) >= ACTIONS


def test_a_pack_is_found_by_its_path_too(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(GOOD)
    assert load_pack(file).id == load_pack(str(file)).id == "springfield"


def test_a_relative_path_starts_from_the_folder_it_is_written_in(tmp_path):
    (tmp_path / "own.toml").write_text(GOOD)
    assert load_pack("./own.toml", folder=tmp_path).id == "springfield"


# ---------------------------------------------------------------------------
# The digest
# ---------------------------------------------------------------------------


def test_the_digest_is_a_sha256_and_does_not_depend_on_how_the_file_is_laid_out():
    pack = parse_pack(GOOD, "x")
    assert len(base64.b64decode(pack.digest, validate=True)) == 32
    other = instead('id = "1"\nrow = "M1"\n', 'row   = "M1"  # a remark\nid = "1"\n')
    assert parse_pack(other, "y").digest == pack.digest
    listed = instead('role = "officer"\n', 'role = ["officer"]\n')
    assert parse_pack(listed, "y").digest == pack.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"3"', '"4"'),
        ('wanted = "Wanted"', 'wanted = "Wanted!"'),
        ('"search.run", ', ""),
        ('id = "2"\nstrength = "may"', 'id = "2"\nstrength = "must"'),
        ("An example.", "Another example."),
    ],
)
def test_the_digest_changes_with_any_word(old, new):
    assert parse_pack(instead(old, new), "x").digest != parse_pack(GOOD, "x").digest


# ---------------------------------------------------------------------------
# What is wrong with a pack
# ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (without('version = "3"\n'), "version: is missing."),
        (without('says = "Wanted vehicles."\n'), "clause 1: says: is missing."),
        (
            without('rule = "purposes"\n'),
            "clause 1: rule: is missing; known: access_record, access_record_kept, annual_report, ",
        ),
        (
            instead('rule = "role"', 'rule = "roles"'),
            "clause 2: unknown rule 'roles'; known: access_record, ",
        ),
        (
            instead('strength = "may"\nrule = "role"', 'strength = "shall"\nrule = "role"'),
            "clause 2: strength: ",
        ),
        (instead('id = "2"', 'id = "1"'), "clause 1: the id is used twice"),
        (without('id = "2"\n'), "clause number 2: id: is missing."),
        (
            instead("search.run", "search.rum"),
            "clause 2: action: there is no 'search.rum'. Did you mean 'search.run'?",
        ),
        (
            instead("search.run", "searching"),
            "clause 2: action.0: 'searching' is no action: they read noun.verb",
        ),
        (instead('["search.run", "read.show"]', "[]"), "clause 2: action: is empty."),
        (
            instead('role = "officer"', 'role = "oficer"'),
            "role: 'oficer' is not declared under [roles]. Did you mean",
        ),
        (instead('role = "officer"', 'rôle = "officer"'), "springfield.toml: 1 problem\n  - is not TOML"),
        (
            instead('role = "officer"', 'rolle = "officer"'),
            "clause 2: rolle: unknown key. Did you mean 'role'?",
        ),
        (instead("department =", "departement ="), "departement: unknown key. Did you mean 'department'?"),
        (GOOD + 'exempt = { role = "officer" }\n', "clause 2: exempt: a `may` clause binds nobody"),
        (
            instead("officer =", "everyone ="),
            "roles: 'everyone' is whoever has logged in; choose another code.",
        ),
        (instead('{ officer = "Officer" }', "{}"), "roles: is empty"),
        (instead("2026-01-01", '"soon"'), "effective: "),
        (instead("springfield", "Spring Field"), "id: 'Spring Field' is no name of a pack"),
        (instead("An example.", "An \\u001b[2J example."), "disclaimer: holds a control character."),
        (instead("wanted =", "Wanted ="), "clause 1: codes.Wanted: 'Wanted' is no code"),
        (without('codes = { wanted = "Wanted" }\n'), "clause 1: codes: are missing"),
        (GOOD[: GOOD.index("[[clause]]")], "clause: is missing; a pack without clauses denies everything."),
        (GOOD[: GOOD.index("[[clause]]")] + 'clause = "none"', "clause: each clause is a table of its own"),
        (GOOD[: GOOD.index("[[clause]]")] + "clauses = []", "clauses: unknown key. Did you mean 'clause'?"),
    ],
)
def test_a_problem_is_named_with_its_clause_and_reason(text, problem):
    with pytest.raises(ConfigError) as caught:
        parse_pack(text, "springfield.toml", actions=ACTIONS)
    assert problem in caught.value.message


def test_a_must_clause_on_purposes_demands_them_and_lists_none():
    text = instead('row = "M1"\nstrength = "may"', 'strength = "must"')
    assert problems_of(text) == (
        "clause 1: codes: belong in a `may` clause; with `must` a purposes clause demands a purpose.",
        "clause 1: action: is missing; say for which acts a purpose is demanded.",
    )


def test_an_exemption_for_a_purpose_that_nobody_lists_is_named():
    clause = """
[[clause]]
id = "3"
strength = "must"
rule = "access_record"
action = "search.run"
fields = ["case"]
exempt = { purpose = "wantd" }
says = "With a case number."
"""
    assert problems_of(GOOD + clause) == (
        "clause 3: exempt.purpose: no clause lists 'wantd'. Did you mean 'wanted'?",
    )


def test_every_problem_is_named_at_once():
    text = GOOD.replace('version = "3"\n', "").replace('rule = "purposes"', 'rule = "porpoises"')
    text = text.replace('role = "officer"', 'role = "boss"').replace("read.show", "read.shown")
    found = problems_of(text)
    assert [problem.partition(":")[0] for problem in found] == ["version", "clause 1", "clause 2", "clause 2"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"\xff\xfei\x00d\x00", "is not UTF-8 text"),
        (b"", "title: is missing"),
        (b"id = ", "is not TOML"),
        (b"x = " + b"[" * 5000, "is not TOML"),
        (b"#" * (1 << 20) + b"#", "is larger than 1048576 bytes"),
    ],
    ids=["UTF-16", "empty", "cut off", "deeply nested", "huge"],
)
def test_a_file_that_is_no_pack_is_refused_with_its_name(tmp_path, content, problem):
    file = tmp_path / "own.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_pack(file)
    assert str(file) in caught.value.message
    assert problem in caught.value.message


@pytest.mark.parametrize("name", ["missing.toml", "folder.toml", "./none"])
def test_a_path_that_cannot_be_read_says_so(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load_pack(name)


def test_a_name_that_no_pack_has_lists_those_there_are():
    with pytest.raises(ConfigError, match=r"known: .*minimal.*Did you mean 'minimal'"):
        load_pack("minimla")


def test_a_name_never_reaches_outside_the_folder_of_packs():
    with pytest.raises(ConfigError):
        load_pack("..")


# ---------------------------------------------------------------------------
# The page about packs
# ---------------------------------------------------------------------------


def rows_of(model: type[BaseModel], *leave_out: str) -> list[str]:
    """The lines of the page's table on a model's keys."""
    return [
        f"| `{name}` | {'yes' if field.is_required() else 'no'} | {field.description} |"
        for name, field in model.model_fields.items()
        if name not in leave_out
    ]


def test_the_page_about_packs_has_every_key_of_a_pack_a_clause_and_each_rule_and_no_other():
    expected = [
        *rows_of(Pack, "clauses"),
        *rows_of(Clause, "open"),
        *rows_of(Exempt),
        *rows_of(OpenValue),
        *(row for rule in BUILT_IN.values() for row in rows_of(rule)),
    ]
    page = (DOCS / "policy-packs.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("| `")] == expected


def test_the_page_about_packs_has_a_heading_for_each_rule_kind():
    page = (DOCS / "policy-packs.md").read_text(encoding="utf-8")
    assert [line[5:-1] for line in page.splitlines() if line.startswith("### `")] == list(BUILT_IN)
