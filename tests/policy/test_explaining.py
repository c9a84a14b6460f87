"""What would have to change for a denied act to be allowed: and once it has changed, the act is allowed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alpr_core.models import ANONYMOUS, Verdict
from alpr_core.policy import Gate, Judgement, Rule, RuleKinds
from alpr_core.policy.explaining import explain
from alpr_core.policy.rules import BUILT_IN

ROLES = {"officer": "Officer", "chief": "Chief", "manager": "Records Manager"}
OLD = datetime(2025, 1, 1, tzinfo=UTC)


def granting(*actions: str, role: str = "officer") -> dict:
    return {"id": f"grants {role}", "strength": "may", "rule": "role", "role": role, "action": list(actions)}


LIST = {
    "id": "list",
    "strength": "may",
    "rule": "purposes",
    "codes": {"wanted": "Wanted", "patrol": "Patrol"},
}

MET = [
    # rule, action, what is asked, what changes, what the remedy has to name
    ({"rule": "purposes"}, "search.run", {}, {"purpose": "wanted"}, "--purpose): wanted, patrol"),
    (
        {"rule": "access_record", "fields": ["case"]},
        "search.run",
        {},
        {"case": "26-104"},
        "case or incident number (--case)",
    ),
    (
        {"rule": "training", "area": "access"},
        "search.run",
        {},
        {"facts": {"trained": ["access"]}},
        "trained=access",
    ),
    (
        {"rule": "authority", "system": "leds"},
        "search.run",
        {},
        {"facts": {"authority": ["leds"]}},
        "authority=leds",
    ),
    (
        {"rule": "approval", "approver": "chief", "designee": True},
        "search.run",
        {},
        {"facts": {"approved_by": ["chief"]}},
        "approval of the Chief or a designee, before (--fact approved_by=chief)",
    ),
    (
        {"rule": "verification", "system": "leds"},
        "hit.dispose",
        {"facts": {"enforcement": True}},
        {"facts": {"enforcement": True, "verified": "leds"}},
        "verified=leds",
    ),
    (
        {"rule": "location_approval", "approver": "Street Department"},
        "device.install",
        {},
        {"facts": {"location_approved": True}},
        "the Street Department approves the location in writing",
    ),
    (
        {"rule": "prohibited_fields", "fields": ["race"]},
        "read.record",
        {"facts": {"fields": ["race"]}},
        {"facts": {"fields": ["name"]}},
        "leave race out of it",
    ),
    (
        {"rule": "prohibited_uses", "use": "bulk", "at_most": 10},
        "read.export",
        {"facts": {"rows": 11}},
        {"facts": {"rows": 10}},
        "at most 10 reads at once (--fact rows)",
    ),
    (
        {"rule": "prohibited_uses", "use": "area", "purpose": "wanted"},
        "search.run",
        {"facts": {"by_area": True}},
        {"facts": {"by_area": True}, "purpose": "wanted"},
        "approved for (--purpose): wanted",
    ),
    (
        {"rule": "prohibited_uses", "use": "tracking", "approver": "chief"},
        "read.export",
        {"facts": {"names_one": True}},
        {"facts": {"names_one": True, "approved_by": ["chief"]}, "case": "26-104"},
        "approval of the Chief within a case",
    ),
    (
        {"rule": "retention", "period": "P30D", "keeps": "at_least", "then": "may_purge"},
        "read.purge",
        {},
        {"facts": {"captured_at": OLD}},
        "wait until 30 days after capture",
    ),
    ({"rule": "hold", "reasons": ["criminal"]}, "read.purge", {}, {"facts": {"held": False}}, "held=no"),
    (
        {"rule": "hold", "reasons": ["criminal"]},
        "hold.place",
        {},
        {"facts": {"hold_reason": "criminal"}},
        "hold_reason): criminal",
    ),
    (
        {"rule": "evidence", "mode": "attach_to_report"},
        "hold.end",
        {},
        {"facts": {"kept_as_evidence": "attach_to_report"}},
        "kept_as_evidence=attach_to_report",
    ),
    (
        {"rule": "release", "verified": True, "legal_basis": True},
        "release.make",
        {"facts": {"recipient": "other"}},
        {"facts": {"recipient": "other", "recipient_verified": True, "legal_basis": "ORS 192"}},
        "verify agency and person (--fact recipient_verified=yes) and name the law",
    ),
    (
        {"rule": "release", "to": "prosecutor", "never": True},
        "release.make",
        {},
        {"facts": {"recipient": "law_enforcement"}},
        "say who receives it",
    ),
    (
        {"rule": "release", "within_state": "or"},
        "release.make",
        {"facts": {"recipient": "law_enforcement", "recipient_state": "wa"}},
        {"facts": {"recipient": "law_enforcement", "recipient_state": "wa", "legal_basis": "ORS 192"}},
        "name the law that permits it",
    ),
    (
        {"rule": "referral", "to": "manager"},
        "release.make",
        {},
        {"facts": {"recipient": "law_enforcement"}},
        "say who receives it",
    ),
]


@pytest.mark.parametrize(("clause", "action", "asked", "changed", "named"), MET)
def test_what_is_said_to_have_to_change_is_what_changes_the_verdict(
    make_pack, ask, clause, action, asked, changed, named
):
    binding = {"id": "9", "strength": "must", "action": action, **clause}
    gate = Gate(make_pack(granting(action), LIST, binding, roles=ROLES))
    before = explain(gate, ask(action, **asked))
    assert before.decision.clauses == ("9",)
    (remedy,) = before.remedies
    assert named in remedy
    assert before.immovable == ()
    assert explain(gate, ask(action, **changed)).decision.allowed


def test_every_rule_kind_of_ours_that_decides_says_what_would_have_to_change():
    silent = [kind for kind, rule in BUILT_IN.items() if rule.speaks and rule.remedy is Rule.remedy]
    assert silent == []


def test_of_those_who_may_do_it_one_is_enough(make_pack, ask):
    both = granting("search.run"), granting("search.run", role="chief")
    answer = explain(Gate(make_pack(*both, roles=ROLES)), ask("search.run", "manager"))
    assert answer.remedies == ("somebody who is Officer does it, or somebody who is Chief does it",)


def test_who_alone_may_do_it_is_named_once(make_pack, ask):
    only = {"id": "only", "strength": "must", "rule": "role", "role": "chief", "action": "read.purge"}
    pack = make_pack(granting("read.purge", role="chief"), only, roles=ROLES)
    assert explain(Gate(pack), ask("read.purge")).remedies == ("somebody who is Chief does it",)


def test_a_delegation_is_a_remedy_where_one_may_be_given(make_pack, ask):
    assigned = {"id": "d", "strength": "may", "rule": "delegation", "of": "chief", "action": "device.add"}
    gate = Gate(make_pack(granting("device.add", role="chief"), assigned, roles=ROLES))
    (remedy,) = explain(gate, ask("device.add")).remedies
    assert remedy.endswith("or the Chief assigns this person (--fact delegated=chief)")
    assert explain(gate, ask("device.add", facts={"delegated": ["chief"]})).decision.allowed


def test_what_should_be_so_gives_way_to_a_reason_and_warns_then(make_pack, ask):
    should = {"id": "9", "strength": "should", "rule": "training", "area": "access", "action": "search.run"}
    gate = Gate(make_pack(granting("search.run"), should, roles=ROLES))
    (remedy,) = explain(gate, ask()).remedies
    assert remedy.endswith(", or give a reason (--reason)")
    warned = explain(gate, ask(reason="the trainer is ill"))
    assert warned.decision.verdict is Verdict.WARN
    assert [one.remedy for one in warned.spoken if one.finding.verdict is Verdict.WARN] == [
        "record a valid training to access for this person (--fact trained=access)"
    ]


def test_what_is_never_done_is_said_to_be_the_policys_own_no(make_pack, ask):
    never = {"id": "9", "strength": "must", "rule": "release", "to": "other", "never": True}
    gate = Gate(make_pack(granting("release.make"), never, roles=ROLES))
    answer = explain(gate, ask("release.make", facts={"recipient": "other"}))
    assert (answer.remedies, answer.immovable) == ((), ("9",))


def test_what_nobody_was_granted_needs_a_clause(make_pack, ask):
    answer = explain(Gate(make_pack(granting("search.run"), roles=ROLES)), ask("ledger.read"))
    assert answer.remedies == ("a clause of the policy that grants ledger.read to somebody",)


def test_a_purpose_that_is_not_on_the_list_is_answered_with_the_list(make_pack, ask):
    gate = Gate(make_pack(granting("search.run"), LIST, roles=ROLES))
    answer = explain(gate, ask(purpose="curiosity"))
    assert answer.remedies == ("give a purpose of the list (--purpose): wanted, patrol",)


def test_who_has_not_logged_in_is_told_who_may(make_pack, ask):
    gate = Gate(make_pack(granting("search.run"), roles=ROLES))
    answer = explain(gate, ask(actor=ANONYMOUS))
    assert answer.remedies == ("somebody who is Officer does it",)


def test_a_plugins_rule_that_fails_gives_no_advice_and_breaks_nothing(make_pack, ask):
    class Moody(Rule):
        kind = "moody"

        def judge(self, request, policy):
            return Judgement(False, "not today")

        def remedy(self, request, policy):
            raise KeyError("ABC123")

    kinds = RuleKinds()
    kinds.register("moody", Moody)
    gate = Gate(
        make_pack(granting("search.run"), {"id": "9", "strength": "must", "rule": "moody"}, kinds=kinds)
    )
    answer = explain(gate, ask())
    assert (answer.remedies, answer.immovable) == ((), ("9",))


def test_the_clauses_that_deny_stand_first(make_pack, ask):
    training = {"id": "9", "strength": "must", "rule": "training", "area": "access", "action": "search.run"}
    answer = explain(Gate(make_pack(granting("search.run"), training, roles=ROLES)), ask())
    assert [one.finding.verdict for one in answer.spoken] == [Verdict.DENY, Verdict.ALLOW]
