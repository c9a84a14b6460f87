"""``alpr-core policy`` as a person sees it."""

from __future__ import annotations

import json
import re

import pytest

from alpr_core.policy import load_pack

OWN = """
id = "own"
title = "Our own"
version = "1"
department = "Springfield Police"
document = "Policy 1"
source = "The tests"
effective = 2026-01-01
disclaimer = "An example."
roles = { officer = "Officer", guest = "Guest" }

[[clause]]
id = "1"
strength = "may"
rule = "role"
role = "officer"
action = "search.run"
says = ""
"""


def test_a_pack_is_shown_without_node_or_login_with_every_clause_in_its_words(run):
    shown = run("policy", "show", "minimal")
    assert shown.exit_code == 0
    page = " ".join(shown.stdout.split())
    pack = load_pack("minimal")
    assert pack.disclaimer in page
    assert pack.digest in page
    for clause in pack.clauses:
        assert f" {clause.id} {clause.strength}" in page
        assert clause.says in page
    assert max(map(len, shown.stdout.splitlines())) <= 100


def test_a_pack_is_shown_as_one_json_object_with_its_digest(run):
    shown = run("policy", "show", "minimal", "--json")
    pack = load_pack("minimal")
    assert json.loads(shown.stdout) == {**pack.as_json(), "digest": pack.digest}


def test_without_a_name_the_pack_of_the_node_is_shown(node):
    assert "pack minimal" in node("policy", "show").stdout


def test_a_node_works_under_a_pack_of_its_own_that_lies_in_its_folder(node, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (node.folder / "own.toml").write_text(OWN.replace('"search.run"', '["search.run", "config.apply"]'))
    settings = node.folder / "alpr.toml"
    settings.write_text(settings.read_text().replace('pack = "minimal"', 'pack = "own.toml"'))
    node.accept()
    assert "pack own, version 1" in node("policy", "show").stdout
    denied = node("people", "list")
    assert denied.exit_code == 3
    assert "no clause of own grants" in denied.stderr


def test_without_a_name_and_a_node_the_packs_are_named(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = run("policy", "show")
    assert shown.exit_code == 2
    assert "minimal" in shown.stderr


def test_a_pack_that_is_not_there_is_an_error_that_names_those_that_are(run):
    shown = run("policy", "show", "maximal")
    assert shown.exit_code == 2
    assert "known: " in shown.stderr
    assert "minimal" in shown.stderr


SILENT_ON = {
    "minimal": [
        "training",
        "retention",
        "release",
        "referral",
        "verification",
        "transfer_limit",
        "audit_schedule",
    ],
    "medford-or": [],
    "florence-or": ["referral", "transfer_limit", "audit_schedule"],
    "leicester-ma": [
        "training",
        "access_record",
        "release",
        "referral",
        "verification",
        "transfer_limit",
        "audit_schedule",
    ],
    "belton-mo": [],
    "marion-oh": [],
    "template": [],
}


@pytest.mark.parametrize("pack", SILENT_ON)
def test_lint_says_what_a_policy_does_not_speak_of(run, pack):
    checked = run("policy", "lint", pack)
    assert checked.exit_code == 0
    assert re.findall(r"\(rule '(\w+)'\)", checked.stdout) == SILENT_ON[pack]
    assert "nothing wrong" in checked.stderr


@pytest.mark.clause("F28")
def test_lint_names_every_blank_clause_of_florences_paper(run):
    remarks = [
        json.loads(line) for line in run("policy", "lint", "florence-or", "--json").stdout.splitlines()
    ]
    blank = [remark["clause"] for remark in remarks if remark["says"].startswith("is blank")]
    assert blank == ["807.5(c)", "807.6(a)", "807.6(a)1", "807.6(a)2", "807.6(a)3", "807.6(b)", "807.6(c)"]


def test_lint_names_the_numbers_that_nobody_has_set(run):
    remarks = [json.loads(line) for line in run("policy", "lint", "medford-or", "--json").stdout.splitlines()]
    assert [one["clause"] for one in remarks if "is open" in one["says"]] == ["462.4 retention", "462.5(e)"]


def test_lint_says_that_a_temporary_policy_has_no_day_of_review(run):
    assert (
        "is temporary, and no day is named by which it is reviewed"
        in run("policy", "lint", "leicester-ma").stdout
    )


def test_lint_shows_what_is_worth_a_second_look(run, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text(OWN)
    checked = run("policy", "lint", str(file), "--json")
    assert checked.exit_code == 0
    remarks = [json.loads(line) for line in checked.stdout.splitlines()]
    assert remarks[0] == {
        "clause": "1",
        "says": "is blank: it has no words to show to whom it denies something",
    }
    words = " ".join(remark["says"] for remark in remarks)
    assert "role 'guest' (Guest) may do nothing more than everyone" in words
    assert "nobody may do: " in words
    assert "config.agree, config.apply, " in words
    assert "search.run" not in words
    assert "every access is recorded (rule 'access_record')" in words


def test_lint_says_that_purposes_are_listed_and_never_demanded(run, tmp_path):
    file = tmp_path / "own.toml"
    listed = '[[clause]]\nid = "2"\nstrength = "may"\nrule = "purposes"\nsays = "x"\ncodes = { a = "A" }\n'
    file.write_text(OWN + listed)
    assert "lists purposes, and no clause demands one" in run("policy", "lint", str(file)).stdout


@pytest.mark.parametrize("command", ["lint", "show"])
def test_a_pack_that_is_wrong_ends_with_status_2_and_every_problem(run, tmp_path, command):
    file = tmp_path / "own.toml"
    file.write_text(OWN.replace('"search.run"', '"search.rum"').replace('title = "Our own"\n', ""))
    checked = run("policy", command, str(file))
    assert checked.exit_code == 2
    assert checked.stdout == ""
    assert "own.toml: 2 problems" in checked.stderr
    assert "title: is missing." in checked.stderr
    assert "clause 1: action: there is no 'search.rum'. Did you mean 'search.run'?" in checked.stderr


def test_a_rule_kind_of_a_plugin_is_known_to_the_command(run, tmp_path, monkeypatch):
    from alpr_core.plugins import PluginHost
    from alpr_core.policy import Judgement, Rule

    class OfficeHours(Rule):
        kind = "office_hours"

        def judge(self, request, pack):
            return Judgement(True, "any hour")

    monkeypatch.setattr(PluginHost, "policy_rules", lambda self: {"office_hours": OfficeHours})
    file = tmp_path / "own.toml"
    file.write_text(OWN + '[[clause]]\nid = "2"\nstrength = "must"\nrule = "office_hours"\nsays = "x"\n')
    assert "office_hours" in run("policy", "show", str(file)).stdout
