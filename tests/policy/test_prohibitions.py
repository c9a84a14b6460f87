"""What the rules about what is never done decide."""

from __future__ import annotations

from datetime import date

import pytest

from alpr_core.errors import ConfigError
from alpr_core.models import Verdict
from alpr_core.policy import Gate, lay_over

FIELDS = {"rule": "prohibited_fields", "fields": ["name", "race"]}


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ([], "met"),
        (["colour"], "met"),
        (["race"], "not met"),
        (["colour", "name"], "not met"),
        ("name", "not met"),
        (None, "not met"),
        ({"race": "x"}, "not met"),
    ],
)
@pytest.mark.parametrize("action", ["read.record", "hotlist.import", "hotlist.add"])
def test_what_holds_a_personal_field_is_not_stored(word_of, action, fields, word):
    assert word_of(FIELDS, action, facts={"fields": fields}) == word


def test_what_nobody_looked_at_is_not_stored(word_of):
    assert word_of(FIELDS, "hotlist.import") == "not met"
    assert word_of(FIELDS, "search.run") == "silent"


def test_a_denial_names_the_fields_found_and_no_others(make_pack, ask):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "*"},
            {"strength": "must", **FIELDS},
        )
    )
    (said,) = gate.decide(ask("read.record", facts={"fields": ["race", "plate"]})).reasons
    assert "it holds race, which is not collected here" in said


# ---------------------------------------------------------------------------
# Uses
# ---------------------------------------------------------------------------


def use(name: str, action: str = "read.export", **values: object) -> dict:
    return {"rule": "prohibited_uses", "use": name, "action": action, **values}


@pytest.mark.parametrize(
    ("clause", "facts", "word"),
    [
        (use("tracking"), {"names_one": True}, "not met"),
        (use("tracking"), {"names_one": 1}, "not met"),
        (use("tracking"), {"names_one": False, "repeated": True}, "silent"),
        (use("tracking"), {}, "silent"),
        (use("tracking", "search.run"), {"names_one": True}, "silent"),
        (use("tracking", "search.run"), {"names_one": True, "repeated": True}, "not met"),
        (use("tracking", "search.run"), {"names_one": True, "repeated": "often"}, "not met"),
        (use("area", purpose="wanted"), {"by_area": True}, "not met"),
        (use("area", purpose="wanted"), {"by_area": "yes"}, "not met"),
        (use("area", purpose="wanted"), {"by_area": False}, "silent"),
        (use("area", purpose="wanted"), {}, "silent"),
        (use("bulk", at_most=100), {"rows": 101}, "not met"),
        (use("bulk", at_most=100), {"rows": 100}, "silent"),
        (use("bulk", at_most=100), {"rows": "7"}, "not met"),
        (use("bulk", at_most=100), {}, "not met"),
        (use("bulk", at_most=0), {"rows": 1}, "not met"),
        (use("bulk", at_most=0), {"rows": 0}, "silent"),
        (use("offence", offences="minor_misdemeanor"), {"offence": "minor_misdemeanor"}, "not met"),
        (use("offence", offences="minor_misdemeanor"), {"offence": "felony"}, "silent"),
        (use("offence", offences="minor_misdemeanor"), {}, "silent"),
        (use("destination", destinations=["public", "vendor"]), {"destination": "vendor"}, "not met"),
        (use("destination", destinations=["public", "vendor"]), {"destination": "media"}, "silent"),
        (use("destination", destinations=["public", "vendor"]), {}, "silent"),
    ],
)
def test_a_use_that_is_prohibited_is_denied_and_any_other_is_left_alone(make_pack, ask, clause, facts, word):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "*"},
            {"strength": "may", "rule": "purposes", "codes": {"wanted": "Wanted"}},
            {"strength": "must", "id": "x", **clause},
        )
    )
    decision = gate.decide(ask(clause["action"], facts=facts))
    assert {"not met": ("x",), "silent": ("c1",)}[word] == decision.clauses


def test_an_area_is_open_to_the_approved_purposes(make_pack, ask):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "*"},
            {"strength": "may", "rule": "purposes", "codes": {"wanted": "Wanted", "patrol": "Patrol"}},
            {"strength": "must", "id": "x", **use("area", "search.run", purpose="wanted")},
        )
    )
    assert gate.decide(ask(purpose="wanted", facts={"by_area": True})).allowed
    assert gate.decide(ask(purpose="patrol", facts={"by_area": True})).clauses == ("x",)
    assert gate.decide(ask(purpose="patrol")).allowed


