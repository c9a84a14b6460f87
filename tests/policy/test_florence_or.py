"""Florence's Policy 807, row by row: what it allows, what it denies and by which paragraph, and who does the rest."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import ANONYMOUS, Verdict
from alpr_core.policy import Gate, Policy, load_pack
from alpr_core.policy.vocabulary import TO_COME

ON = date(2026, 11, 23)
ALL = {"trained": ("operate", "access"), "authority": ("department",)}
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}


@pytest.fixture(scope="module")
def pack():
    return load_pack("florence-or", actions=ACTIONS)


@pytest.fixture(scope="module")
def gate(pack):
    return Gate(pack)


@pytest.fixture
def decide(gate, ask):
    return lambda *words, **fields: gate.decide(ask(*words, **fields))


def kept(pack, clause_id: str) -> tuple[str, str, str]:
    """How strongly a paragraph speaks, how it is kept and by whom; where that is recorded is said too."""
    clause = pack.clause(clause_id)
    assert clause.where
    return (clause.strength, clause.kept, clause.who)


def test_every_row_has_a_clause(pack) -> None:
    assert {clause.row for clause in pack.clauses} == {f"F{number}" for number in range(1, 30)}


def test_every_act_is_somebodys(pack, gate) -> None:
    assert gate.actions_of(pack.roles) == ACTIONS | set(TO_COME)


@pytest.mark.parametrize("kind", ["audit_schedule", "referral", "transfer_limit"])
def test_what_the_paper_does_not_say_was_not_added(pack, kind) -> None:
    assert kind not in {clause.rule.kind for clause in pack.clauses}


@pytest.mark.clause("F1")
def test_the_publics_privacy_is_recognized_in_the_guidelines(pack) -> None:
    assert kept(pack, "807.1") == ("must", "by_hand", "Lieutenant")


@pytest.mark.clause("F2")
def test_nothing_is_public_and_confidential_information_leaves_in_no_export(pack) -> None:
    policy = Policy(pack)
    for origin, to, clause in [
        ("own", "public", "807.1 public"),
        ("leds", "public", "807.1 public"),
        ("leds", "export", "807.1 confidential"),
    ]:
        closed = policy.closed(origin, to, ON)
        assert closed is not None
        assert closed.id == clause
    assert policy.closed("own", "release", ON) is None


@pytest.mark.clause("F3")
def test_the_uses_are_those_of_the_first_paragraph_of_administration(decide, pack) -> None:
    listed = pack.clause("807.2").rule.codes
    assert len(listed) == 9
    for purpose in listed:
        decision = decide(purpose=purpose, case="26-1041", facts=ALL)
        assert decision.allowed
        assert "807.2" in decision.clauses
    assert decide(purpose="active_case", case="26-1041", facts=ALL).clauses == ("807.3",)


@pytest.mark.clause("F4")
def test_the_lieutenant_manages_and_assigns(decide, pack) -> None:
    assert pack.roles["program_manager"] == "Lieutenant"
    for action in ("device.install", "person.add", "retention.sign", "delegation.add"):
        facts = {"approved_by": ("custodian",)}
        assert decide(action, "program_manager", facts=facts).allowed
        assert decide(action, "supervisor", facts=facts).clauses[0].startswith("807.2 (2) ")
    why = {"purpose": "administration"}
    assert decide("hotlist.import", facts={"delegated": ("program_manager",)}, **why).allowed
    assert "807.2 (2) assigned" in decide("hotlist.import", **why).clauses


@pytest.mark.clause("F5")
def test_the_lieutenant_develops_guidelines_and_files_them(decide, pack) -> None:
    assert kept(pack, "807.2 (2) guidelines") == ("must", "recorded", "Lieutenant")
    assert decide("document.add", "program_manager").allowed
    assert decide("document.add", "officer").clauses == ("807.2 (2)",)


@pytest.mark.clause("F6")
def test_who_is_authorized_is_reported_by_job_title(pack) -> None:
    assert kept(pack, "807.2(a)") == ("must", "reported", "Lieutenant")


@pytest.mark.clause("F7")
def test_training_requirements_are_courses_of_the_programme_file(pack) -> None:
    assert kept(pack, "807.2(b)") == ("must", "recorded", "Lieutenant, with the Training Manager")


@pytest.mark.clause("F8")
def test_the_system_is_monitored_by_somebody_who_does_not_use_it(decide, pack) -> None:
    assert kept(pack, "807.2(c)") == ("must", "recorded", "Lieutenant")
    assert decide("ledger.search", "auditor", purpose="audit").allowed
    for role in ("program_manager", "officer", "admin"):
        assert "807.2(c) only" in decide("ledger.read", role).clauses


@pytest.mark.clause("F9")
def test_how_long_records_of_access_are_kept_is_for_the_law_to_say(pack) -> None:
    clause = pack.clause("807.2(d)")
    assert (clause.strength, clause.kept, clause.who) == ("must", "recorded", "Lieutenant")
    assert [(each.id, name) for each, name, _ in pack.open_values] == [("807.2(d)", "at_least")]
    assert "OAR 166-200" in clause.open["at_least"].found


@pytest.mark.clause("F10")
def test_the_current_designee_is_on_record(decide, pack) -> None:
    assert kept(pack, "807.2(e)") == ("must", "recorded", "Lieutenant")
    assert decide("person.list", "designee").allowed
    assert "807.2(e) overseeing" in decide("person.list", "officer").clauses


@pytest.mark.clause("F11")
def test_the_custodian_of_records_takes_part_in_the_retention_schedule(decide) -> None:
    assert decide("retention.sign", "program_manager", facts={"approved_by": ("custodian",)}).allowed
    assert decide("retention.sign", "program_manager").clauses == ("807.2(f)",)
    assert decide("approval.grant", "custodian").allowed


@pytest.mark.clause("F12")
def test_policy_and_procedures_are_posted_on_the_website(decide, pack) -> None:
    clause = pack.clause("807.2(g)")
    assert (clause.rule.what, clause.rule.at) == ("policy_and_procedures", "The department's website")
    assert (clause.strength, clause.kept, clause.who) == ("must", "reported", "Lieutenant")
    assert decide("policy.publish", "program_manager").allowed
    assert decide("policy.publish", "officer").clauses == ("807.2(g) posting",)


@pytest.mark.clause("F13")
@pytest.mark.parametrize("action", ["search.run", "read.show", "image.open", "hit.list", "hotlist.add"])
@pytest.mark.parametrize("purpose", ["", "curiosity", "administration"])
def test_nothing_is_used_for_an_unauthorized_purpose(decide, action, purpose) -> None:
    assert decide(action, facts=ALL, **WHY).allowed
    assert "807.3" in decide(action, facts=ALL, purpose=purpose, case="26-1041").clauses


@pytest.mark.clause("F14")
@pytest.mark.parametrize("action", ["search.run", "canvass.start", "hotlist.add"])
def test_official_business_has_its_purpose_and_case_number(decide, action) -> None:
    assert decide(action, facts=ALL, **WHY).allowed
    assert "807.3(a)" in decide(action, facts=ALL, purpose="wanted").clauses


@pytest.mark.clause("F15")
def test_patrol_and_criminal_investigations_need_no_suspicion(decide) -> None:
    decision = decide(facts=ALL, **WHY)
    assert decision.verdict is Verdict.ALLOW
    assert "807.3(b)" in decision.clauses
    assert decide("search.run", "program_manager", facts=ALL, **WHY).clauses == ("807.3(b)",)


@pytest.mark.clause("F16")
def test_an_officer_canvasses_and_partial_plates_without_an_entry_are_reported(decide, pack) -> None:
    for action in ("canvass.start", "hotlist.add"):
        assert decide(action, facts=ALL, **WHY).allowed
    assert decide("canvass.start", "custodian", facts=ALL, **WHY).clauses == ("807.3(c)",)
    assert kept(pack, "807.3(c) partial") == ("should", "reported", "Officer of the case")


@pytest.mark.clause("F17")
@pytest.mark.parametrize(
    ("area", "action", "clause"),
    [
        ("operate", "read.record", "807.3(d)"),
        ("operate", "canvass.start", "807.3(d)"),
        ("access", "search.run", "807.3(d) access"),
        ("access", "image.print", "807.3(d) access"),
    ],
)
def test_nobody_operates_or_accesses_before_the_training_for_it(decide, area, action, clause) -> None:
    why = {} if action == "read.record" else WHY
    assert decide(action, facts={**ALL, "trained": (area,)}, **why).allowed
    other = {"operate": "access", "access": "operate"}[area]
    assert decide(action, facts={**ALL, "trained": (other,)}, **why).clauses == (clause,)


@pytest.mark.clause("F18")
@pytest.mark.parametrize(
    ("action", "asked", "authority", "clause"),
    [
        ("search.run", {}, "department", "807.3(e)"),
        ("image.open", {}, "department", "807.3(e)"),
        ("state.query", {"system": "leds"}, "state", "807.3(e) state"),
        ("hit.verify", {"system": "leds"}, "state", "807.3(e) state"),
        ("state.query", {"system": "state"}, "state", "807.3(e) state"),
        ("state.query", {"system": "leds"}, "leds", "807.3(e) state"),
        ("state.query", {"system": "federal"}, "federal", "807.3(e) federal"),
        ("state.query", {"system": "ncic"}, "federal", "807.3(e) federal"),
    ],
)
def test_department_state_and_federal_data_are_three_authorities(
    decide, action, asked, authority, clause
) -> None:
    facts = {"trained": ("access",), **asked}
    assert decide(action, facts={**facts, "authority": (authority,)}, **WHY).allowed
    others = {"department", "state", "federal", "leds"} - {
        authority,
        "state" if authority == "leds" else "leds",
    }
    assert decide(action, facts={**facts, "authority": tuple(others)}, **WHY).clauses == (clause,)


@pytest.mark.clause("F19")
def test_enforcement_on_an_alert_alone_is_verified_through_leds_or_a_reason_is_given(decide) -> None:
    alone = {**ALL, "enforcement": True}
    assert decide("hit.dispose", facts={**alone, "verified": "leds"}).verdict is Verdict.ALLOW
    assert decide("hit.dispose", facts=alone).clauses == ("807.3(f)",)
    assert decide("hit.dispose", facts=alone, reason="no signal").verdict is Verdict.WARN


@pytest.mark.clause("F20")
def test_the_lieutenant_sees_to_collection_and_retention_on_the_nodes_status(pack) -> None:
    assert kept(pack, "807.4") == ("must", "reported", "Lieutenant")


@pytest.mark.clause("F21")
def test_flocks_process_is_followed_and_ends_data_after_thirty_days_unless_it_is_saved(decide, pack) -> None:
    def purge(days: int, *, held: bool = False):
        facts = {"held": held, "captured_at": datetime(2026, 11, 23, 12, tzinfo=UTC) - timedelta(days=days)}
        return decide("read.purge", "program_manager", facts=facts)

    assert purge(30).allowed
    assert purge(29).clauses == ("807.4 retention",)
    assert purge(300, held=True).clauses == ("807.4 hold",)
    rule = pack.clause("807.4 retention").rule
    assert (rule.follows, rule.then) == ("Flock", "must_purge")
    limit = Policy(pack).limit("retention", ON)
    assert limit.most is not None
    assert str(limit.most[0]) == "P30D"
    assert Policy(pack).limit("retention", ON, held=True).most is None


@pytest.mark.clause("F22")
def test_an_officer_prints_or_saves_an_image_in_a_case(decide) -> None:
    for action in ("image.print", "evidence.export"):
        assert decide(action, facts=ALL, **WHY).allowed
        assert decide(action, facts=ALL, purpose="wanted").clauses == ("807.4 necessary",)
    assert decide("image.print", "custodian", facts=ALL, **WHY).clauses == ("807.4 prints",)


@pytest.mark.clause("F23")
def test_safeguards_are_reported_and_whoever_keeps_the_keys_opens_no_data(decide, gate, pack) -> None:
    assert kept(pack, "807.5") == ("must", "reported", "Lieutenant and system administrator")
    assert decide("key.rotate", "admin").allowed
    assert decide("key.rotate", "officer").clauses == ("807.5 technological",)
    assert not gate.actions_of(["admin", "program_manager"]) & {"search.run", "read.show", "image.open"}


@pytest.mark.clause("F24")
@pytest.mark.parametrize("origin", ["server", "vehicle"])
def test_data_is_reached_by_login_alone(decide, origin) -> None:
    assert decide(facts=ALL, origin=origin, **WHY).allowed
    assert "807.5(a)" in decide(actor=ANONYMOUS, facts=ALL, origin=origin, **WHY).clauses


@pytest.mark.clause("F25")
@pytest.mark.parametrize("action", ["search.run", "read.show", "image.open"])
def test_stored_data_is_accessed_for_one_case_or_action_of_the_department(decide, action) -> None:
    assert decide(action, facts=ALL, purpose="administrative_action", case="IA-26-3").allowed
    assert "807.5(b)" in decide(action, facts=ALL, purpose="administrative_action").clauses


@pytest.mark.clause("F26")
def test_a_breach_is_recorded_and_referred_to_its_policy(decide, pack) -> None:
    clause = pack.clause("807.5 (2)")
    assert (clause.rule.refers_to, clause.kept) == ("Records Release and Maintenance Policy", "recorded")
    assert pack.clause("807.5(c)").says == ""
    assert decide("breach.report", "program_manager").allowed
    assert decide("breach.report", "officer").clauses == ("807.5 (2) reporting",)


@pytest.mark.clause("F27")
def test_law_enforcement_and_prosecutors_receive_data_and_others_by_law(decide) -> None:
    for recipient in ("law_enforcement", "prosecutor"):
        assert decide("release.make", facts={**ALL, "recipient": recipient}, **WHY).allowed
    other = {**ALL, "recipient": "other"}
    assert decide("release.make", facts={**other, "legal_basis": "ORS 192.345(3)"}, **WHY).allowed
    assert decide("release.make", facts=other, **WHY).clauses == ("807.6",)
    assert "807.3" in decide("release.make", facts={**ALL, "recipient": "prosecutor"}).clauses


@pytest.mark.clause("F28")
@pytest.mark.parametrize(
    "paragraph", ["807.6(a)", "807.6(a)1", "807.6(a)2", "807.6(a)3", "807.6(b)", "807.6(c)"]
)
def test_a_blank_paragraph_is_there_without_words(pack, paragraph) -> None:
    assert pack.clause(paragraph).says == ""
    assert kept(pack, paragraph) == ("may", "by_hand", "Lieutenant")


@pytest.mark.clause("F29")
def test_the_training_manager_sees_who_lacks_training(decide, pack) -> None:
    assert kept(pack, "807.7") == ("should", "reported", "Training Manager")
    assert decide("training.record", "training_manager").allowed
    assert decide("training.record", "officer").clauses == ("807.7 records",)
