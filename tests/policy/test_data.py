"""What the rules about data decide: how long it is kept, what is held, and where it may go."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from alpr_core.errors import ConfigError
from alpr_core.models import Verdict
from alpr_core.policy import Gate, Policy

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)  # when the requests of `ask` are made


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


# ---------------------------------------------------------------------------
# Retention and holds
# ---------------------------------------------------------------------------


def kept(keeps: str, period: object = "P30D") -> dict:
    return {"rule": "retention", "keeps": keeps, "period": period, "then": "may_purge"}


@pytest.mark.parametrize(
    ("keeps", "captured_at", "word"),
    [
        ("at_least", days_ago(20), "not met"),
        ("at_least", days_ago(29.9), "not met"),
        ("at_least", days_ago(30), "met"),
        ("at_least", days_ago(400), "met"),
        ("at_least", None, "not met"),
        ("at_least", "2026-01-01", "not met"),
        ("at_least", days_ago(400).replace(tzinfo=None), "not met"),
        ("exactly", days_ago(20), "not met"),
        ("exactly", days_ago(30), "met"),
        ("at_most", days_ago(20), "silent"),
        ("at_most", None, "silent"),
    ],
)
def test_data_is_not_destroyed_before_its_time(word_of, keeps, captured_at, word):
    assert word_of(kept(keeps), "read.purge", facts={"captured_at": captured_at}) == word


def test_data_of_which_nobody_said_the_age_is_not_destroyed(word_of):
    assert word_of(kept("at_least"), "read.purge") == "not met"


def test_an_age_that_no_calendar_has_is_not_met_rather_than_an_error(word_of):
    assert word_of(
        kept("at_least"), "read.purge", facts={"captured_at": datetime.max.replace(tzinfo=UTC)}
    ) == ("not met")


@pytest.mark.parametrize("keeps", ["at_least", "exactly", "at_most"])
def test_nothing_is_destroyed_while_the_period_is_open(word_of, keeps):
    left_open = {"open": "The minimum period", "found": "The records schedule"}
    assert word_of(kept(keeps, left_open), "read.purge", facts={"captured_at": days_ago(4000)}) == "not met"


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 23), ("UTC", 24)])
def test_a_day_is_counted_in_the_zone_of_the_node(make_pack, ask, zone, hours):
    pack = make_pack(
        {"strength": "may", "rule": "role", "role": "officer", "action": "read.purge"},
        {"strength": "must", "id": "2", **kept("at_least", "P1D")},
    )
    gate = Gate(Policy(pack, zone=ZoneInfo(zone)))
    captured_at = datetime(2026, 3, 7, 17, tzinfo=UTC)  # the clocks of New York go forward in the night
    purge = ask("read.purge", facts={"captured_at": captured_at})
    over = captured_at + timedelta(hours=hours)
    assert not gate.decide(replace(purge, at=over - timedelta(minutes=1))).allowed
    assert gate.decide(replace(purge, at=over)).allowed


@pytest.mark.parametrize(
    ("keeps", "least", "most"), [("at_least", 30, None), ("exactly", 30, 30), ("at_most", None, 30)]
)
def test_a_period_is_a_minimum_a_maximum_or_both(make_pack, keeps, least, most):
    (bound,) = make_pack({"strength": "must", **kept(keeps)}).clauses[0].rule.bounds()
    assert bound.limit == "retention"
    assert [side and side.days for side in (bound.least, bound.most)] == [least, most]


def test_an_open_period_sets_no_limit(make_pack):
    left_open = {"open": "The minimum period", "found": "The records schedule"}
    pack = make_pack({"strength": "must", **kept("at_least", left_open)})
    assert list(pack.clauses[0].rule.bounds()) == []


HOLD = {"rule": "hold", "reasons": ["criminal", "records_demand"]}


@pytest.mark.parametrize(
    ("action", "facts", "word"),
    [
        ("read.purge", {"held": False}, "met"),
        ("read.purge", {"held": True}, "not met"),
        ("read.purge", {"held": "no"}, "not met"),
        ("read.purge", {"held": 0}, "not met"),
        ("read.purge", {}, "not met"),
        ("hold.place", {"hold_reason": "criminal"}, "met"),
        ("hold.place", {"hold_reason": "curiosity"}, "not met"),
        ("hold.place", {}, "not met"),
        ("hold.end", {}, "silent"),
    ],
)
def test_what_is_held_is_not_destroyed_and_a_hold_has_one_of_the_reasons(word_of, action, facts, word):
    assert word_of(HOLD, action, facts=facts) == word


@pytest.mark.parametrize("mode", ["book_portable_media", "attach_to_report"])
def test_a_hold_ends_once_the_data_is_kept_as_evidence_in_the_way_of_the_paragraph(word_of, mode):
    evidence = {"rule": "evidence", "mode": mode}
    other = {"book_portable_media": "attach_to_report", "attach_to_report": "book_portable_media"}[mode]
    assert word_of(evidence, "hold.end", facts={"kept_as_evidence": mode}) == "met"
    assert word_of(evidence, "hold.end", facts={"kept_as_evidence": other}) == "not met"
    assert word_of(evidence, "hold.end") == "not met"
    assert word_of(evidence, "read.purge") == "silent"


# ---------------------------------------------------------------------------
# Releases and referrals
# ---------------------------------------------------------------------------

TO_POLICE = {"rule": "release", "to": "law_enforcement", "verified": True}
TO_OTHERS = {"rule": "release", "to": "other", "legal_basis": True}
NEVER = {"rule": "release", "to": "other", "never": True}
OREGON = {"rule": "release", "to": ["law_enforcement", "prosecutor"], "within_state": "or"}


@pytest.mark.parametrize(
    ("clause", "facts", "word"),
    [
        (TO_POLICE, {"recipient": "law_enforcement", "recipient_verified": True}, "met"),
        (TO_POLICE, {"recipient": "law_enforcement", "recipient_verified": "yes"}, "not met"),
        (TO_POLICE, {"recipient": "law_enforcement"}, "not met"),
        (TO_POLICE, {}, "not met"),
        (TO_POLICE, {"recipient": "prosecutor"}, "silent"),
        (TO_OTHERS, {"recipient": "other", "legal_basis": "ORS 192.345"}, "met"),
        (TO_OTHERS, {"recipient": "other", "legal_basis": "  "}, "not met"),
        (TO_OTHERS, {"recipient": "other", "legal_basis": None}, "not met"),
        (TO_OTHERS, {"recipient": "other"}, "not met"),
        (TO_OTHERS, {"recipient": "newspaper"}, "not met"),
        (TO_OTHERS, {"recipient": ["law_enforcement"]}, "not met"),
        (NEVER, {"recipient": "other", "legal_basis": "ORS 192.345"}, "not met"),
        (NEVER, {"recipient": "broker"}, "not met"),
        (NEVER, {"recipient": "law_enforcement"}, "silent"),
        (OREGON, {"recipient": "prosecutor", "recipient_state": "or"}, "met"),
        (OREGON, {"recipient": "prosecutor", "recipient_state": "wa"}, "not met"),
        (OREGON, {"recipient": "law_enforcement", "recipient_state": "federal"}, "not met"),
        (OREGON, {"recipient": "law_enforcement"}, "not met"),
        (OREGON, {"recipient": "prosecutor", "recipient_state": "wa", "legal_basis": "A treaty"}, "met"),
    ],
)
def test_a_release_meets_the_conditions_for_its_recipient(word_of, clause, facts, word):
    assert word_of(clause, "release.make", facts=facts) == word


def test_a_release_lacks_every_condition_that_it_lacks_at_once(make_pack, ask):
    both = {"strength": "must", "rule": "release", "verified": True, "legal_basis": True}
    gate = Gate(make_pack({"strength": "may", "rule": "role", "role": "officer", "action": "*"}, both))
    (said,) = gate.decide(ask("release.make", facts={"recipient": "other"})).reasons
    assert "were not verified and the law that permits the release is not named" in said


def test_who_gets_nothing_gets_it_on_no_conditions(make_pack):
    with pytest.raises(ConfigError, match="never: nothing is released, so there are no conditions"):
        make_pack({"strength": "must", **NEVER, "verified": True})


def test_a_recipient_of_no_known_class_is_a_mistake_in_the_pack(make_pack):
    with pytest.raises(ConfigError, match="clause c1: to"):
        make_pack({"strength": "must", "rule": "release", "to": "newspaper"})


def test_requests_from_outside_are_answered_by_the_office_alone(word_of):
    referral = {"rule": "referral", "to": "records"}
    assert word_of(referral, "referral.fulfil", "records") == "met"
    assert word_of(referral, "referral.fulfil", "officer") == "not met"
    assert word_of(referral, "release.make", "officer") == "not met"
    assert word_of(referral, "release.make", "officer", facts={"recipient": "other"}) == "not met"
    for inside in ("law_enforcement", "prosecutor"):
        assert word_of(referral, "release.make", "officer", facts={"recipient": inside}) == "silent"
    assert word_of(referral, "search.run", "officer") == "silent"


@pytest.mark.parametrize(
    ("clause", "action", "facts"),
    [
        (kept("at_least"), "read.purge", {}),
        (HOLD, "read.purge", {}),
        ({"rule": "evidence", "mode": "attach_to_report"}, "hold.end", {}),
        (TO_POLICE, "release.make", {"recipient": "law_enforcement"}),
        ({"rule": "referral", "to": "auditor"}, "referral.fulfil", {}),
    ],
    ids=["retention", "hold", "evidence", "release", "referral"],
)
def test_each_kind_denies_with_must_warns_with_should_and_is_refused_with_may(
    make_pack, ask, clause, action, facts
):
    granted = {"strength": "may", "rule": "role", "role": "officer", "action": "*"}
    must, should = (
        Gate(make_pack(granted, {"strength": strength, "id": "5", **clause}))
        for strength in ("must", "should")
    )
    plain, reasoned = ask(action, facts=facts), ask(action, facts=facts, reason="because")
    assert must.decide(plain).clauses == must.decide(reasoned).clauses == ("5",)
    assert should.decide(plain).clauses == ("5",)
    assert should.decide(reasoned).verdict is Verdict.WARN
    with pytest.raises(ConfigError, match=f"strength: a `{clause['rule']}` clause binds"):
        make_pack({"strength": "may", **clause})
