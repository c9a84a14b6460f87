"""What is true of every pack and every request: nothing that is added loosens, and every answer says why."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from random_packs import LISTED, TODAY, VALUES, clauses, grants, periods, requests, restrictions

from alpr_core.models import ANONYMOUS, Finding, Verdict
from alpr_core.policy import Choice, Gate, Judgement, Policy, Rule, RuleKinds
from alpr_core.policy.rules import BUILT_IN, GRANTING


def test_the_random_packs_are_made_of_every_rule_kind():
    assert {*VALUES, "prohibited_uses"} == set(BUILT_IN)


# ---------------------------------------------------------------------------
# Nothing that is added loosens
# ---------------------------------------------------------------------------


@given(clauses=clauses, further=st.lists(restrictions, min_size=1, max_size=3), request=requests)
def test_a_further_clause_that_binds_never_turns_a_denial_into_leave(make_pack, clauses, further, request):
    if Gate(make_pack(*clauses, *further)).decide(request).allowed:
        assert Gate(make_pack(*clauses)).decide(request).allowed


@given(clauses=clauses, further=grants, request=requests)
def test_a_further_grant_frees_only_what_it_names(make_pack, clauses, further, request):
    before = Gate(make_pack(*clauses)).decide(request)
    after = Gate(make_pack(*clauses, further)).decide(request)
    if after.allowed and not before.allowed:
        named = further.get("action", "*")
        assert named == "*" or request.action in named
        assert further["rule"] != "purposes" or request.purpose in further["codes"]


def numbered(prefix: str, clauses: list[dict]) -> list[dict]:
    return [{**clause, "id": f"{prefix}{number}"} for number, clause in enumerate(clauses, start=1)]


days = st.sampled_from(("2026-01-01", "2027-01-01"))
bindings = st.lists(restrictions, min_size=1, max_size=4)


@given(clauses=clauses, first=bindings, second=bindings, effective=days, request=requests, data=st.data())
def test_an_overlay_never_turns_a_denial_into_leave(
    make_pack, make_overlay, clauses, first, second, effective, request, data
):
    pack = make_pack(*clauses)
    law = make_overlay(*numbered("law", first))
    further = make_overlay(*numbered("further", second), effective=effective)
    ids = [clause.id for each in (pack, law) for clause in each.clauses]
    choices = {"retention": Choice(data.draw(st.sampled_from(ids)), "Memo")}
    under = Gate(Policy(pack, (law,), choices)).decide(request).allowed
    if Gate(Policy(pack, (law, further), choices)).decide(request).allowed:
        assert under
    if Gate(Policy(pack, (law,))).decide(request).allowed:
        assert Gate(pack).decide(request).allowed


limits = st.builds(
    lambda least, most: [
        {"strength": "must", "rule": "retention", "keeps": keeps, "period": period, "then": "must_purge"}
        for keeps, period in (*least, *most)
    ],
    st.lists(st.tuples(st.sampled_from(("at_least", "exactly")), periods), max_size=2),
    st.lists(st.tuples(st.just("at_most"), periods), max_size=2),
)


@given(pack=limits, law=limits, further=limits, chosen=st.integers(0, 5))
def test_an_overlay_never_loosens_a_limit_and_a_choice_gives_up_only_what_clashes(
    make_pack, make_overlay, pack, law, further, chosen
):
    town = make_pack(LISTED, *numbered("town", pack))
    laws = tuple(
        make_overlay({"id": f"{name}0", "strength": "must", "rule": "statement"}, *numbered(name, each))
        for name, each in (("law", law), ("further", further))
    )
    ids = [clause.id for each in (town, laws[0]) for clause in each.clauses]
    choices = {"retention": Choice(ids[chosen % len(ids)], "Memo")}
    for made in ({}, choices):
        before = Policy(town, laws[:1], made).limit("retention", TODAY)
        after = Policy(town, laws, made).limit("retention", TODAY)
        if before.least:
            assert after.least
            assert after.least[0].usual >= before.least[0].usual
        if before.most:
            assert after.most
            assert after.most[0].usual <= before.most[0].usual
    policy = Policy(town, laws, choices)
    every = [(clause, each) for clause in policy.clauses for each in clause.rule.bounds()]
    followed = [each for clause, each in every if clause.id == choices["retention"].follow]
    if followed:
        left = policy.limit("retention", TODAY)
        for _, each in every:
            if not each.clashes_with(followed[0]):
                assert each.least is None or left.least[0].usual >= each.least.usual
                assert each.most is None or left.most[0].usual <= each.most.usual


answers = st.sampled_from(
    (None, Judgement(True, "yes"), Judgement(False, "no"), True, "yes", ("met", "yes"), KeyError)
)


@given(
    clauses=clauses,
    base=st.sampled_from((Rule, *GRANTING)),
    strength=st.sampled_from(("must", "should", "may")),
    answer=answers,
    request=requests,
)
def test_a_plugins_rule_kind_never_turns_a_denial_into_leave(
    make_pack, clauses, base, strength, answer, request
):
    def judge(self, request, policy):
        if answer is KeyError:
            raise KeyError("ABC123")
        return answer

    kind = type("OfPlugin", (base,), {"kind": "of_plugin", "judge": judge})
    own = {"rule": "of_plugin", "strength": strength, "action": "*"}
    if base.__name__ == "Purposes" and strength == "may":
        own |= {"codes": {"curiosity": "Curiosity"}}
    own |= {"Role": {"role": "everyone"}, "Delegation": {"of": "officer"}}.get(base.__name__, {})
    kinds = RuleKinds({"of_plugin": kind})
    if Gate(make_pack(*clauses, own, kinds=kinds)).decide(request).allowed:
        assert Gate(make_pack(*clauses)).decide(request).allowed


findings = st.builds(
    Finding,
    verdict=st.sampled_from(Verdict),
    clause=st.just("plugin x"),
    says=st.just("no"),
    because=st.just("x objects"),
)


@given(clauses=clauses, says=st.lists(findings, max_size=2), request=requests)
def test_an_objection_denies_and_no_review_permits(make_pack, clauses, says, request):
    pack = make_pack(*clauses)
    reviewed = Gate(pack, review=lambda decision, request: says).decide(request)
    assert reviewed.allowed == (Gate(pack).decide(request).allowed and not says)


# ---------------------------------------------------------------------------
# What is true of every decision
# ---------------------------------------------------------------------------


@given(clauses=clauses, request=requests)
def test_an_action_that_no_clause_grants_to_the_actor_is_denied(make_pack, clauses, request):
    gate = Gate(make_pack(*clauses))
    granted = gate.actions_of(request.actor.roles) if request.actor.is_known else frozenset()
    assigned = any(
        clause["rule"] == "delegation"
        and clause["strength"] == "may"
        and {"*", request.action} & {*clause["action"]}
        for clause in clauses
    )
    if gate.decide(request).allowed:
        assert assigned or {"*", request.action} & granted


@given(clauses=clauses, request=requests, seed=st.integers(0, 99))
def test_the_order_of_the_clauses_changes_no_verdict(make_pack, clauses, request, seed):
    shuffled = random.Random(seed).sample(clauses, len(clauses))
    assert (
        Gate(make_pack(*clauses)).decide(request).verdict
        == Gate(make_pack(*shuffled)).decide(request).verdict
    )


@given(clauses=clauses, request=requests)
def test_every_decision_names_a_clause_with_its_words(make_pack, clauses, request):
    decision = Gate(make_pack(*clauses)).decide(request)
    assert decision.clauses
    assert all(finding.says and finding.because for finding in decision.findings)


@given(clauses=clauses, request=requests)
def test_nobody_is_granted_anything_who_has_not_logged_in(make_pack, clauses, request):
    assert not Gate(make_pack(*clauses)).decide(replace(request, actor=ANONYMOUS)).allowed


@given(clauses=clauses, request=requests, at=st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_the_day_changes_nothing_where_no_data_grows_older(make_pack, clauses, request, at):
    gate = Gate(make_pack(*clauses))
    ageless = replace(request, facts={**request.facts, "captured_at": None})
    later = replace(ageless, at=datetime(at.year, at.month, at.day, tzinfo=UTC))
    assert gate.decide(later).verdict == gate.decide(ageless).verdict
