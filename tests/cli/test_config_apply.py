"""Settings are an act: nobody works under others than were accepted, and what loosens takes two persons."""

from __future__ import annotations

import json

import pytest

from alpr_core.node import Node

SEARCH = ("reads", "search", "ABC123", "--purpose", "stolen_vehicle", "--case", "26-1")
APPLY = ("config", "apply", "--yes")


@pytest.fixture
def node(node, monkeypatch):
    """The node with an administrator 1001, an officer 1002, an auditor 1003 and a further administrator 1004."""
    node.log_in()
    for badge, name, role in (
        ("1002", "Sam Roe", "officer"),
        ("1003", "Kim Poe", "auditor"),
        ("1004", "Lee Fox", "admin"),
    ):
        assert node.add(badge, name, role).exit_code == 0
    return node


def set_(node, old: str, new: str) -> None:
    file = node.folder / "alpr.toml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def tighten(node) -> None:
    set_(node, "overlays = []", 'overlays = ["ma-dcjis"]')


def loosen(node) -> None:
    set_(node, 'timezone = "UTC"', 'timezone = "America/New_York"')


def second(node, badge: str) -> tuple[str, ...]:
    return ("--second", badge, "--second-passphrase-file", str(node.passphrase_file))


def test_init_accepts_the_first_settings_on_the_ledger(node) -> None:
    (entry,) = node.entries("config.apply")
    assert set(entry["public"]) == {"digest", "changes"}
    with Node.open(node.folder) as opened:
        assert opened.pending is None
        assert entry["public"]["digest"] == opened.site.accepted


def test_settings_that_nobody_accepted_refuse_a_search_show_the_difference_and_are_recorded(node) -> None:
    node.log_in("1002")
    assert node(*SEARCH).exit_code == 0
    loosen(node)
    denied = node(*SEARCH)
    assert denied.exit_code == 3
    assert "[node] timezone: UTC -> America/New_York" in denied.stderr
    assert "alpr-core config apply" in denied.stderr
    entry = node.entries("act.deny")[-1]
    assert (entry["public"]["action"], entry["clauses"]) == ("search.run", ["settings"])
    set_(node, 'timezone = "America/New_York"', 'timezone = "UTC"')
    assert node(*SEARCH).exit_code == 0


def test_capture_goes_on_under_the_old_settings(node) -> None:
    loosen(node)
    with Node.open(node.folder) as opened:
        assert opened.settings.node.timezone == "UTC"
        assert opened.pending is not None
        assert opened.pending.objections("read.record") == ()
        assert opened.site.gate.policy.zone == opened.settings.zone


def test_what_is_needed_to_mend_it_goes_on(node) -> None:
    tighten(node)
    for words in (("config", "show"), ("config", "check"), ("config", "history"), ("ledger", "verify")):
        assert node(*words).exit_code == 0, words
    assert node("logout").exit_code == 0
    assert node.log_in().exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('pack = "minimal"', 'pack = "minimall"', "minimall"),
        ("[node]", "[nod]", "[nod]: unknown key"),
        ("[node]", "[node", "alpr.toml"),
        ('mode = "training"', 'mode = "live"', ""),
    ],
)
def test_settings_that_are_wrong_leave_the_old_ones_in_force_and_the_problem_is_named(
    node, old, new, problem
) -> None:
    set_(node, old, new)
    with Node.open(node.folder) as opened:
        assert opened.settings.node.mode == "training"
        assert opened.pending is not None
        assert opened.pending.objections("read.record") == ()
    refused = node("people", "list")
    assert (refused.exit_code, problem in refused.stderr) == (3, True), refused.stderr
    assert "Traceback" not in refused.output


def test_settings_that_are_wrong_are_not_accepted(node) -> None:
    set_(node, 'pack = "minimal"', 'pack = "minimall"')
    refused = node(*APPLY)
    assert (refused.exit_code, "minimall" in refused.stderr) == (2, True)
    assert len(node.entries("config.apply")) == 1


def test_what_tightens_is_accepted_by_one_person_and_works_from_then_on(node) -> None:
    tighten(node)
    done = node(*APPLY, "--reason", "DCJIS", "--json")
    assert done.exit_code == 0, done.output
    assert "[policy] overlays" in done.stderr
    first, entry = node.entries("config.apply")
    assert entry["public"]["previous"] == first["public"]["digest"]
    assert "second" not in entry["public"]
    assert json.loads(done.stdout)["changes"] == entry["public"]["changes"]
    assert "[policy] overlays: nothing -> ma-dcjis" in node.committed("config.apply", "lines")[1]
    with Node.open(node.folder) as opened:
        assert (opened.pending, opened.site.accepted) == (None, entry["public"]["digest"])
    assert node("people", "list").exit_code == 0


