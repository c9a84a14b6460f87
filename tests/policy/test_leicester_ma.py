"""Leicester's temporary policy 10.05: what its rows ask beside a decision."""

from __future__ import annotations

from datetime import date

import pytest
import rows_leicester_ma
from rows_leicester_ma import WHY
from rowtable import asking

from alpr_core.entries import ACTIONS
from alpr_core.models import Verdict
from alpr_core.policy import Gate, lay_over, load_pack

ON = date(2026, 11, 23)
PAPER = rows_leicester_ma


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
        assert closed.id == "10.05 II"
    public = policy.closed("own", "public", ON)
    assert public is not None
    assert public.id == "10.05 II (2) public"
    assert policy.closed("own", "export", ON) is None


@pytest.fixture(scope="module")
def under_dcjis(pack):
    overlay = load_pack("ma-dcjis", kind="overlay", actions=ACTIONS)
    assert overlay.state == pack.state == "MA"
    return Gate(lay_over([pack, overlay], values=PAPER.VALUES))


@pytest.mark.clause("L10")
def test_what_dcjis_prohibits_is_denied_by_its_overlay_and_the_rest_goes_on(policy, under_dcjis, ask) -> None:
    unauthorized = ask("state.query", facts={"system": "rmv"}, **WHY)
    assert Gate(policy).decide(unauthorized).allowed
    assert under_dcjis.decide(unauthorized).clauses == ("DCJIS authority",)
    authorized = ask("state.query", facts={"system": "rmv", "authority": ("rmv",)}, **WHY)
    assert under_dcjis.decide(authorized).allowed


def test_under_dcjis_whoever_receives_is_verified_and_the_release_is_logged_with_its_reason(
    policy, under_dcjis, ask
) -> None:
    facts = {"recipient": "prosecutor", "legal_basis": "18 USC 2721(b)(1)", "rows": 1}
    unverified = ask("release.make", "chief", facts=facts, reason="Their case 26-7", **WHY)
    assert Gate(policy).decide(unverified).allowed
    assert under_dcjis.decide(unverified).clauses == ("DCJIS dissemination",)
    verified = {**facts, "recipient_verified": True}
    without_reason = ask("release.make", "chief", facts=verified, **WHY)
    assert under_dcjis.decide(without_reason).clauses == ("DCJIS dissemination log",)
    logged = ask("release.make", "chief", facts=verified, reason="Their case 26-7", **WHY)
    assert under_dcjis.decide(logged).allowed


def test_under_dcjis_the_record_of_disclosures_is_kept_for_five_years(policy, under_dcjis) -> None:
    assert policy.limit("access_record", ON).least is None
    least = under_dcjis.policy.limit("access_record", ON).least
    assert least is not None
    assert (str(least[0]), least[1].id) == ("P5Y", "DCJIS record kept")


def test_how_many_reads_at_once_are_indiscriminate_is_for_the_chief_to_set(pack, policy, ask) -> None:
    assert [clause.id for clause, _, _ in pack.open_values] == ["10.05 IV"]
    asked = ask("read.export", "supervisor", facts={"approved_by": ("chief",), "rows": 1_000_000}, **WHY)
    assert Gate(pack).decide(asked).allowed  # in training: a node with an open value does not go live
    assert Gate(policy).decide(asked).clauses == ("10.05 IV",)
