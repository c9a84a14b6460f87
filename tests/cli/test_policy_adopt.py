"""Until a department adopts its policy everybody is told whose example it is; afterwards who answers for it."""

from __future__ import annotations

import json

import pytest

from alpr_core.policy import load_pack

ADOPT = (
    "policy",
    "adopt",
    "--by",
    "Kim Poe, Chief of Police",
    "--counsel",
    "Lee Fox",
    "--reviewed",
    "2026-01-20",
)
DISCLAIMER = load_pack("minimal").disclaimer


@pytest.fixture
def admin(node):
    node.log_in()
    return node


def said(node, *words: str) -> str:
    result = node(*words)
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def test_an_adopted_policy_says_who_answers_for_it_where_its_disclaimer_stood(admin, tmp_path) -> None:
    site = tmp_path / "site"
    for words in (("policy", "show"), ("status",)):
        assert DISCLAIMER in said(admin, *words)
    assert said(admin, *ADOPT, "--json")
    adopted = "Adopted by Kim Poe, Chief of Police on "
    for words in (("policy", "show"), ("status",)):
        assert adopted in said(admin, *words)
        assert "reviewed by counsel, Lee Fox, on 2026-01-20" in said(admin, *words)
        assert DISCLAIMER not in said(admin, *words)
    said(admin, "policy", "publish", str(site))
    page = (site / "index.html").read_text()
    assert adopted in page
    assert DISCLAIMER not in page


def test_the_ledger_holds_the_digest_and_only_commits_to_the_names(admin) -> None:
    said(admin, *ADOPT)
    (entry,) = admin.entries("policy.adopt")
    assert entry["public"] == {"digest": load_pack("minimal").digest}
    assert admin.committed("policy.adopt", "counsel") == ["Lee Fox"]


def test_a_pack_that_is_shown_by_name_is_nobodys(admin, run) -> None:
    said(admin, *ADOPT)
    assert DISCLAIMER in " ".join(run("policy", "show", "minimal").stdout.split())


def test_a_policy_that_was_changed_is_not_the_one_that_was_adopted(admin) -> None:
    said(admin, *ADOPT)
    admin.change_settings("overlays = []", 'overlays = ["or-sb1516"]')
    assert DISCLAIMER in said(admin, "policy", "show")


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--by", " ", "Who adopted it has 1 to 200 printable characters"),
        ("--counsel", "x" * 201, "Counsel has 1 to 200 printable characters"),
        ("--reviewed", "2999-01-01", "lies ahead"),
    ],
)
def test_what_is_missing_for_an_adoption_is_named_and_nothing_is_recorded(
    admin, option, value, problem
) -> None:
    words = list(ADOPT)
    words[words.index(option) + 1] = value
    result = admin(*words)
    assert (result.exit_code, problem in result.stderr) == (1, True)
    assert admin.entries("policy.adopt") == []


def test_a_day_that_is_none_is_a_usage_error(admin) -> None:
    result = admin(*ADOPT[:-1], "soon")
    assert (result.exit_code, "write 2026-11-20" in result.stderr) == (2, True)


def test_a_policy_with_open_values_is_not_adopted_and_status_says_where_they_are_found(
    command_line, tmp_path, run
) -> None:
    file = tmp_path / "passphrase"
    node = command_line(tmp_path / "node", file)
    words = (
        "--name",
        "m",
        "--origin",
        "m.example/ledger/1",
        "--timezone",
        "America/Los_Angeles",
        "--badge",
        "1",
    )
    person = ("--person", "Alex Doe", "--passphrase-file", str(file))
    made = run("init", str(tmp_path / "node"), *words, *person, "--pack", "medford-or")
    assert made.exit_code == 0, made.output
    page = " ".join(made.stdout.split())
    assert "Policy: medford-or+or-sb1516" in page  # the law of the pack's state is laid over it
    assert "not endorsed by the department" in page
    assert "counsel must check the enrolled text" in page
    assert "462.4 retention: The minimum period established by the department records retention" in page
    node.log_in("1")
    status = json.loads(node("status", "--json").stdout)
    assert [each.partition(":")[0] for each in status["missing_for_live"]] == ["462.4 retention", "462.5(e)"]
    assert "OAR 166-200" in status["missing_for_live"][0]
    refused = node(*ADOPT)
    assert (refused.exit_code, "The policy is not whole yet: 462.4 retention" in refused.stderr) == (1, True)


@pytest.mark.clause("L1")
def test_a_temporary_policy_is_called_so_at_init_and_in_the_status(command_line, tmp_path, run) -> None:
    file = tmp_path / "passphrase"
    node = command_line(tmp_path / "node", file)
    words = (
        "--name",
        "l",
        "--origin",
        "l.example/ledger/1",
        "--timezone",
        "America/New_York",
        "--badge",
        "1",
    )
    person = ("--person", "Alex Doe", "--passphrase-file", str(file))
    made = run("init", str(tmp_path / "node"), *words, *person, "--pack", "leicester-ma")
    assert "leicester-ma is temporary, and no day of review is named" in made.stdout
    node.log_in("1")
    assert "leicester-ma is temporary, and no day of review is named" in said(node, "status")


def test_an_officer_adopts_nothing(as_officer) -> None:
    assert as_officer(*ADOPT).exit_code == 3
