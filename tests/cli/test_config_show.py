"""The settings in force, for who may see them; that they were seen is on record."""

from __future__ import annotations

import json


def test_every_setting_in_force_is_shown_defaults_included(node) -> None:
    node.log_in()
    shown = node("config", "show", "--json")
    assert shown.exit_code == 0, shown.output
    settings = json.loads(shown.stdout)
    assert settings["node"]["name"] == "test-node"
    assert settings["recognizer"]["use"] == "auto"


def test_the_table_names_section_and_key(node) -> None:
    node.log_in()
    assert "[policy] pack" in node("config", "show").stdout


def test_looking_is_on_record(node) -> None:
    node.log_in()
    node("config", "show")
    assert [entry["kind"] for entry in node.entries("config.show")] == ["config.show"]


def test_an_officer_is_denied(as_officer) -> None:
    denied = as_officer("config", "show")
    assert denied.exit_code == 3
    assert denied.stdout == ""
