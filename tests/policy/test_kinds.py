"""The rule kinds of plugins: they deny as ours do, grant nothing, and break nothing."""

from __future__ import annotations

import pytest

from alpr_core.errors import ConfigError, PluginError
from alpr_core.models import Verdict
from alpr_core.policy import Clause, Gate, Judgement, Rule, RuleKinds
from alpr_core.policy.rules import WORDS_OF_A_CLAUSE

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


class Worded(Rule):
    """A rule kind of a plugin whose values are named as keys of every clause."""

    kind = "worded"
    says: str
    who: str


@pytest.fixture
def kinds() -> RuleKinds:
    made = RuleKinds()
    for kind in (Never, Always, Broken):
        made.register(kind.kind, kind, owner="plugin test")
    return made


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


def test_a_plugins_delegation_never_grants(make_pack, ask):
    kinds = RuleKinds()
    kinds.register("my_delegation", type("Mine", (kinds["delegation"],), {"kind": "my_delegation"}))
    own = {"strength": "may", "rule": "my_delegation", "of": "auditor", "action": "search.run"}
    assigned = ask(facts={"delegated": ["auditor"]})
    assert not Gate(make_pack(own, kinds=kinds)).decide(assigned).allowed
    assert Gate(make_pack({**own, "rule": "delegation"})).decide(assigned).allowed


@pytest.mark.parametrize("answer", [True, "ok", (True, "fine"), 1, {"met": True}])
def test_a_plugins_rule_that_answers_with_no_judgement_is_a_clause_not_met(make_pack, ask, answer):
    class Careless(Rule):
        kind = "careless"

        def judge(self, request, policy):
            return answer

    kinds = RuleKinds({"careless": Careless})
    gate = Gate(make_pack(OFFICERS_SEARCH, {"strength": "must", "rule": "careless", "id": "8"}, kinds=kinds))
    decision = gate.decide(ask())
    assert decision.clauses == ("8",)
    assert "answered with no Judgement: tell its author" in decision.explanation


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
        ("always", Never, "calls itself 'never'"),
        ("worded", Worded, "every clause has a key says and who already"),
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


def test_the_keys_of_every_clause_are_known_where_rule_kinds_are_registered():
    assert set(Clause.model_fields) == WORDS_OF_A_CLAUSE
