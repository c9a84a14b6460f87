"""Belton's Policy 461: what its rows ask beside a decision."""

from __future__ import annotations

from datetime import date

import pytest
import rows_belton_mo
from rowtable import TRAINED, asking

from alpr_core.models import Verdict
from alpr_core.policy import Policy

ON = date(2026, 11, 23)
PAPER = rows_belton_mo


@pytest.mark.clause("B11")
def test_transfers_are_at_most_thirty_days_apart(policy) -> None:
    limit = policy.limit("transfer", ON)
    assert limit.most is not None
    assert (str(limit.most[0]), limit.most[1].id) == ("P30D", "461.4 transfer")


@pytest.mark.clause("B10")
def test_nothing_is_public_and_what_the_state_delivered_leaves_in_no_export(policy) -> None:
    for origin in ("own", "mules", "ncic"):
        assert policy.closed(origin, "public", ON) is not None
    exported = policy.closed("mules", "export", ON)
    assert exported is not None
    assert exported.id == "461.4 confidential"
    assert policy.closed("own", "export", ON) is None


@pytest.mark.clause("B12")
def test_after_its_period_data_should_be_purged_and_what_stays_longer_is_a_finding(policy) -> None:
    limit = policy.limit("retention", ON)
    assert limit.least is not None
    assert limit.most is not None
    assert str(limit.least[0]) == str(limit.most[0]) == "P60D"
    assert limit.most[1].rule.then == "should_purge"


@pytest.mark.clause("B13")
def test_what_is_held_as_evidence_is_not_overdue_for_purge(policy) -> None:
    assert policy.limit("retention", ON, held=True).most is None


@pytest.mark.clause("B19")
def test_audits_come_as_often_as_the_department_says(policy) -> None:
    most = policy.limit("audit", ON).most
    assert most is not None
    assert (str(most[0]), most[1].strength) == ("P1M", "should")


@pytest.mark.clause("B9")
def test_enforcement_on_an_alert_alone_goes_on_with_a_reason_and_is_warned_of(decide) -> None:
    alone = asking("hit.dispose", facts={**TRAINED, "enforcement": True}, reason="MULES was down")
    assert decide(alone).verdict is Verdict.WARN


@pytest.mark.clause("B1")
def test_every_purpose_of_the_first_paragraph_is_one(policy) -> None:
    first = {"stolen_vehicle", "wanted", "stolen_plate", "missing_person", "electronic_surveillance"}
    assert first <= set(policy.purposes)
    assert "active_case" not in policy.purposes


def test_what_the_paper_leaves_open_is_open(pack) -> None:
    assert [clause.id for clause, _, _ in pack.open_values] == ["461.4 retention", "461.5(e)"]
    assert Policy(pack).missing(ON)
