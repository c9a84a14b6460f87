"""Settings are acts: a node goes on under the old ones until somebody accepts the new, and refuses the rest."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import cv2
import pytest

from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.errors import ConfigError, Denied
from alpr_core.models import Actor
from alpr_core.node import FirstPerson, Node
from alpr_core.services.hotlists import list_hotlists
from alpr_core.services.settings import apply_settings
from alpr_core.vision.scenes import render_scene
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

PASSPHRASE = "correct horse battery staple"
ADD = ("hotlist", "add", "ABC123", "--name", "stolen", "--category", "x", "--purpose", "stolen_vehicle",
       "--reason", "stolen last night at the fair", "--expires", "2099-12-24")  # fmt: skip
NAME = ('name = "test-node"', 'name = "other-node"')
ZONE = ('timezone = "UTC"', 'timezone = "America/Los_Angeles"')
"""Another zone: days are counted in another way, so a second person has to agree."""


def write(node, *changed: tuple[str, str]) -> None:
    """Change alpr.toml as with an editor."""
    file = node.folder / "alpr.toml"
    text = file.read_text()
    for old, new in changed:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)


@pytest.fixture
def as_admin(node):
    """The administrator is logged in; there is an auditor with badge 1003, and an officer with badge 1002."""
    assert node.log_in().exit_code == 0
    assert node.add("1002", "Sam Roe", "officer").exit_code == 0
    assert node.add("1003", "Pat Poe", "auditor").exit_code == 0
    return node


def apply(node, *words: str, second: str = ""):
    agreed = ("--second", second, "--second-passphrase-file", str(node.passphrase_file)) if second else ()
    return node("config", "apply", "--yes", *agreed, *words)


# ---------------------------------------------------------------------------
# What a new node works under
# ---------------------------------------------------------------------------


def test_a_new_nodes_settings_are_accepted_with_the_opening_of_its_ledger(node) -> None:
    opened, accepted, *_ = node.entries()
    assert (opened["kind"], accepted["kind"]) == ("ledger.open", "config.apply")
    assert accepted["actor"]["id"] == "system:init"
    assert accepted["public"]["changes"] == len(node.committed("config.apply", "lines")[0].splitlines())
    assert "[policy] pack: nothing -> minimal" in node.committed("config.apply", "lines")[0]
    with open_source(node.folder / "var" / "alpr.db") as source:
        assert verify(source).size == 4


def test_status_says_that_it_works_under_what_was_accepted(as_admin) -> None:
    assert json.loads(as_admin("status", "--json").stdout)["settings"] == "as accepted"


# ---------------------------------------------------------------------------
# While settings wait
# ---------------------------------------------------------------------------


def test_an_act_is_refused_with_the_difference_line_by_line_and_that_is_on_record(as_admin) -> None:
    write(as_admin, NAME, ZONE)
    denied = as_admin("hotlist", "list")
    assert denied.exit_code == 3
    assert denied.stdout == ""
    assert "2 lines differ" in denied.stderr
    assert "[node] name: test-node -> other-node" in denied.stderr
    assert "[node] timezone: UTC -> America/Los_Angeles" in denied.stderr
    assert "alpr-core config apply" in denied.stderr
    entry = as_admin.entries("act.deny")[-1]
    assert (entry["clauses"], entry["public"]["action"]) == (["settings"], "hotlist.list")
    assert "[node] name: test-node -> other-node" in as_admin.committed("act.deny", "explanation")[-1]


def test_only_what_can_mend_it_goes_on(as_admin) -> None:
    write(as_admin, NAME)
    for words in (("status",), ("config", "show"), ("config", "check"), ("config", "history")):
        assert as_admin(*words).exit_code == 0, words
    assert as_admin("ledger", "verify").exit_code == 0
    assert as_admin("ledger", "checkpoint").exit_code == 0
    assert as_admin("logout").exit_code == 0
    assert as_admin.log_in().exit_code == 0
    for words in (("people", "list"), ("ledger", "keys", "rotate"), ("hotlist", "list")):
        assert as_admin(*words).exit_code == 3, words
    assert as_admin.add("1004", "New One", "officer").exit_code == 3


def test_whoever_may_not_do_it_at_all_is_not_shown_the_settings(as_admin) -> None:
    write(as_admin, NAME)
    assert as_admin.log_in("1002").exit_code == 0
    denied = as_admin("people", "list")
    assert denied.exit_code == 3
    assert "other-node" not in denied.stderr


def test_the_node_works_under_the_old_settings_and_the_old_policy(as_admin) -> None:
    write(as_admin, NAME, ZONE, ('pack = "minimal"', 'pack = "medford-or"'))
    with Node.open(as_admin.folder) as opened:
        assert (opened.settings.node.name, opened.settings.node.timezone) == ("test-node", "UTC")
        assert opened.site.gate.policy.id == "minimal"
    shown = json.loads(as_admin("config", "show", "--json").stdout)
    assert (shown["node"]["name"], shown["policy"]["pack"]) == ("test-node", "minimal")
    assert as_admin("status").exit_code == 0
    assert {entry["node"] for entry in as_admin.entries("status.show")} == {"test-node"}


def test_put_back_they_are_in_force_again_without_a_word(as_admin) -> None:
    write(as_admin, NAME)
    write(as_admin, NAME[::-1])
    assert as_admin("hotlist", "list").exit_code == 0
    assert as_admin("config", "apply").stderr.startswith("Nothing to accept")


@pytest.fixture
def street(tmp_path):
    cv2.imwrite(str(tmp_path / "street.png"), render_scene(7).image)
    return str(tmp_path / "street.png")


def test_reads_are_captured_under_the_old_settings_whatever_became_of_the_file(as_officer, street) -> None:
    before = len(as_officer.entries("read.record"))
    (as_officer.folder / "alpr.toml").write_text("[node\n")
    captured = as_officer("capture", street, "--camera", "gate", "--recognizer", "rapidocr", "--json")
    assert captured.exit_code == 0, captured.output
    assert captured.stdout
    assert "it is not TOML" in captured.stderr
    assert len(as_officer.entries("read.record")) > before
    denied = as_officer(*ADD)
    assert denied.exit_code == 3
    assert "it is not TOML" in denied.stderr
    assert "Traceback" not in denied.output


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ((NAME[0], "nam = 1"), "unknown key. Did you mean 'name'?"),
        (('pack = "minimal"', 'pack = "maximal"'), "there is no such pack"),
        (('use = "auto"', 'use = "rapidocr"\noptions = { thread = 1 }'), "Did you mean 'threads'?"),
        (("test.example/ledger/1", "test.example/ledger/2"), "this node's ledger is test.example/ledger/1"),
    ],
)
def test_wrong_settings_are_accepted_by_nobody_and_the_problem_is_named(as_admin, change, problem) -> None:
    write(as_admin, change)
    for words in (("config", "apply", "--yes"), ("hotlist", "list")):
        refused = as_admin(*words)
        assert refused.exit_code in (1, 3)
        assert problem in refused.stderr
        assert "Traceback" not in refused.output
    assert as_admin("status").exit_code == 0
    assert len(as_admin.entries("config.apply")) == 1


def test_without_any_trace_of_old_settings_a_broken_file_is_an_error(as_admin) -> None:
    (as_admin.folder / "var" / "accepted.json").unlink()
    (as_admin.folder / "alpr.toml").write_text("[node\n")
    broken = as_admin("status")
    assert broken.exit_code == 2
    assert "it is not TOML" in broken.stderr


OBJECTS = """
from alpr_core import hookimpl


