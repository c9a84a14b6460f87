"""The template: right as it stands, open where policies differ, and whole once it is filled in."""

from __future__ import annotations

from datetime import date
from importlib import resources

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.policy import Gate, load_pack, load_policy
from alpr_core.policy.vocabulary import TO_COME

ON = date(2026, 11, 23)
FILLED = {
    "4(a)": {"at_most": "P30D", "source": "Policy 9.4"},
    "4(b)": {"period": "P90D", "source": "Schedule of 2026-01-05, item 12"},
    "5(b) kept": {"at_least": "P1Y", "source": "Schedule of 2026-01-05, item 13"},
    "5(e)": {"every": "P6M", "source": "Audit plan"},
}


@pytest.fixture(scope="module")
def pack():
    return load_pack("template", actions=ACTIONS)


def test_it_says_that_it_is_to_be_filled_in(pack) -> None:
    assert pack.status == "template"
    assert "No department has adopted it" in pack.disclaimer


def test_every_number_is_open_and_says_where_it_is_found(pack) -> None:
    assert {clause.id: name for clause, name, _ in pack.open_values} == {
        clause: next(name for name in values if name != "source") for clause, values in FILLED.items()
    }
    assert all(value.found for _, _, value in pack.open_values)


def test_once_it_is_filled_in_nothing_is_missing() -> None:
    assert len(load_policy("template").missing(ON)) == len(FILLED)
    assert load_policy("template", values=FILLED).missing(ON) == []


def test_every_act_is_somebodys_and_administering_opens_no_data(pack) -> None:
    gate = Gate(pack)
    assert gate.actions_of(pack.roles) == ACTIONS | set(TO_COME)
    for role in ("program_manager", "admin", "auditor"):
        assert not gate.actions_of([role]) & {"search.run", "read.show", "image.open", "image.print"}


def test_each_open_value_is_announced_above_its_clause() -> None:
    text = (resources.files("alpr_core.policy") / "packs" / "template.toml").read_text(encoding="utf-8")
    parts = text.split("\n[[clause]]\n")
    opened = [at for at, part in enumerate(parts) if "{ open = " in part and at]
    assert len(opened) == len(FILLED)
    assert all("# CHOOSE" in parts[at - 1] for at in opened)


def test_a_copy_of_it_is_a_pack_of_its_own(tmp_path) -> None:
    text = (resources.files("alpr_core.policy") / "packs" / "template.toml").read_text(encoding="utf-8")
    (tmp_path / "springfield.toml").write_text(text.replace('id = "template"', 'id = "springfield"'))
    assert load_pack("./springfield.toml", folder=tmp_path, actions=ACTIONS).id == "springfield"
