"""What the rules about people and their acts decide."""

from __future__ import annotations

import pytest

from alpr_core.errors import ConfigError
from alpr_core.models import ANONYMOUS, Actor, Verdict
from alpr_core.policy import Gate

OFFICERS_SEARCH = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}


def test_a_role_may_do_what_its_clause_lists_and_nothing_else(make_pack, ask):
    gate = Gate(make_pack(OFFICERS_SEARCH))
    assert gate.decide(ask("search.run")).allowed
    assert not gate.decide(ask("read.show")).allowed


def test_a_must_role_keeps_everybody_else_from_an_action_they_were_granted(make_pack, ask):
    both = {"strength": "may", "rule": "role", "role": ["officer", "auditor"], "action": "ledger.read"}
    only = {"strength": "must", "rule": "role", "role": "auditor", "action": "ledger.read", "id": "4"}
    gate = Gate(make_pack(both, only))
    assert gate.decide(ask("ledger.read", "auditor")).allowed
    assert gate.decide(ask("ledger.read", "officer")).clauses == ("4",)


def test_a_must_role_grants_nothing_to_its_own_role(make_pack, ask):
    gate = Gate(make_pack({"strength": "must", "rule": "role", "role": "auditor", "action": "ledger.read"}))
    assert gate.decide(ask("ledger.read", "auditor")).clauses == ("default",)


def test_everyone_is_whoever_has_logged_in_and_nobody_else(make_pack, ask):
    gate = Gate(make_pack({"strength": "may", "rule": "role", "role": "everyone", "action": "status.show"}))
    assert gate.decide(ask("status.show", actor=Actor(id="p9"))).allowed
    assert not gate.decide(ask("status.show", actor=ANONYMOUS)).allowed


def test_a_role_claimed_by_nobody_counts_for_nothing(make_pack, ask):
    forged = Actor(id=ANONYMOUS.id, roles=frozenset({"officer"}))
    assert not Gate(make_pack(OFFICERS_SEARCH)).decide(ask("search.run", actor=forged)).allowed


@pytest.fixture
def purposes_gate(make_pack):
    return Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": ["officer", "auditor"], "action": "search.run"},
            {"strength": "may", "rule": "purposes", "codes": {"wanted": "Wanted"}},
            {"strength": "may", "rule": "purposes", "codes": {"audit": "Audit"}, "role": "auditor"},
            {"strength": "must", "rule": "purposes", "action": "search.run", "id": "3"},
        )
    )


def test_an_action_that_demands_a_purpose_is_denied_without_one(purposes_gate, ask):
    decision = purposes_gate.decide(ask())
    assert decision.clauses == ("3",)
    assert "one of: wanted" in decision.explanation


def test_an_action_that_demands_a_purpose_is_allowed_with_a_listed_one(purposes_gate, ask):
    assert purposes_gate.decide(ask(purpose="wanted")).allowed


@pytest.mark.parametrize("purpose", ["curiosity", "WANTED", "wanted ", " ", "audit"])
def test_a_purpose_not_listed_for_this_person_is_denied(purposes_gate, ask, purpose):
    assert purposes_gate.decide(ask(purpose=purpose)).clauses == ("3",)


def test_a_purpose_kept_for_a_role_serves_that_role(purposes_gate, ask):
    assert purposes_gate.decide(ask("search.run", "auditor", purpose="audit")).allowed


def test_a_purpose_outside_the_list_is_denied_where_none_was_demanded(make_pack, ask):
    decision = Gate(make_pack(OFFICERS_SEARCH)).decide(ask(purpose="curiosity"))
    assert decision.clauses == ("default",)


@pytest.mark.parametrize("field", ["purpose", "case", "reason"])
def test_a_record_that_lacks_a_demanded_field_denies_and_names_the_option(make_pack, ask, field):
    demand = {
        "strength": "must",
        "rule": "access_record",
        "action": "search.run",
        "fields": [field],
        "id": "3",
    }
    wanted = {"strength": "may", "rule": "purposes", "codes": {"wanted": "Wanted"}}
    gate = Gate(make_pack(OFFICERS_SEARCH, wanted, demand))
    missing = gate.decide(ask(**{field: "  "} if field != "purpose" else {}))
    assert missing.clauses == ("3",)
    assert f"--{field}" in missing.explanation
    assert gate.decide(ask(**{field: "wanted"})).allowed


@pytest.fixture
def named_gate(make_pack):
    return Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "everyone", "action": "read.record"},
            {
                "strength": "must",
                "rule": "access_record",
                "action": "*",
                "fields": ["name", "date", "time"],
                "id": "5(b)",
            },
        )
    )


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        (Actor(id="p1"), True),
        (ANONYMOUS, False),
        (Actor(id="system:capture"), False),
        (Actor(id="system:capture", delegated_by="p1"), True),
    ],
    ids=["a person", "nobody", "a job of nobody's", "a job somebody ordered"],
)
def test_every_access_has_the_name_of_a_person_behind_it(named_gate, ask, actor, allowed):
    decision = named_gate.decide(ask("read.record", actor=actor))
    assert decision.allowed is allowed
    assert allowed or "5(b)" in decision.clauses