@hookimpl
def review_decision(decision, context):
    return "nothing goes on"
"""


def test_a_plugin_that_nobody_accepted_takes_no_part(tmp_path, plugin_site) -> None:
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    answers = Answers(name="n", origin="test.example/ledger/plugin")
    Node.create(tmp_path / "node", answers, first, host=plugin_site.host()).close()
    plugin_site.install("mine", OBJECTS)
    officer = Actor(id="system:test", roles=frozenset({"officer", "admin"}), delegated_by="p1")
    with Node.open(tmp_path / "node", host=plugin_site.host()) as node:
        act = Act(node.site, officer)
        act.admit("read.record")
        assert [change.place for change in node.pending.changes] == ["plugin mine"]
        apply_settings(act, node.pending, second=Actor(id="p2", roles=frozenset({"admin"})))
    with Node.open(tmp_path / "node", host=plugin_site.host()) as node:
        assert node.pending is None
        with pytest.raises(Denied, match="nothing goes on"):
            Act(node.site, officer).admit("read.record")


# ---------------------------------------------------------------------------
# Accepting
# ---------------------------------------------------------------------------


def test_the_program_manager_accepts_a_harmless_change_alone(as_admin) -> None:
    before = as_admin.entries("config.apply")[-1]["public"]["digest"]
    write(as_admin, NAME)
    done = as_admin("config", "apply", "--reason", "moved", typed="y\n")
    assert done.exit_code == 0, done.output
    assert "[node] name: test-node -> other-node" in done.stderr
    entry = as_admin.entries("config.apply")[-1]
    assert entry["public"]["previous"] == before
    assert entry["public"]["changes"] == 1
    assert "second" not in entry["public"]
    assert "other-node" not in json.dumps(entry["public"])
    assert as_admin.committed("config.apply", "lines")[-1] == "[node] name: test-node -> other-node"
    assert as_admin("hotlist", "list").exit_code == 0
    assert as_admin.entries("hotlist.list")[-1]["node"] == "other-node"


def test_whoever_says_no_accepts_nothing(as_admin) -> None:
    write(as_admin, NAME)
    assert as_admin("config", "apply", typed="n\n").exit_code == 1
    assert len(as_admin.entries("config.apply")) == 1


@pytest.mark.clause("M3")
def test_nobody_but_the_program_manager_changes_a_setting(as_admin) -> None:
    write(as_admin, NAME)
    for badge in ("1002", "1003"):
        assert as_admin.log_in(badge).exit_code == 0
        assert apply(as_admin, second="1001").exit_code == 3
    assert len(as_admin.entries("config.apply")) == 1


def test_what_loosens_needs_a_second_person_whose_pseudonym_is_on_record(as_admin) -> None:
    write(as_admin, ZONE)
    done = as_admin("config", "apply", "--yes", typed=f"1003\n{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert "a second person has to agree" in done.stderr
    assert PASSPHRASE not in done.output
    entry = as_admin.entries("config.apply")[-1]
    assert entry["public"]["second"] != entry["actor"]["id"]
    assert entry["public"]["alone"] is False
    assert as_admin("hotlist", "list").exit_code == 0


@pytest.mark.parametrize(
    ("second", "status", "why", "recorded"),
    [
        ("1001", 1, "first one again", None),
        ("1002", 3, "config.agree", "act.deny"),
        ("9999", 3, "badge number or the passphrase is wrong", "person.fail"),
    ],
    ids=["the first again", "an officer", "nobody"],
)
def test_whoever_may_not_agree_is_refused(as_admin, second, status, why, recorded) -> None:
    write(as_admin, ZONE)
    refused = apply(as_admin, second=second)
    assert refused.exit_code == status
    assert why in refused.stderr
    assert len(as_admin.entries("config.apply")) == 1
    if recorded:
        assert as_admin.entries()[-1]["kind"] == recorded


def test_no_service_accepts_what_loosens_without_a_second_person(as_admin) -> None:
    write(as_admin, ZONE)
    with Node.open(as_admin.folder) as node:
        act = Act(node.site, Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1"))
        for second in (None, act.actor):
            with pytest.raises(Exception, match="a second person has to agree"):
                apply_settings(act, node.pending, second=second)


def test_the_only_person_that_there_ever_was_accepts_alone_and_the_entry_says_so(node) -> None:
    assert node.log_in().exit_code == 0
    write(node, ZONE)
    done = apply(node)
    assert done.exit_code == 0, done.output
    assert "nobody yet who could agree" in done.stderr
    entry = node.entries("config.apply")[-1]
    assert entry["public"]["alone"] is True
    assert "second" not in entry["public"]


def test_two_at_once_do_not_accept_over_each_other(as_admin) -> None:
    write(as_admin, NAME)
    with Node.open(as_admin.folder) as node:
        act = Act(node.site, Actor(id="system:test", roles=frozenset({"admin"}), delegated_by="p1"))
        assert apply(as_admin).exit_code == 0
        with pytest.raises(Exception, match="other settings meanwhile"):
            apply_settings(act, node.pending)


def test_a_process_that_runs_on_under_former_settings_captures_and_does_nothing_else(as_admin) -> None:
    with Node.open(as_admin.folder) as running:
        admin = Act(running.site, Actor(id="system:t", roles=frozenset({"admin"}), delegated_by="p1"))
        officer = Act(running.site, Actor(id="system:t", roles=frozenset({"officer"}), delegated_by="p1"))
        list_hotlists(admin)
        as_admin.change_settings(*NAME)
        with pytest.raises(Denied, match="start it again"):
            list_hotlists(admin)
        with officer.change("read.record") as change:
            change.record(count=0, first=_time(), last=_time(), reads=[])
    assert as_admin("hotlist", "list").exit_code == 0


def _time() -> str:
    return datetime(2026, 11, 23, tzinfo=UTC).isoformat()


def test_a_pack_under_which_nothing_could_ever_be_changed_makes_no_node(tmp_path) -> None:
    from importlib import resources

    text = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text(encoding="utf-8")
    text = text.replace('"config.show", "config.apply", ', '"config.show", ')
    (tmp_path / "own.toml").write_text(text)
    answers = Answers(name="n", origin="test.example/ledger/never", pack=str(tmp_path / "own.toml"))
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    with pytest.raises(ConfigError, match=r"no role of this pack may config\.apply"):
        Node.create(tmp_path / "node", answers, first)


def test_nor_is_such_a_pack_accepted_later(as_admin) -> None:
    from importlib import resources

    text = (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text(encoding="utf-8")
    (as_admin.folder / "own.toml").write_text(
        text.replace('"config.show", "config.apply", ', '"config.show", ')
    )
    write(as_admin, ('pack = "minimal"', 'pack = "own.toml"'))
    refused = apply(as_admin, second="1003")
    assert refused.exit_code == 1
    assert "no role of this pack may config.apply" in refused.stderr


# ---------------------------------------------------------------------------
# The record
# ---------------------------------------------------------------------------


def test_the_history_says_who_accepted_which_lines_and_when(as_admin) -> None:
    write(as_admin, NAME)
    assert apply(as_admin).exit_code == 0
    write(as_admin, ZONE)
    assert apply(as_admin, second="1003").exit_code == 0
    shown = as_admin("config", "history")
    assert re.search(r":\d\d-0[78]:00, Alex Doe, agreed to by Pat Poe", shown.stdout)
    assert "[node] timezone: UTC -> America/Los_Angeles" in shown.stdout
    first, second, third = (
        json.loads(line) for line in as_admin("config", "history", "--json").stdout.splitlines()
    )
    assert (first["who"], second["who"], second["second"]) == ("Alex Doe", "Alex Doe", "")
    assert second["lines"] == [{"place": "[node] name", "old": "test-node", "new": "other-node"}]
    assert third["second"] == "Pat Poe"
    assert as_admin.entries("config.history")[-1]["public"] == {"count": 3}


def altered(node, statement: str) -> None:
    with closing(sqlite3.connect(node.folder / "var" / "alpr.db")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize("words", ["replace(document, 'test-node', 'test-nodE')", "'no JSON'"])
def test_under_a_document_that_is_not_what_its_entry_says_next_to_nothing_goes_on(as_admin, words) -> None:
    altered(as_admin, f"UPDATE accepted_settings SET document = {words}")
    for called in (("hotlist", "list"), ("config", "apply", "--yes")):
        refused = as_admin(*called)
        assert refused.exit_code in (1, 3)
        assert "its tables were altered" in refused.stderr
        assert "Traceback" not in refused.output
    assert as_admin("ledger", "verify").exit_code == 0


def test_an_acceptance_that_was_taken_away_is_noticed(as_admin) -> None:
    write(as_admin, NAME)
    assert apply(as_admin).exit_code == 0
    altered(as_admin, "DELETE FROM accepted_settings WHERE entry > 1")
    assert as_admin("hotlist", "list").exit_code == 3
    assert "tables were altered" in as_admin("config", "history").stderr
    altered(as_admin, "DELETE FROM accepted_settings")
    assert "tables were altered" in apply(as_admin).stderr
