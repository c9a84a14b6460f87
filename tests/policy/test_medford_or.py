"""Medford's Policy 462, row by row: what it allows, what it denies and by which paragraph, and who does the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import ANONYMOUS, Actor, Verdict
from alpr_core.policy import Gate, Policy, lay_over, load_pack
from alpr_core.policy.vocabulary import TO_COME

ON = date(2026, 11, 23)
TRAINED = {"trained": ("operate", "access")}
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
OPENS_DATA = frozenset(
    ("search.run", "read.show", "image.open", "image.print", "hit.list", "read.export", "evidence.export")
)
SCHEDULE = {"462.4 retention": {"period": "P60D", "source": "The city's schedule, item 12"}}


@pytest.fixture(scope="module")
def pack():
    return load_pack("medford-or", actions=ACTIONS)


@pytest.fixture(scope="module")
def gate(pack):
    return Gate(pack)


@pytest.fixture(scope="module")
def filled(pack):
    return Gate(lay_over([pack], values=SCHEDULE))


@pytest.fixture
def decide(gate, ask):
    return lambda *words, **fields: gate.decide(ask(*words, **fields))


def test_every_row_has_a_clause(pack) -> None:
    assert {clause.row for clause in pack.clauses} == {f"M{number}" for number in range(1, 26)}


def test_every_act_is_somebodys(pack, gate) -> None:
    assert gate.actions_of(pack.roles) == ACTIONS | set(TO_COME)


def test_what_the_paper_leaves_open_is_open(pack) -> None:
    assert {clause.id: name for clause, name, _ in pack.open_values} == {
        "462.4 retention": "period",
        "462.5(e)": "every",
    }


@pytest.mark.parametrize(
    "role", ["program_manager", "admin", "auditor", "training_manager", "tac", "evidence"]
)
def test_whoever_administers_trains_or_audits_opens_no_data(gate, role) -> None:
    assert not gate.actions_of([role]) & OPENS_DATA


# ---------------------------------------------------------------------------
# 462.1 and 462.2
# ---------------------------------------------------------------------------


@pytest.mark.clause("M1")
def test_the_first_purposes_are_those_of_the_first_sentence(decide) -> None:
    for purpose in ("stolen_vehicle", "wanted", "stolen_plate", "missing_person"):
        decision = decide(purpose=purpose, case="26-1041", facts=TRAINED)
        assert decision.allowed
        assert "462.1" in decision.clauses
    assert decide(purpose="expired_tag", case="26-1041", facts=TRAINED).clauses == ("462.3",)


@pytest.mark.clause("M2")
def test_the_further_purposes_are_those_of_the_second_sentence(decide) -> None:
    further = (
        "active_warrant",
        "homeland_security",
        "electronic_surveillance",
        "suspect_interdiction",
        "stolen_property",
    )
    for purpose in further:
        decision = decide(purpose=purpose, case="26-1041", facts=TRAINED)
        assert decision.allowed
        assert "462.1 further" in decision.clauses
    assert decide(purpose="traffic_initiative", case="26-1041", facts=TRAINED).clauses == ("462.3",)


@pytest.mark.clause("M3")
@pytest.mark.parametrize(
    "action", ["device.add", "device.install", "person.add", "person.leave", "retention.sign", "config.apply"]
)
def test_equipment_retention_and_access_are_managed_by_the_commander_alone(decide, action) -> None:
    assert decide(action, "program_manager").allowed
    assert decide(action, "officer").clauses == ("462.2 only", "462.2")


@pytest.mark.clause("M4")
def test_whom_the_commander_has_assigned_administers_day_to_day(decide) -> None:
    why = {"purpose": "administration"}
    assert decide("hotlist.import", "officer", facts={"delegated": ("program_manager",)}, **why).allowed
    assert "462.2 assigned" in decide("hotlist.import", "officer", **why).clauses
    assert decide("delegation.add", "program_manager").allowed
    assert "462.2 assigning only" in decide("delegation.add", "supervisor").clauses


# ---------------------------------------------------------------------------
# 462.3
# ---------------------------------------------------------------------------


@pytest.mark.clause("M5")
@pytest.mark.parametrize("action", ["search.run", "read.show", "image.open", "hit.list", "hotlist.add"])
@pytest.mark.parametrize("purpose", ["", "curiosity", "administration", "audit"])
def test_nothing_is_used_for_an_unauthorized_purpose(decide, action, purpose) -> None:
    assert decide(action, facts=TRAINED, **WHY).allowed
    assert "462.3" in decide(action, facts=TRAINED, purpose=purpose, case="26-1041").clauses


@pytest.mark.clause("M6")
@pytest.mark.parametrize(
    ("area", "action", "clause"),
    [
        ("operate", "read.record", "462.3(a)"),
        ("operate", "canvass.start", "462.3(a)"),
        ("access", "search.run", "462.3(a) access"),
        ("access", "read.show", "462.3(a) access"),
        ("access", "image.open", "462.3(a) access"),
        ("access", "hit.list", "462.3(a) access"),
    ],
)
def test_nobody_operates_or_accesses_before_the_training_for_it(decide, area, action, clause) -> None:
    why = {} if action == "read.record" else WHY
    assert decide(action, facts={"trained": (area,)}, **why).allowed
    other = {"operate": "access", "access": "operate"}[area]
    assert decide(action, facts={"trained": (other,)}, **why).clauses == (clause,)
    assert decide(action, **why).clauses == (clause,)


@pytest.mark.clause("M7")
@pytest.mark.parametrize("action", ["search.run", "canvass.start", "hotlist.add"])
def test_official_business_has_its_purpose_and_case_number(decide, action) -> None:
    assert decide(action, facts=TRAINED, **WHY).allowed
    assert "462.3(b)" in decide(action, facts=TRAINED, purpose="stolen_vehicle").clauses


@pytest.mark.clause("M8")
def test_patrol_and_investigations_need_no_suspicion(decide) -> None:
    decision = decide(facts=TRAINED, reason="", **WHY)
    assert decision.verdict is Verdict.ALLOW
    assert "462.3(c)" in decision.clauses
    assert decide("search.run", "evidence", facts=TRAINED, **WHY).clauses == ("462.3(c)",)


@pytest.mark.clause("M9")
def test_an_officer_canvasses_a_scene_and_a_supervisor_considers_which(decide, pack) -> None:
    assert "462.3(d)" in decide("canvass.start", facts=TRAINED, **WHY).clauses
    assert decide("canvass.start", "dispatcher", facts=TRAINED, **WHY).clauses == ("462.3(d)",)
    considered = pack.clause("462.3(d) consideration")
    assert (considered.strength, considered.kept) == ("should", "by_hand")
    assert considered.who.startswith("Supervisor")
    assert "incident's report" in considered.where


@pytest.mark.clause("M10")
def test_a_dispatcher_enters_partial_plates_and_what_lacks_one_is_reported(decide, pack) -> None:
    assert decide("hotlist.add", "dispatcher", **WHY).allowed
    assert "462.3(d) entry" in decide("hotlist.add", "auditor", purpose="audit", case="1").clauses
    partial = pack.clause("462.3(d) partial")
    assert (partial.strength, partial.kept) == ("should", "reported")
    assert partial.who.startswith("Dispatcher")


@pytest.mark.clause("M11")
def test_enforcement_on_an_alert_alone_is_verified_through_leds_or_a_reason_is_given(decide) -> None:
    alone = {**TRAINED, "enforcement": True}
    assert decide("hit.dispose", facts={**alone, "verified": "leds"}).verdict is Verdict.ALLOW
    assert decide("hit.dispose", facts=alone).clauses == ("462.3(e)",)
    assert decide("hit.dispose", facts={**alone, "verified": "mules"}).clauses == ("462.3(e)",)
    warned = decide("hit.dispose", facts=alone, reason="LEDS was down")
    assert warned.verdict is Verdict.WARN


@pytest.mark.clause("M12")
@pytest.mark.parametrize("action", ["state.query", "hit.verify"])
def test_leds_is_for_whom_leds_authorized(decide, action) -> None:
    asked = {**TRAINED, "system": "leds"}
    assert decide(action, facts={**asked, "authority": ("leds",)}, **WHY).allowed
    assert decide(action, facts={**asked, "authority": ("department",)}, **WHY).clauses == ("462.3(f)",)
    assert decide(action, facts=TRAINED, **WHY).clauses == ("462.3(f)",)


# ---------------------------------------------------------------------------
# 462.4
# ---------------------------------------------------------------------------


@pytest.mark.clause("M13")
def test_nothing_is_public_and_leds_information_leaves_in_no_export(pack) -> None:
    policy = Policy(pack)

    def closing(origin: str, to: str) -> str | None:
        clause = policy.closed(origin, to, ON)
        return clause.id if clause else None

    assert closing("own", "public") == closing("leds", "public") == "462.4"
    assert closing("leds", "export") == closing("ncic", "export") == "462.4 LEDS"
    assert closing("own", "export") is None


@pytest.mark.clause("M14")
@pytest.mark.parametrize(("recipient", "role"), [("prosecutor", "officer"), ("other", "records_manager")])
def test_prosecutors_and_others_receive_what_the_law_permits(decide, recipient, role) -> None:
    to = {**TRAINED, "recipient": recipient, "recipient_verified": True}
    assert decide("release.make", role, facts={**to, "legal_basis": "ORS 192.345(3)"}, **WHY).allowed
    assert decide("release.make", role, facts=to, **WHY).clauses == ("462.4 sharing",)


@pytest.mark.clause("M15")
def test_the_commander_sees_to_collection_and_retention_on_the_nodes_status(pack) -> None:
    clause = pack.clause("462.4 (2)")
    assert (clause.strength, clause.kept) == ("must", "reported")
    assert clause.who == pack.roles["program_manager"] == "Administration Support Bureau Commander"
    assert "status" in clause.where


@pytest.mark.clause("M16")
def test_transfers_are_at_most_thirty_days_apart(pack) -> None:
    limit = Policy(pack).limit("transfer", ON)
    assert limit.least is None
    assert limit.most is not None
    period, clause = limit.most
    assert (str(period), clause.id, clause.strength) == ("P30D", "462.4 transfer", "must")


@pytest.mark.clause("M17")
def test_data_is_purged_once_the_schedules_minimum_is_over(gate, filled, ask) -> None:
    def purge(days: int, role: str = "program_manager"):
        facts = {"held": False, "captured_at": datetime(2026, 11, 23, 12, tzinfo=UTC) - timedelta(days=days)}
        return ask("read.purge", role, facts=facts)

    assert filled.decide(purge(60)).allowed
    assert filled.decide(purge(59)).clauses == ("462.4 retention",)
    assert "462.2 only" in filled.decide(purge(60, "officer")).clauses
    assert gate.decide(purge(6000)).clauses == ("462.4 retention",)  # nobody has filled in the minimum


@pytest.mark.clause("M18")
def test_what_is_or_will_be_evidence_or_is_demanded_is_not_purged(filled, ask) -> None:
    old = {"captured_at": datetime(2026, 1, 1, tzinfo=UTC)}
    assert filled.decide(ask("read.purge", "program_manager", facts={**old, "held": False})).allowed
    for unknown_or_held in ({}, {"held": True}):
        decision = filled.decide(ask("read.purge", "program_manager", facts={**old, **unknown_or_held}))
        assert decision.clauses == ("462.4 hold",)
    for reason in ("criminal", "civil", "records_demand", "anticipated"):
        assert filled.decide(ask("hold.place", facts={"hold_reason": reason})).allowed
    assert filled.decide(ask("hold.place", facts={"hold_reason": "curiosity"})).clauses == ("462.4 hold",)


@pytest.mark.clause("M19")
def test_a_hold_ends_once_its_data_is_on_media_that_are_booked_into_evidence(decide) -> None:
    booked = {"kept_as_evidence": "book_portable_media"}
    assert decide("hold.end", "supervisor", facts=booked).verdict is Verdict.ALLOW
    for facts in ({}, {"kept_as_evidence": "attach_to_report"}):
        assert decide("hold.end", "supervisor", facts=facts).clauses == ("462.4 evidence",)
    assert decide("hold.end", "supervisor", reason="the case was closed").verdict is Verdict.WARN


# ---------------------------------------------------------------------------
# 462.5
# ---------------------------------------------------------------------------


@pytest.mark.clause("M20")
def test_safeguards_are_reported_and_whoever_keeps_the_keys_opens_no_data(decide, pack) -> None:
    clause = pack.clause("462.5")
    assert (clause.strength, clause.kept) == ("must", "reported")
    assert "Commander" in clause.who
    assert "safeguards" in clause.where
    assert decide("key.rotate", "admin").allowed
    assert decide("key.rotate", "officer").clauses == ("462.5 technological",)


@pytest.mark.clause("M21")
def test_requests_from_outside_are_answered_by_the_records_manager_alone(decide) -> None:
    assert decide("referral.fulfil", "records_manager", facts=TRAINED).allowed
    assert "462.5(a)" in decide("referral.fulfil", "officer", facts=TRAINED).clauses
    permitted = {**TRAINED, "recipient": "other", "legal_basis": "court order of 2026-11-20"}
    assert decide("release.make", "records_manager", facts=permitted, **WHY).allowed
    assert decide("release.make", "officer", facts=permitted, **WHY).clauses == ("462.5(a)",)


@pytest.mark.clause("M22")
@pytest.mark.parametrize("origin", ["server", "vehicle"])
def test_data_is_reached_by_login_alone_in_the_car_and_on_the_server(decide, origin) -> None:
    assert decide(facts=TRAINED, origin=origin, **WHY).allowed
    for nobody in (ANONYMOUS, Actor(id="system:import", roles=frozenset({"officer"}))):
        assert "462.5(b)" in decide(actor=nobody, facts=TRAINED, origin=origin, **WHY).clauses
    assert decide("person.login", actor=Actor(id="p9")).allowed


@pytest.mark.clause("M23")
@pytest.mark.parametrize("action", ["search.run", "read.show", "image.open", "image.print"])
def test_stored_data_is_accessed_for_one_case_or_action_of_the_department(decide, action) -> None:
    assert decide(action, facts=TRAINED, purpose="administrative_action", case="IA-26-3").allowed
    assert "462.5(c)" in decide(action, facts=TRAINED, purpose="administrative_action").clauses


@pytest.mark.clause("M24")
def test_verified_law_enforcement_receives_data_at_any_time(decide) -> None:
    to = {**TRAINED, "recipient": "law_enforcement"}
    assert decide("release.make", facts={**to, "recipient_verified": True}, **WHY).allowed
    assert decide("release.make", facts=to, **WHY).clauses == ("462.5(d)",)
    assert "agency.add" not in Gate(load_pack("medford-or")).actions_of(["officer"])


@pytest.mark.clause("M25")
def test_audits_come_as_often_as_the_department_says_and_are_the_auditors(pack, decide) -> None:
    assert Policy(pack).limit("audit", ON).most is None
    monthly = lay_over([pack], values={"462.5(e)": {"every": "P1M", "source": "Audit plan"}})
    most = monthly.limit("audit", ON).most
    assert most is not None
    assert (str(most[0]), most[1].strength, most[1].who) == ("P1M", "should", "Auditor")
    assert decide("ledger.read", "auditor").allowed
    for role in ("program_manager", "admin", "officer"):
        assert "462.5(e) only" in decide("ledger.read", role).clauses