# ---------------------------------------------------------------------------
# Delegation: the only other kind that grants
# ---------------------------------------------------------------------------

DAY_TO_DAY = {"strength": "may", "rule": "delegation", "of": "chief", "action": "hotlist.add", "id": "2"}
CHIEF = {"officer": "Officer", "chief": "Chief of Police"}


@pytest.mark.parametrize("delegated", [["chief"], ["officer", "chief"], "chief"])
def test_whom_the_office_has_assigned_may_do_what_the_clause_lists(make_pack, ask, delegated):
    decision = Gate(make_pack(DAY_TO_DAY, roles=CHIEF)).decide(
        ask("hotlist.add", facts={"delegated": delegated})
    )
    assert (decision.verdict, decision.clauses) == (Verdict.ALLOW, ("2",))


@pytest.mark.parametrize(
    ("action", "request_"),
    [
        ("hotlist.add", {}),
        ("hotlist.add", {"facts": {"delegated": []}}),
        ("hotlist.add", {"facts": {"delegated": ["officer"]}}),
        ("hotlist.add", {"facts": {"delegated": None}}),
        ("hotlist.add", {"facts": {"delegated": ["chief"]}, "actor": ANONYMOUS}),
        ("search.run", {"facts": {"delegated": ["chief"]}}),
    ],
    ids=["nobody assigned", "by nobody", "by another", "no list", "not logged in", "another act"],
)
def test_whom_the_office_has_not_assigned_to_it_may_not(make_pack, ask, action, request_):
    assert not Gate(make_pack(DAY_TO_DAY, roles=CHIEF)).decide(ask(action, **request_)).allowed


def test_a_denial_names_the_office_that_could_assign(make_pack, ask):
    decision = Gate(make_pack(DAY_TO_DAY, roles=CHIEF)).decide(ask("hotlist.add"))
    assert decision.clauses == ("2",)
    assert "the Chief of Police has not assigned this person to hotlist.add" in decision.explanation


def test_a_must_delegation_keeps_everybody_else_from_it_and_grants_nothing(make_pack, ask):
    only = {**DAY_TO_DAY, "strength": "must"}
    everybody = {"strength": "may", "rule": "role", "role": "everyone", "action": "hotlist.add"}
    assigned = ask("hotlist.add", facts={"delegated": ["chief"]})
    assert not Gate(make_pack(only, roles=CHIEF)).decide(assigned).allowed
    assert Gate(make_pack(everybody, only, roles=CHIEF)).decide(assigned).allowed
    assert Gate(make_pack(everybody, only, roles=CHIEF)).decide(ask("hotlist.add")).clauses == ("2",)


# ---------------------------------------------------------------------------
# What is demanded of a person and of an act
# ---------------------------------------------------------------------------

TRAINED = {"rule": "training", "area": "access", "action": "search.run"}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"trained": ["access"]}, "met"),
        ({"trained": ["operate", "access"]}, "met"),
        ({"trained": ["operate"]}, "not met"),
        ({"trained": []}, "not met"),
        ({"trained": None}, "not met"),
        ({}, "not met"),
    ],
)
def test_an_access_needs_the_training_for_it(word_of, facts, word):
    assert word_of(TRAINED, "search.run", facts=facts) == word


def test_training_is_asked_for_on_its_own_acts_only(word_of):
    assert word_of(TRAINED, "status.show") == "silent"


LEDS = {"rule": "authority", "system": "leds", "action": ["state.query", "search.run"]}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"authority": ["leds"], "system": "leds"}, "met"),
        ({"authority": ["leds"]}, "met"),
        ({"authority": ["mules"], "system": "leds"}, "not met"),
        ({"system": "leds"}, "not met"),
        ({}, "not met"),
        ({"system": "rmv"}, "silent"),
        ({"authority": ["mules"], "system": ["leds", "mules"]}, "not met"),
        ({"authority": ["mules"], "system": None}, "not met"),
    ],
)
def test_a_systems_data_needs_authority_for_that_system(word_of, facts, word):
    assert word_of(LEDS, "state.query", facts=facts) == word


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"authority": ["state"], "system": "leds"}, "met"),
        ({"authority": ["leds"], "system": "leds"}, "met"),
        ({"authority": ["leds"], "system": "state"}, "not met"),
        ({"authority": ["leds"]}, "not met"),
        ({"authority": ["leds"], "system": "rmv"}, "silent"),
    ],
)
def test_authority_for_a_system_covers_those_that_are_part_of_it(word_of, facts, word):
    clause = {"rule": "authority", "system": "state", "covers": "leds", "action": "state.query"}
    assert word_of(clause, "state.query", facts=facts) == word


def approval(**values):
    return {"rule": "approval", "approver": "chief", "action": "search.run", **values}


