"""Marion's Policy 427: what its rows ask beside a decision."""

from __future__ import annotations

from datetime import date

import pytest
import rows_marion_oh
from rowtable import asking

from alpr_core.models import Verdict
from alpr_core.policy import Policy

ON = date(2026, 11, 23)
PAPER = rows_marion_oh


@pytest.mark.clause("R15")
def test_transfers_are_at_most_thirty_days_apart(policy) -> None:
    limit = policy.limit("transfer", ON)
    assert limit.most is not None
    assert (str(limit.most[0]), limit.most[1].id) == ("P30D", "427.4 transfer")


@pytest.mark.clause("R14")
def test_nothing_is_public_and_what_the_state_delivered_leaves_in_no_export(policy) -> None:
    for origin in ("own", "leads", "ncic"):
        assert policy.closed(origin, "public", ON) is not None
    exported = policy.closed("leads", "export", ON)
    assert exported is not None
    assert exported.id == "427.4 LEADS"
    assert policy.closed("own", "export", ON) is None


@pytest.mark.clause("R3")
def test_a_reader_without_its_locations_approval_is_installed_with_a_reason_and_warned_of(decide) -> None:
    asked = asking("device.install", "program_manager", facts={}, reason="approval follows tomorrow")
    assert decide(asked).verdict is Verdict.WARN


@pytest.mark.clause("R24")
def test_audits_come_as_often_as_the_department_says(policy) -> None:
    most = policy.limit("audit", ON).most
    assert most is not None
    assert (str(most[0]), most[1].strength) == ("P1M", "should")


@pytest.mark.clause("R16")
def test_after_the_schedules_minimum_data_may_be_purged_and_need_not_be(policy) -> None:
    limit = policy.limit("retention", ON)
    assert limit.least is not None
    assert (str(limit.least[0]), limit.most) == ("P60D", None)


@pytest.mark.clause("R23")
def test_the_commander_posts_the_policy_on_the_departments_website(pack) -> None:
    clause = pack.clause("427.5(e)")
    assert (clause.kept, clause.who) == ("reported", "Administration Staff Commander")
    assert (clause.rule.what, clause.rule.at) == ("policy", "The department website")


@pytest.mark.clause("R25")
def test_the_commanders_annual_report_is_part_of_the_departments_and_due_on_the_day_filled_in(policy) -> None:
    clause = policy.pack.clause("427.5(g)")
    assert (clause.kept, clause.who) == ("reported", "Administration Staff Commander")
    assert (clause.rule.included_in, clause.rule.due) == ("the department annual report", "02-28")


def test_what_the_paper_leaves_open_is_open(pack) -> None:
    assert [clause.id for clause, _, _ in pack.open_values] == ["427.4 retention", "427.5(f)", "427.5(g)"]
    assert Policy(pack).missing(ON)
