"""``alpr-core people`` as an administrator uses it."""

from __future__ import annotations

import json

import pytest


def test_an_administrator_adds_a_person_who_can_then_log_in(node):
    node.log_in()
    done = node.add("1002", "Sam Roe", "officer", "admin")
    assert done.exit_code == 0
    assert node.log_in("1002").exit_code == 0
    shown = json.loads(node("login", "--who", "--json").stdout)
    assert shown == {"logged in": "Sam Roe", "roles": ["admin", "officer"]}


def test_the_new_passphrase_is_asked_for_twice_and_not_shown(node):
    node.log_in()
    words = ("people", "add", "1002", "--name", "Sam Roe", "--role", "officer")
    done = node(*words, typed="quite a long secret\nquite a long secret\n")
    assert done.exit_code == 0
    assert "quite a long secret" not in done.output


def test_the_list_shows_badge_name_and_roles_and_is_an_entry_with_its_count(node):
    node.log_in()
    node.add("1002", "Sam Roe", "officer")
    rows = [json.loads(line) for line in node("people", "list", "--json").stdout.splitlines()]
    assert [(row["badge"], row["name"], row["roles"]) for row in rows] == [
        ("1001", "Alex Doe", ["admin"]),
        ("1002", "Sam Roe", ["officer"]),
    ]
    (entry,) = node.entries("person.list")
    assert entry["public"] == {"count": 2}


def test_the_roles_show_what_each_may_do_and_who_has_it(node):
    node.log_in()
    rows = {
        row["role"]: row for row in map(json.loads, node("people", "roles", "--json").stdout.splitlines())
    }
    assert rows["admin"]["people"] == ["1001"]
    assert "person.add" in rows["admin"]["actions"]
    assert "search.run" not in rows["admin"]["actions"]
    assert rows["auditor"]["people"] == []


@pytest.mark.parametrize(
    "words", [("list",), ("roles",), ("add", "1003", "--name", "X", "--role", "officer")]
)
def test_an_officer_is_denied_before_anything_is_asked_and_the_denial_is_recorded(as_officer, words):
    done = as_officer("people", *words)
    assert done.exit_code == 3
    assert "Passphrase" not in done.output
    (denial,) = as_officer.entries("act.deny")
    assert denial["public"]["action"] == ("person.add" if words[0] == "add" else "person.list")


@pytest.mark.parametrize(
    ("badge", "name", "role", "says"),
    [
        ("1001", "Sam Roe", "officer", "has an account already"),
        ("", "Sam Roe", "officer", "A badge number is"),
        ("10 02", "Sam Roe", "officer", "A badge number is"),
        ("1" * 33, "Sam Roe", "officer", "A badge number is"),
        ("1002", " ", "officer", "A legal name"),
        ("1002", "Sam\x1b[2J", "officer", "A legal name"),
        ("1002", "Sam Roe", "oficer", "Did you mean 'officer'?"),
        ("1002", "Sam Roe", "everyone", "The pack has no role 'everyone'"),
    ],
)
def test_an_account_that_cannot_be_made_says_why_and_none_is_made(node, badge, name, role, says):
    node.log_in()
    done = node.add(badge, name, role)
    assert done.exit_code == 1
    assert says in done.stderr
    assert len(node.entries("person.add")) == 1


def test_a_weak_passphrase_is_refused(node):
    node.log_in()
    node.passphrase_file.write_text("short\n")
    done = node.add("1002", "Sam Roe", "officer")
    assert done.exit_code == 1
    assert "needs at least 12" in done.stderr
