"""``alpr-core policy explain``: what the policy would say of an act, and what would have to change."""

from __future__ import annotations

import json

import pytest

UNDER = ("--pack", "leicester-ma")
SEARCH = ("policy", "explain", "search.run", "--as", "officer", "--purpose", "patrol", *UNDER)


def explained(result) -> dict:
    return json.loads(result.stdout)


def test_a_denial_names_the_paragraph_its_words_and_what_would_have_to_change(run) -> None:
    result = run(*SEARCH)
    page = " ".join(result.stdout.split())
    assert result.exit_code == 3
    assert page.startswith("DENIED: search.run by Officer, on the server, at ")
    assert "10.05 V searches (must): search.run needs the prior approval" in page
    assert "may only be conducted with the prior approval of the Chief of Police or his designee" in page
    assert "What would have to change - approval of the Chief of Police or a designee" in page


@pytest.mark.parametrize("fact", ["approved_by=chief", "approved_by=designee", "approved_by=chief,designee"])
def test_what_was_said_to_have_to_change_is_what_changes_it(run, fact) -> None:
    result = run(*SEARCH, "--fact", fact, "--json")
    assert result.exit_code == 0
    assert explained(result)["verdict"] == "allow"


def test_the_same_search_on_the_vehicle_is_allowed(run) -> None:
    assert run(*SEARCH, "--origin", "vehicle").exit_code == 0


def test_an_overlay_speaks_from_its_effective_day_on(run) -> None:
    asked = ("policy", "explain", "search.run", "--as", "officer", "--purpose", "wanted", "--json")
    under = ("--pack", "florence-or", "--overlay", "or-sb1516", "--fact", "trained=access")
    given = ("--fact", "authority=department", *under)
    before = explained(run(*asked, *given, "--at", "2026-03-30T12:00-07:00"))
    after = explained(run(*asked, *given, "--at", "2026-03-31T12:00-07:00"))

    def denying(answer: dict) -> set[str]:
        return {one["clause"] for one in answer["clauses"] if one["verdict"] == "deny"}

    assert "SB 1516 searches" not in denying(before)
    assert "SB 1516 searches" in denying(after)


def test_what_no_paragraph_grants_to_anybody_is_said_to_be_so(run) -> None:
    result = run("policy", "explain", "search.run", "--as", "auditor", "--pack", "minimal", "--json")
    assert result.exit_code == 3
    assert explained(result)["verdict"] == "deny"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("search.rum", "--as", "officer"), "Did you mean 'search.run'?"),
        (("search.run", "--as", "oficer"), "has no such role. Did you mean 'officer'?"),
        (("search.run", "--as", "officer", "--fact", "traned=access"), "Did you mean 'trained'?"),
        (("search.run", "--as", "officer", "--fact", "names_one=perhaps"), "is neither yes nor no"),
        (("search.run", "--as", "officer", "--fact", "rows=many"), "--fact rows: "),
        (("search.run", "--as", "officer", "--fact", "trained"), "write trained=VALUE"),
        (("search.run",), "Missing option '--as'"),
    ],
)
def test_what_cannot_be_asked_says_what_was_perhaps_meant(run, words, problem) -> None:
    result = run("policy", "explain", *words, *UNDER)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_every_wrong_fact_is_named_at_once(run) -> None:
    wrong = ("--fact", "traned=x", "--fact", "rows=many")
    result = run("policy", "explain", "search.run", "--as", "officer", *wrong, *UNDER)
    assert "traned" in result.stderr
    assert "rows" in result.stderr


def test_at_a_node_a_badge_number_asks_about_that_person_and_goes_on_record(node) -> None:
    node.log_in()
    node.add("1002", "Sam Roe", "officer")
    asked = ("policy", "explain", "search.run", "--as", "1002", "--purpose", "wanted", "--case", "26-104")
    assert node(*asked).exit_code == 0
    assert node(*asked[:-2]).exit_code == 3
    first, second = node.entries("policy.explain")
    assert (first["public"]["verdict"], second["public"]["verdict"]) == ("allow", "deny")
    assert first["public"]["action"] == "search.run"
    assert node.entries("search.run") == []


def test_who_may_not_ask_about_a_person_may_ask_about_a_role(as_officer) -> None:
    assert as_officer("policy", "explain", "search.run", "--as", "1001").exit_code == 3
    by_role = as_officer("policy", "explain", "ledger.read", "--as", "auditor")
    assert by_role.exit_code == 0


def test_a_badge_that_nobody_has_is_not_found(node) -> None:
    node.log_in()
    result = node("policy", "explain", "search.run", "--as", "4711")
    assert (result.exit_code, "nobody with the badge number 4711" in result.stderr) == (1, True)
