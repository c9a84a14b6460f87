"""``[policy]`` of alpr.toml at work: overlays, values and choices decide on a node, and its ledger names them."""

from __future__ import annotations

import pytest

from alpr_core.config import load
from alpr_core.errors import ConfigError
from alpr_core.node import Node
from alpr_core.policy import load_pack

LAW = """
id = "law"
title = "A law"
version = "7"
department = "The state"
document = "House Bill 30"
source = "The tests"
effective = 2026-01-01
disclaimer = "An example."
kind = "overlay"

[[clause]]
id = "HB 30 case"
strength = "must"
rule = "access_record"
action = "hotlist.add"
fields = ["case"]
says = "Every entry names its case."

[[clause]]
id = "HB 30 days"
strength = "must"
rule = "retention"
period = "P30D"
keeps = "at_most"
then = "must_purge"
says = "Reads are destroyed within 30 days."
"""
OPEN_CLAUSES = """
[[clause]]
id = "5(a)"
strength = "should"
rule = "retention"
period = { open = "The minimum period of the records schedule", found = "Ask the Records Manager." }
keeps = "at_least"
then = "may_purge"
says = "Kept for the minimum period of the records schedule."

[[clause]]
id = "5(b)"
strength = "should"
rule = "audit_schedule"
every = { open = "How often the system is audited", found = "Ask the Chief." }
says = "Audits are made on a regular basis."
"""
VALUES = """
[policy.values]
"5(a)" = { period = "P90D", source = "Records schedule, item 12" }
"5(b)" = { every = "P1Y", source = "Order 7" }
"""
ADD = ("hotlist", "add", "ABC123", "--name", "stolen", "--category", "x", "--purpose", "stolen_vehicle",
       "--reason", "stolen last night at the fair", "--expires", "2099-12-24")  # fmt: skip


def settle(node, text: str, *, overlays: str = "[]", mode: str = "training") -> None:
    """Put a pack of its own under the node, and write `[policy]` and the mode into its settings."""
    (node.folder / "law.toml").write_text(LAW)
    (node.folder / "own.toml").write_text(packaged() + OPEN_CLAUSES)
    settings = node.folder / "alpr.toml"
    written = settings.read_text().replace('pack = "minimal"', 'pack = "own.toml"')
    written = written.replace("overlays = []", f"overlays = {overlays}")
    written = written.replace('mode = "training"', f'mode = "{mode}"')
    settings.write_text(written + text)
    node.accept()


def packaged() -> str:
    from importlib import resources

    return (resources.files("alpr_core.policy") / "packs" / "minimal.toml").read_text(encoding="utf-8")


def test_a_denial_by_an_overlays_clause_is_recorded_with_its_id(as_officer):
    assert as_officer(*ADD).exit_code == 0
    settle(as_officer, VALUES, overlays='["law.toml"]')
    denied = as_officer(*ADD)
    assert denied.exit_code == 3
    assert "HB 30 case" in denied.stderr
    assert "--case" in denied.stderr
    entry = as_officer.entries("act.deny")[-1]
    assert entry["clauses"] == ["HB 30 case"]
    assert (entry["policy"]["pack"], entry["policy"]["version"]) == ("minimal+law", "1+7")
    assert as_officer(*ADD, "--case", "26-104").exit_code == 0
    allowed = as_officer.entries("hotlist.add")[-1]
    assert "HB 30 case" in allowed["clauses"]
    assert allowed["policy"]["digest"] == entry["policy"]["digest"]


def test_the_digest_on_the_ledger_is_that_of_pack_overlay_and_values(as_officer):
    def digest() -> str:
        assert as_officer(*ADD, "--case", "26-104").exit_code == 0
        return as_officer.entries("hotlist.add")[-1]["policy"]["digest"]

    assert digest() == load_pack("minimal").digest
    settle(as_officer, VALUES)
    filled = digest()
    settings = as_officer.folder / "alpr.toml"
    settings.write_text(settings.read_text().replace("P90D", "P91D"))
    as_officer.accept()
    assert len({load_pack("minimal").digest, filled, digest()}) == 3


