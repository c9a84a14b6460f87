"""What the department owes by a paragraph, and no act can be held against."""

from __future__ import annotations

import pytest

from alpr_core.errors import ConfigError
from alpr_core.periods import Period
from alpr_core.policy import Gate
from alpr_core.policy.rules import BUILT_IN

OFFICERS_SEARCH = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}

DUTIES = {
    "audit_schedule": {"every": "P1Y"},
    "annual_report": {"due": "03-31", "included_in": "The department's annual report"},
    "publish": {"what": "policy", "at": "The department's website"},
    "breach": {"refers_to": "The records policy", "within": "PT1H"},
    "major_crimes": {"codes": {"homicide": "Homicide"}},
    "banner": {"every": "P1Y"},
    "statement": {},
    "transfer_limit": {"at_most": "P30D"},
    "access_record_kept": {"at_least": "P5Y"},
}


def test_the_table_has_every_kind_that_decides_nothing():
    assert set(DUTIES) == {kind for kind, rule in BUILT_IN.items() if rule.how != "enforced"}


@pytest.mark.parametrize("strength", ["must", "should", "may"])
@pytest.mark.parametrize("kind", DUTIES)
def test_a_duty_stands_in_the_pack_and_is_silent_on_every_act(make_pack, ask, kind, strength):
    duty = {"strength": strength, "rule": kind, "id": "9", **DUTIES[kind]}
    pack = make_pack(OFFICERS_SEARCH, duty)
    gate = Gate(pack)
    for action in ("search.run", "never.named"):
        assert "9" not in [each.clause for each in gate.decide(ask(action)).findings]
    assert gate.decide(ask()).allowed
    assert pack.clause("9").as_json()["rule"] == kind


@pytest.mark.parametrize(
    ("kind", "limit", "least", "most"),
    [
        ("audit_schedule", "audit", None, "P1Y"),
        ("breach", "breach", None, "PT1H"),
        ("transfer_limit", "transfer", None, "P30D"),
        ("access_record_kept", "access_record", "P5Y", None),
    ],
)
def test_a_duty_in_time_sets_a_limit(make_pack, kind, limit, least, most):
    pack = make_pack({"strength": "must", "rule": kind, **DUTIES[kind]})
    (bound,) = pack.clauses[0].rule.bounds()
    periods = [text and Period.parse(text) for text in (least, most)]
    assert [bound.limit, bound.least, bound.most] == [limit, *periods]


@pytest.mark.parametrize("due", ["13-01", "02-29", "2-28", "31.03.", "02-30", "", "٠٣-٣١"])
def test_the_annual_report_is_due_on_a_day_that_every_year_has(make_pack, due):
    report = {"strength": "must", "rule": "annual_report", "due": due}
    with pytest.raises(ConfigError, match=r"clause c1: due: .* is no day that every year has"):
        make_pack(report)


def test_the_day_of_the_annual_report_may_be_left_open_and_is_not_left_out(make_pack):
    left_open = {"open": "The day", "found": "The calendar of reports"}
    pack = make_pack({"strength": "must", "rule": "annual_report", "due": left_open})
    assert [name for _, name, _ in pack.open_values] == ["due"]
    with pytest.raises(ConfigError, match="due: is missing; or is it left open"):
        make_pack({"strength": "must", "rule": "annual_report"})


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("audit_schedule", "reported"),
        ("annual_report", "reported"),
        ("publish", "reported"),
        ("breach", "recorded"),
        ("major_crimes", "reported"),
        ("banner", "recorded"),
        ("statement", "by_hand"),
        ("transfer_limit", "reported"),
        ("access_record_kept", "recorded"),
    ],
)
def test_a_duty_says_how_it_is_kept_and_its_clause_may_say_better(make_pack, kind, kept):
    duty = {"strength": "must", "rule": kind, **DUTIES[kind]}
    assert make_pack(duty).clauses[0].kept == kept
    assert make_pack({**duty, "how": "by_hand"}).clauses[0].kept == "by_hand"


@pytest.mark.parametrize("kind", DUTIES)
def test_no_duty_can_be_said_to_be_enforced(make_pack, kind):
    with pytest.raises(ConfigError, match=f"how: a `{kind}` clause is .*, not enforced"):
        make_pack({"strength": "must", "rule": kind, "how": "enforced", **DUTIES[kind]})


def test_a_statement_is_in_the_pack_and_silent(make_pack, ask):
    said = {"strength": "must", "rule": "statement", "who": "Records manager", "id": "9"}
    pack = make_pack(OFFICERS_SEARCH, said)
    decision = Gate(pack).decide(ask())
    assert decision.allowed
    assert "9" not in decision.clauses
    assert pack.clause("9").as_json()["who"] == "Records manager"
