"""What each rule kind decides."""

from __future__ import annotations

import pytest

from alpr_core.errors import ConfigError, PluginError
from alpr_core.models import ANONYMOUS, Actor, Verdict
from alpr_core.policy import Gate, Judgement, Rule, RuleKinds

OFFICERS_SEARCH = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}


class Never(Rule):
    """A rule kind of a plugin that nothing meets."""

    kind = "never"

    def judge(self, request, pack):
        return Judgement(False, "nothing meets it")


class Always(Rule):
    """A rule kind of a plugin that everything meets."""

    kind = "always"

    def judge(self, request, pack):
        return Judgement(True, "everything meets it")


class Broken(Rule):
    """A rule kind of a plugin that fails."""

    kind = "broken"

    def judge(self, request, pack):
        raise KeyError("ABC123")


@pytest.fixture
def kinds() -> RuleKinds:
    made = RuleKinds()
    for kind in (Never, Always, Broken):
        made.register(kind.kind, kind, owner="plugin test")
    return made


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


def test_a_statement_is_in_the_pack_and_silent(make_pack, ask):
    said = {"strength": "must", "rule": "statement", "who": "Records manager", "id": "9"}
    pack = make_pack(OFFICERS_SEARCH, said)
    decision = Gate(pack).decide(ask())
    assert decision.allowed
    assert "9" not in decision.clauses
    assert pack.clause("9").as_json()["who"] == "Records manager"


def test_a_plugins_rule_denies_as_ours_do(make_pack, ask, kinds):
    gate = Gate(make_pack(OFFICERS_SEARCH, {"strength": "must", "rule": "never", "id": "7"}, kinds=kinds))
    assert gate.decide(ask()).clauses == ("7",)


def test_a_plugins_rule_never_grants(make_pack, ask, kinds):
    gate = Gate(make_pack({"strength": "may", "rule": "always"}, kinds=kinds))
    assert gate.decide(ask()).clauses == ("default",)


def test_a_plugins_rule_made_from_ours_never_grants(make_pack, ask):
    kinds = RuleKinds()
    role, purposes = kinds["role"], kinds["purposes"]
    kinds.register("my_role", type("MyRole", (role,), {"kind": "my_role"}))
    kinds.register("my_purposes", type("MyPurposes", (purposes,), {"kind": "my_purposes"}))
    own = {**OFFICERS_SEARCH, "rule": "my_role"}
    codes = {"strength": "may", "rule": "my_purposes", "codes": {"own": "My own"}}
    assert not Gate(make_pack(own, kinds=kinds)).decide(ask()).allowed
    assert not Gate(make_pack(OFFICERS_SEARCH, codes, kinds=kinds)).decide(ask(purpose="own")).allowed


def test_a_plugins_rule_that_fails_is_a_clause_not_met_and_quotes_nothing(make_pack, ask, kinds):
    gate = Gate(make_pack(OFFICERS_SEARCH, {"strength": "must", "rule": "broken", "id": "8"}, kinds=kinds))
    decision = gate.decide(ask())
    assert decision.verdict is Verdict.DENY
    assert "KeyError" in decision.explanation
    assert "ABC123" not in decision.explanation


@pytest.mark.parametrize(
    ("kind", "rule", "says"),
    [
        ("role", Never, "registered twice: by alpr-core and by plugin x"),
        ("Bad Name", Never, "lower-case"),
        ("thing", dict, "not a subclass"),
    ],
)
def test_a_rule_kind_that_cannot_be_registered_says_why_and_whose(kind, rule, says):
    with pytest.raises(PluginError, match=says):
        RuleKinds().register(kind, rule, owner="plugin x")


@pytest.mark.parametrize(("kind", "rule"), [("role", Never), ("no-name", Never), ("thing", dict)])
def test_a_plugins_rule_that_cannot_be_used_stops_only_the_pack_that_names_it(make_pack, ask, kind, rule):
    kinds = RuleKinds({kind: rule})
    assert Gate(make_pack(OFFICERS_SEARCH, kinds=kinds)).decide(ask()).allowed
    if kind != "role":
        with pytest.raises(ConfigError, match="is left out: rule"):
            make_pack({"strength": "must", "rule": kind}, kinds=kinds)
