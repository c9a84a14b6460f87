"""Approvals at the command line: a denied search says how to ask, and what was approved is done once."""

from __future__ import annotations

import json
import shlex

import pytest

SEARCH = ("reads", "search", "4KB792", "--purpose", "patrol", "--case", "26-1041")
PEOPLE = {"1002": ("Sam Roe", "officer"), "1003": ("Kim Poe", "chief"), "1004": ("Sue Day", "supervisor")}


@pytest.fixture(scope="module")
def leicester_template(tmp_path_factory, new_department):
    return new_department(tmp_path_factory.mktemp("leicester"), "leicester-ma", "America/New_York", PEOPLE)


@pytest.fixture
def leicester(leicester_template, own_copy):
    return own_copy(leicester_template)


@pytest.fixture
def asked(leicester):
    """Sam has asked for one search."""
    done = leicester.as_("1002", *SEARCH, "--reason", "seen at the fair", "--request")
    assert done.exit_code == 0, done.output
    return leicester


def test_a_denied_search_ends_with_the_way_to_ask(leicester) -> None:
    denied = leicester.as_("1002", *SEARCH)
    assert denied.exit_code == 3
    assert "10.05 V searches" in denied.stderr
    said = denied.stderr.rstrip().rpartition("To ask for the approval: ")[2]
    assert said.endswith("reads search --purpose patrol --case 26-1041 4KB792 --request")
    assert leicester(*shlex.split(said)[-8:], "--reason", "seen at the fair").exit_code == 0


def test_one_that_no_approval_would_help_does_not(leicester) -> None:
    denied = leicester.as_("1002", *SEARCH[:3], "--purpose", "curiosity")
    assert denied.exit_code == 3
    assert "--request" not in denied.stderr


def test_it_is_asked_for_shown_given_waited_for_and_used_once(asked) -> None:
    assert json.loads(asked("approvals", "list", "--json").stdout)["state"] == "waits"
    shown = json.loads(asked.as_("1003", "approvals", "show", "1", "--json").stdout)
    assert (shown["plate"], shown["name"], shown["reason"]) == ("4KB792", "Sam Roe", "seen at the fair")
    assert "10.05 V searches" in shown["asked by"][0]
    assert asked("approvals", "grant", "1", "--reason", "go ahead").exit_code == 0
    waited = asked.as_("1002", "approvals", "wait", "1", "--json")
    assert (waited.exit_code, json.loads(waited.stdout)["verdict"]) == (0, "granted")
    assert asked(*SEARCH, "--approval", "1").exit_code == 0
    again = asked(*SEARCH, "--approval", "1")
    assert (again.exit_code, "was used already" in again.stderr) == (3, True)
    assert json.loads(asked("approvals", "list", "--json").stdout)["state"] == "used"


def test_a_refusal_ends_the_waiting_with_3(asked) -> None:
    assert asked.as_("1003", "approvals", "deny", "1", "--reason", "no case").exit_code == 0
    waited = asked.as_("1002", "approvals", "wait", "1", "--json")
    assert (waited.exit_code, json.loads(waited.stdout)["verdict"]) == (3, "denied")


def test_nobody_deciding_in_time_is_told(asked) -> None:
    waited = asked("approvals", "wait", "1", "--timeout", "0")
    assert (waited.exit_code, "nobody has decided" in waited.stdout) == (1, True)
    assert asked("approvals", "wait", "4711", "--timeout", "0").exit_code == 1


def test_the_plate_is_on_the_ledger_only_as_a_commitment(asked) -> None:
    asked.as_("1003", "approvals", "grant", "1")
    assert "4KB792" not in json.dumps(list(asked.entries()))
    assert asked.committed("approval.request", "plate") == ["4KB792"]


def test_a_paper_needs_all_of_its_facts(asked, tmp_path) -> None:
    scan = tmp_path / "signed.pdf"
    scan.write_bytes(b"%PDF signed")
    wrong = asked.as_("1004", "approvals", "record", "1", "--paper", str(scan), "--office", "designee")
    assert (wrong.exit_code, "--by and --on" in wrong.stderr) == (2, True)
    both = asked("approvals", "record", "1")
    assert (both.exit_code, "--oral BADGE, or --paper FILE" in both.stderr) == (2, True)
    paper = ("--paper", str(scan), "--office", "designee", "--by", "Pat Lee, Designee", "--on", "2026-11-20")
    done = asked("approvals", "record", "1", *paper, "--json")
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["as"] == ["designee"]
    assert asked.as_("1002", *SEARCH, "--approval", "1").exit_code == 0


def test_a_hotlist_entry_is_asked_for_in_the_same_way(leicester) -> None:
    words = ("hotlist", "add", "AB?12", "--name", "watch", "--category", "wanted", "--purpose", "targeted",
             "--case", "26-1041", "--reason", "left the fair at night", "--expires", "2099-12-24")  # fmt: skip
    denied = leicester.as_("1002", *words)
    assert (denied.exit_code, "--request" in denied.stderr) == (3, True)
    assert leicester(*words, "--request").exit_code == 0
    assert leicester.as_("1003", "approvals", "grant", "1").exit_code == 0
    assert leicester.as_("1002", *words, "--approval", "1").exit_code == 0