@pytest.mark.parametrize(
    ("case", "approved_by", "word"),
    [
        ("26-1", ["chief"], "met"),
        ("26-1", ["designee"], "not met"),
        ("26-1", [], "not met"),
        ("", ["chief"], "not met"),
        ("  ", ["chief"], "not met"),
    ],
)
def test_a_use_that_one_office_can_approve_needs_that_office_and_a_case(word_of, case, approved_by, word):
    tracking = use("tracking", approver="chief")
    facts = {"names_one": True, "approved_by": approved_by}
    assert word_of(tracking, "read.export", case=case, facts=facts) == word


def test_a_denial_says_who_alone_can_approve(make_pack, ask):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "*"},
            {"strength": "must", **use("tracking", approver="auditor")},
        )
    )
    said = gate.decide(ask("read.export", facts={"names_one": True})).explanation
    assert "it follows one plate or person; only the Auditor can approve that, within an ongoing case" in said


@pytest.mark.parametrize("rows", [0, 1])
def test_while_how_many_reads_are_too_many_is_open_none_are_and_the_node_cannot_go_live(make_pack, ask, rows):
    left_open = {"open": "How many reads at once", "found": "The Chief sets it"}
    pack = make_pack(
        {"strength": "may", "rule": "role", "role": "officer", "action": "*"},
        {"strength": "must", "id": "IV", **use("bulk", at_most=left_open)},
    )
    assert [clause.id for clause, _, _ in pack.open_values] == ["IV"]
    assert lay_over([pack]).missing(date(2026, 11, 23)) == [
        "IV: How many reads at once is open. The Chief sets it"
    ]
    asked = ask("read.export", facts={"rows": rows})
    assert Gate(pack).decide(asked).allowed
    filled = lay_over([pack], values={"IV": {"at_most": 0, "source": "Order of the Chief"}})
    assert Gate(filled).decide(asked).allowed == (rows == 0)


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"use": "area"}, ["purpose: is missing; use = 'area' needs it."]),
        ({"use": "bulk"}, ["at_most: is missing; use = 'bulk' needs it."]),
        ({"use": "offence"}, ["offences: is missing; use = 'offence' needs it."]),
        ({"use": "destination"}, ["destinations: is missing; use = 'destination' needs it."]),
        ({"use": "tracking", "at_most": 3}, ["at_most: belongs to use = 'bulk'."]),
        (
            {"use": "area", "offences": "felony"},
            ["purpose: is missing; use = 'area' needs it.", "offences: belongs to use = 'offence'."],
        ),
    ],
)
def test_each_use_has_its_own_value_and_no_others(make_pack, values, problems):
    with pytest.raises(ConfigError) as caught:
        make_pack({"strength": "must", "rule": "prohibited_uses", "action": "read.export", **values})
    assert list(caught.value.problems) == [f"clause c1: {problem}" for problem in problems]


@pytest.mark.parametrize(
    ("clause", "action", "facts"),
    [(FIELDS, "read.record", {"fields": ["name"]}), (use("tracking"), "read.export", {"names_one": True})],
    ids=["prohibited_fields", "prohibited_uses"],
)
def test_each_kind_denies_with_must_warns_with_should_and_is_refused_with_may(
    make_pack, ask, clause, action, facts
):
    granted = {"strength": "may", "rule": "role", "role": "officer", "action": "*"}
    must, should = (
        Gate(make_pack(granted, {"strength": strength, "id": "5", **clause}))
        for strength in ("must", "should")
    )
    reasoned = ask(action, facts=facts, reason="because")
    assert must.decide(reasoned).clauses == ("5",)
    assert should.decide(ask(action, facts=facts)).clauses == ("5",)
    assert should.decide(reasoned).verdict is Verdict.WARN
    with pytest.raises(ConfigError, match=f"strength: a `{clause['rule']}` clause binds"):
        make_pack({"strength": "may", **clause})


@pytest.mark.parametrize(("use", "is_right"), [("bulk", True), ("tracking", False)])
def test_only_how_much_is_bulk_can_be_open(make_pack, use, is_right):
    value = {"open": "How many", "found": "The Chief sets it."}
    clause = {
        "strength": "must",
        "rule": "prohibited_uses",
        "use": use,
        "action": "read.export",
        "at_most": value,
    }
    if is_right:
        assert [name for _, name, _ in make_pack(clause).open_values] == ["at_most"]
        return
    with pytest.raises(ConfigError, match="at_most: cannot be open here"):
        make_pack(clause)
