"""Oregon's SB 1516 laid over a department's pack: what it tightens, from which day, and what it leaves to choose."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import Verdict
from alpr_core.policy import Choice, Gate, Policy, load_pack, load_policy, overlays_for

BEFORE, ON = date(2026, 3, 30), date(2026, 3, 31)
FACTS = {"trained": ("operate", "access"), "authority": ("department",)}
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}


def medford(period: str = "P30D", **more) -> Policy:
    values = {"462.4 retention": {"period": period, "source": "The city's schedule, item 12"}}
    return load_policy("medford-or", overlays=["or-sb1516"], values=values, actions=ACTIONS, **more)


def florence() -> Policy:
    return load_policy("florence-or", overlays=["or-sb1516"], actions=ACTIONS)


@pytest.fixture(scope="module")
def gate():
    return Gate(medford())


@pytest.fixture(scope="module")
def overlay():
    return load_pack("or-sb1516", kind="overlay", actions=ACTIONS)


def test_it_is_found_by_its_state_and_says_where_it_comes_from(overlay) -> None:
    assert "or-sb1516" in overlays_for("OR")
    assert (overlay.kind, overlay.state, overlay.effective) == ("overlay", "OR", ON)
    assert "counsel must check the enrolled text" in overlay.disclaimer
    assert all(clause.id.startswith("SB 1516 ") for clause in overlay.clauses)


def test_a_minimum_above_thirty_days_leaves_nothing_and_both_paragraphs_are_shown() -> None:
    policy = medford("P90D")
    (limit,) = policy.conflicts(ON)
    assert "462.4 retention asks for at least 90 days" in limit.conflict
    assert "records retention guidelines" in limit.conflict
    assert "SB 1516 retention for at most 30 days" in limit.conflict
    assert "no more than 30 days" in limit.conflict
    assert any("choose between two paragraphs" in each for each in policy.missing(ON))
    assert policy.conflicts(BEFORE) == []


def test_the_recorded_choice_leaves_the_law() -> None:
    chosen = {"retention": Choice("SB 1516 retention", "Memo of the city attorney, 2026-04-12")}
    policy = medford("P90D", choices=chosen)
    assert policy.conflicts(ON) == []
    limit = policy.limit("retention", ON)
    assert limit.least is None
    assert limit.most is not None
    assert (str(limit.most[0]), limit.most[1].id) == ("P30D", "SB 1516 retention")


@pytest.mark.parametrize(
    "policy", [medford("P30D"), medford("P14D"), florence()], ids=["30", "14", "florence"]
)
def test_thirty_days_or_less_keep_both(policy) -> None:
    assert policy.conflicts(ON) == []


def test_data_under_a_hold_is_free_of_the_thirty_days_and_not_of_the_departments_minimum() -> None:
    free = medford("P90D").limit("retention", ON, held=True)
    assert free.most is None
    assert free.least is not None
    assert free.least[1].id == "462.4 retention"
    assert florence().limit("retention", ON, held=True).most is None


def test_a_hold_for_anything_but_a_case_needs_a_reason_from_the_effective_day_on(gate, ask) -> None:
    def hold(reason: str, why: str = ""):
        return gate.decide(ask("hold.place", facts={"hold_reason": reason}, reason=why))

    assert hold("criminal").verdict is Verdict.ALLOW
    assert hold("records_demand").clauses == ("SB 1516 holds",)
    assert hold("records_demand", "request of 2026-11-02, not answered yet").verdict is Verdict.WARN


def test_every_search_has_its_purpose_and_case_number_under_the_law_too(gate, ask) -> None:
    assert gate.decide(ask(facts=FACTS, **WHY)).allowed
    assert "SB 1516 searches" in gate.decide(ask(facts=FACTS, purpose="wanted")).clauses


@pytest.mark.parametrize("policy", [medford(), florence()], ids=["medford", "florence"])
def test_what_leaves_oregon_names_the_law_that_permits_it(policy, ask) -> None:
    def release(**facts):
        to = {**FACTS, "recipient": "law_enforcement", "recipient_verified": True, **facts}
        return Gate(policy).decide(ask("release.make", facts=to, **WHY))

    assert release(recipient_state="or").allowed
    for outside in ({"recipient_state": "ca"}, {"recipient_state": "federal"}, {}):
        assert release(**outside).clauses == ("SB 1516 sharing",)
    assert release(recipient_state="ca", legal_basis="warrant 26-77, Shasta County").allowed


@pytest.mark.parametrize(
    "category", ["Immigration Violator", "IMMIGRATION VIOLATOR", "immigration-violator file"]
)
def test_lists_for_immigration_enforcement_are_not_taken_in(gate, ask, category) -> None:
    def hotlist(named: str):
        facts = {"fields": (), "category": named}
        request = ask("hotlist.import", "program_manager", purpose="administration", facts=facts)
        return gate.decide(request)

    assert hotlist("Stolen Vehicle").allowed
    assert hotlist(category).clauses == ("SB 1516 immigration",)


def test_it_is_silent_before_its_day_where_the_node_is(ask) -> None:
    from dataclasses import replace
    from zoneinfo import ZoneInfo

    oregon = Gate(medford(zone=ZoneInfo("America/Los_Angeles")))
    hold = ask("hold.place", facts={"hold_reason": "records_demand"})
    the_evening_before = datetime(2026, 3, 31, 6, 59, tzinfo=UTC)
    assert oregon.decide(replace(hold, at=the_evening_before)).allowed
    midnight = datetime(2026, 3, 31, 7, 0, tzinfo=UTC)
    assert oregon.decide(replace(hold, at=midnight)).clauses == ("SB 1516 holds",)


def test_it_grants_nothing(overlay, ask) -> None:
    alone, under = Gate(load_pack("medford-or")), Gate(medford())
    assert under.actions_of(["officer", "auditor"]) == alone.actions_of(["officer", "auditor"])
    assert not any(clause.strength == "may" for clause in overlay.clauses)


def test_audits_come_each_quarter_and_are_posted(overlay) -> None:
    most = medford().limit("audit", ON).most
    assert most is not None
    assert (str(most[0]), most[1].id) == ("P3M", "SB 1516 audits")
    posted = overlay.clause("SB 1516 posting")
    assert posted.rule.what == "audits"
    assert "two days" in posted.rule.at


@pytest.mark.parametrize("topic", ["ownership", "CJIS", "encryption", "audits"])
def test_what_a_vendors_contract_says_is_kept_by_hand_and_by_whom(overlay, topic) -> None:
    clause = overlay.clause(f"SB 1516 vendor {topic}")
    assert (clause.strength, clause.kept) == ("must", "by_hand")
    assert clause.who
    assert "outside this software" in clause.where