def test_a_node_in_training_works_with_open_values(as_officer):
    settle(as_officer, "")
    assert as_officer(*ADD).exit_code == 0


def test_a_node_does_not_go_live_while_a_value_is_open_and_each_is_named(as_officer):
    settle(as_officer, "", mode="live")
    with Node.open(as_officer.folder) as node:
        assert node.pending is not None
        assert node.pending.problem.splitlines()[1:] == [
            "  - [node] mode: cannot be 'live' yet: 5(a): The minimum period of the records schedule is open. "
            "Ask the Records Manager.",
            "  - [node] mode: cannot be 'live' yet: 5(b): How often the system is audited is open. Ask the Chief.",
        ]
        assert node.settings.node.mode == "training"
    refused = as_officer(*ADD)
    assert refused.exit_code == 3
    assert "alpr.toml: 2 problems" in refused.stderr
    assert "5(b): How often the system is audited is open" in refused.stderr


def test_a_node_goes_live_once_every_value_is_filled_in(as_officer):
    settle(as_officer, VALUES, mode="live")
    assert as_officer(*ADD).exit_code == 0


def test_a_node_does_not_go_live_while_two_paragraphs_leave_nothing(as_officer):
    settle(as_officer, VALUES, overlays='["law.toml"]', mode="live")
    refused = as_officer(*ADD)
    assert refused.exit_code == 3
    told = " ".join(refused.stderr.split())
    assert "choose between two paragraphs. retention: 5(a) asks for at least 90 days" in told
    assert "HB 30 days for at most 30 days (Reads are destroyed within 30 days.)" in told


def test_a_node_goes_live_on_the_choice_that_was_recorded(as_officer):
    choice = (
        '\n[policy.choices]\nretention = { follow = "HB 30 days", source = "Memo of the city attorney" }\n'
    )
    settle(as_officer, VALUES + choice, overlays='["law.toml"]', mode="live")
    with Node.open(as_officer.folder) as node:
        limit = node.site.gate.policy.limit("retention", node.site.gate.policy.day(node.site.clock()))
    assert limit.least is None
    assert limit.most is not None
    assert limit.most[1].id == "HB 30 days"


def test_what_is_wrong_with_values_and_choices_is_told_by_every_command_at_once(as_officer):
    values = '\n[policy.values]\n"5(c)" = { period = "P90D", source = "x" }\n'
    choices = '[policy.choices]\nretention = { follow = "9", source = "x" }\n'
    settle(as_officer, values + choices, overlays='["law.toml"]')
    refused = as_officer(*ADD)
    assert refused.exit_code == 3
    assert "values: no clause is '5(c)'. Did you mean '5(b)'?" in refused.stderr
    assert "choices: retention: '9' sets no limit on it; one of: HB 30 days." in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        ('[policy.values]\n"5(a)" = { period = "P90D" }', "source"),
        ('[policy.choices]\nretention = { follow = "5(a)" }', "source: is missing"),
        ('[policy.choices]\nretention = "5(a)"', "retention"),
    ],
)
def test_a_value_or_a_choice_without_its_source_is_refused_with_the_settings(as_officer, table, problem):
    settle(as_officer, f"\n{table}\n")
    with pytest.raises(ConfigError) as caught:
        load(as_officer.folder)
    assert problem in caught.value.message


def test_while_settings_wait_the_policy_that_is_shown_and_explained_is_the_one_in_force(node) -> None:
    assert node.log_in().exit_code == 0
    assert node.add("1002", "Sam Roe", "officer").exit_code == 0
    file = node.folder / "alpr.toml"
    file.write_text(file.read_text().replace('pack = "minimal"', 'pack = "leicester-ma"'))
    shown = node("policy", "show")
    assert "Minimal policy" in shown.stdout
    assert "wait to be accepted" in shown.stderr
    given = ("--purpose", "stolen_vehicle", "--case", "26-1")
    assert node("policy", "explain", "search.run", "--as", "officer", *given).exit_code == 0