@pytest.mark.parametrize("badge", ["1003", "1004"])
def test_what_loosens_takes_a_second_person_who_may_agree_or_accept(node, badge) -> None:
    loosen(node)
    done = node(*APPLY, *second(node, badge))
    assert done.exit_code == 0, done.output
    assert "A second person has to agree" in done.stderr
    assert node.entries("config.apply")[1]["public"]["second"]
    assert node("people", "list").exit_code == 0


@pytest.mark.parametrize(
    ("badge", "exit_status", "told"),
    [
        ("1001", 1, "the same one"),
        ("1002", 3, "Denied"),
        ("9999", 3, "badge number or the passphrase is wrong"),
    ],
    ids=["the same person", "an officer", "nobody"],
)
def test_nobody_else_is_a_second_person(node, badge, exit_status, told) -> None:
    loosen(node)
    refused = node(*APPLY, *second(node, badge))
    assert (refused.exit_code, told in refused.stderr) == (exit_status, True), refused.output
    assert len(node.entries("config.apply")) == 1


def test_an_officer_accepts_nothing_and_the_attempt_is_recorded(node) -> None:
    tighten(node)
    node.log_in("1002")
    assert node(*APPLY).exit_code == 3
    assert node.entries("act.deny")[-1]["public"]["action"] == "config.apply"


def test_without_yes_it_asks_and_no_is_no(node) -> None:
    tighten(node)
    assert node("config", "apply", typed="n\n").exit_code == 1
    assert len(node.entries("config.apply")) == 1
    assert node("config", "apply", typed="y\n").exit_code == 0
    assert len(node.entries("config.apply")) == 2


def test_there_is_nothing_to_accept_where_nothing_changed(node) -> None:
    refused = node(*APPLY)
    assert (refused.exit_code, "nothing to accept" in refused.stderr) == (1, True)


def test_a_process_that_runs_on_does_nothing_but_capture_once_others_were_accepted(node) -> None:
    with Node.open(node.folder) as running:
        tighten(node)
        assert node(*APPLY).exit_code == 0
        from alpr_core.act import Act
        from alpr_core.errors import Denied
        from alpr_core.models import Actor

        admin = Act(running.site, Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1"))
        with pytest.raises(Denied, match="start it again"), admin.look("person.list") as look:
            look.record(count=0)


def test_the_history_says_who_accepted_which_lines(node) -> None:
    loosen(node)
    assert node(*APPLY, *second(node, "1003")).exit_code == 0
    rows = [json.loads(line) for line in node("config", "history", "--json").stdout.splitlines()]
    assert [(row["by"], row["second"], row["first"]) for row in rows] == [
        ("Alex Doe", "Kim Poe", False),
        ("Alex Doe", "", True),
    ]
    assert rows[0]["changes"] == [{"place": "[node] timezone", "old": "UTC", "new": "America/New_York"}]
    shown = node("config", "history").stdout
    assert "Alex Doe, Kim Poe agreed: 1 changed" in shown
    assert "[node] timezone: UTC -> America/New_York" in shown
    assert node.entries("config.history")[-1]["public"] == {"count": 2}


def test_a_stored_document_that_was_altered_counts_for_nothing(node) -> None:
    from sqlalchemy import text

    with Node.open(node.folder) as opened, opened.site.store.writing() as work:
        work.connection.execute(
            text("UPDATE accepted_settings SET document = replace(document, 'UTC', 'GMT')")
        )
    refused = node("people", "list")
    assert (refused.exit_code, "its tables were altered" in refused.stderr) == (3, True)
    assert node("ledger", "verify").exit_code == 0


def test_a_node_whose_settings_were_never_accepted_asks_for_it(node) -> None:
    from sqlalchemy import text

    with Node.open(node.folder) as opened, opened.site.store.writing() as work:
        work.connection.execute(text("DELETE FROM accepted_settings"))
    refused = node("people", "list")
    assert (refused.exit_code, "never accepted" in refused.stderr) == (3, True)
    assert node(*APPLY).exit_code == 0
    assert node("people", "list").exit_code == 0
