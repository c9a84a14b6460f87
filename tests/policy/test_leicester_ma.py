"""Leicester's temporary policy 10.05: what its rows ask beside a decision."""

from __future__ import annotations

from datetime import date

import pytest
from rows_leicester_ma import VALUES, WHY
from rowtable import asking

from alpr_core.entries import ACTIONS
from alpr_core.models import Verdict
from alpr_core.policy import Gate, Policy, lay_over, load_pack

ON = date(2026, 11, 23)


@pytest.fixture(scope="module")
def pack():
    return load_pack("leicester-ma", actions=ACTIONS)


@pytest.fixture(scope="module")
def policy(pack):
    return lay_over([pack], values=VALUES)


@pytest.fixture
def decide(policy, ask):
    def decide(asked):
        fields = {name: value for name, value in asked.items() if name not in ("action", "roles")}
        return Gate(policy).decide(ask(asked["action"], *asked["roles"], **fields))

    return decide


@pytest.mark.clause("L1")
def test_the_policy_is_temporary_and_has_no_day_of_review(pack) -> None:
    assert (pack.status, pack.review, pack.effective) == ("temporary", None, date(2012, 1, 6))


@pytest.mark.clause("L11")
def test_reads_are_kept_for_one_year_neither_more_nor_less(policy) -> None:
    limit = policy.limit("retention", ON)
    assert limit.least is not None
    assert limit.most is not None
    assert str(limit.least[0]) == str(limit.most[0]) == "P1Y"


def test_the_paper_asks_for_no_training_and_no_case_number_on_the_mdt(decide) -> None:
    assert decide(asking("search.run", facts={}, origin="vehicle", purpose="patrol")).verdict is Verdict.ALLOW


def test_what_came_from_the_registry_is_closed_to_the_public_and_to_exports(policy) -> None:
    for to in ("public", "export"):
        closed = policy.closed("rmv", to, ON)
        assert closed is not None
        assert closed.id == "10.05 II RMV"


def test_the_overlay_of_dcjis_asks_for_authority_and_a_purpose_and_loosens_nothing(pack, ask) -> None:
    overlay = load_pack("ma-dcjis", kind="overlay", actions=ACTIONS)
    assert overlay.state == pack.state == "MA"
    gate = Gate(lay_over([pack, overlay]))
    asked = ask("state.query", facts={"system": "rmv"}, **WHY)
    assert gate.decide(asked).clauses == ("DCJIS authority",)
    assert gate.decide(ask("state.query", facts={"system": "rmv", "authority": ("rmv",)}, **WHY)).allowed
    unverified = ask(
        "release.make",
        "chief",
        facts={"rows": 1, "recipient": "prosecutor", "legal_basis": "subpoena"},
        **WHY,
    )
    assert Gate(pack).decide(unverified).allowed
    assert gate.decide(unverified).clauses == ("DCJIS dissemination",)
    assert Policy(pack).limit("access_record", ON).least is None
    least = gate.policy.limit("access_record", ON).least
    assert least is not None
    assert str(least[0]) == "P5Y"