@pytest.mark.parametrize(
    ("clause", "facts", "word"),
    [
        (approval(), {"approved_by": ["chief"]}, "met"),
        (approval(), {"approved_by": ["officer"]}, "not met"),
        (approval(), {"approved_by": ["designee"]}, "not met"),
        (approval(), {"approved_by": []}, "not met"),
        (approval(), {}, "not met"),
        (approval(designee=True), {"approved_by": ["designee"]}, "met"),
        (approval(designee=True), {"approved_by": ["chief"]}, "met"),
        (approval(designee=True), {"approved_by": ["auditor"]}, "not met"),
        (approval(approver=["chief", "records"]), {"approved_by": ["records"]}, "met"),
    ],
)
def test_an_act_needs_the_approval_of_one_of_the_offices(word_of, clause, facts, word):
    assert word_of(clause, "search.run", facts=facts) == word


def test_an_approval_for_one_purpose_is_not_asked_for_another(make_pack, ask):
    listed = {"strength": "may", "rule": "purposes", "codes": {"targeted": "Targeted", "patrol": "Patrol"}}
    demand = {"strength": "must", "id": "3", **approval(purpose="targeted", approver="auditor")}
    gate = Gate(make_pack(OFFICERS_SEARCH, listed, demand))
    assert gate.decide(ask(purpose="targeted")).clauses == ("3",)
    assert gate.decide(ask(purpose="targeted", facts={"approved_by": ["auditor"]})).allowed
    assert "3" not in gate.decide(ask(purpose="patrol")).clauses


def test_holding_the_approvers_office_is_no_approval(word_of):
    assert word_of(approval(), "search.run", "officer", "chief") == "not met"


def test_a_denial_for_want_of_approval_names_the_office_and_its_designee(make_pack, ask):
    gate = Gate(make_pack(OFFICERS_SEARCH, {"strength": "must", **approval(designee=True)}, roles=CHIEF))
    assert "the prior approval of the Chief of Police or a designee" in gate.decide(ask()).explanation


VERIFIED = {"rule": "verification", "system": "leds"}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"enforcement": True, "verified": "leds"}, "met"),
        ({"enforcement": True, "verified": "mules"}, "not met"),
        ({"enforcement": True, "verified": "not_practicable"}, "not met"),
        ({"enforcement": True}, "not met"),
        ({"enforcement": "yes"}, "not met"),
        ({"enforcement": False}, "silent"),
        ({}, "silent"),
    ],
)
def test_enforcement_on_an_alert_alone_needs_the_states_confirmation(word_of, facts, word):
    assert word_of(VERIFIED, "hit.dispose", facts=facts) == word


LOCATED = {"rule": "location_approval", "approver": "Safety Director or Mayor"}


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        ({"location_approved": True}, "met"),
        ({"location_approved": False}, "not met"),
        ({"location_approved": "soon"}, "not met"),
        ({}, "not met"),
    ],
)
def test_a_reader_goes_into_service_once_its_location_is_approved(word_of, facts, word):
    assert word_of(LOCATED, "device.install", facts=facts) == word
    assert word_of(LOCATED, "device.add", facts=facts) == "silent"


BINDING = [
    pytest.param({"rule": "role", "role": "auditor", "action": "search.run"}, {}, id="role"),
    pytest.param({"rule": "delegation", "of": "auditor", "action": "search.run"}, {}, id="delegation"),
    pytest.param({"rule": "purposes", "action": "search.run"}, {}, id="purposes"),
    pytest.param({"rule": "access_record", "action": "search.run", "fields": ["case"]}, {}, id="record"),
    pytest.param(TRAINED, {}, id="training"),
    pytest.param(LEDS, {}, id="authority"),
    pytest.param(approval(approver="auditor"), {}, id="approval"),
    pytest.param({**VERIFIED, "action": "search.run"}, {"enforcement": True}, id="verification"),
    pytest.param({**LOCATED, "action": "search.run"}, {}, id="location_approval"),
]


@pytest.mark.parametrize(("clause", "facts"), BINDING)
def test_each_kind_denies_with_must_and_warns_with_should_and_a_reason(make_pack, ask, clause, facts):
    must = Gate(make_pack(OFFICERS_SEARCH, {"strength": "must", "id": "5", **clause}))
    should = Gate(make_pack(OFFICERS_SEARCH, {"strength": "should", "id": "5", **clause}))
    plain, reasoned = ask(facts=facts), ask(facts=facts, reason="because")
    assert must.decide(plain).clauses == must.decide(reasoned).clauses == ("5",)
    assert should.decide(plain).clauses == ("5",)
    warned = should.decide(reasoned)
    assert warned.verdict is Verdict.WARN
    assert [each.clause for each in warned.findings if each.verdict is Verdict.WARN] == ["5"]


@pytest.mark.parametrize(("clause", "facts"), BINDING[3:])
def test_no_kind_that_only_binds_can_be_written_with_may(make_pack, clause, facts):
    with pytest.raises(ConfigError, match=f"strength: a `{clause['rule']}` clause binds"):
        make_pack({"strength": "may", **clause})
