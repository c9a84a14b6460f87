"""The gate as a whole: what is true of every pack and every request."""

from __future__ import annotations

import random
import statistics
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alpr_core.models import ANONYMOUS, Actor, Finding, Verdict
from alpr_core.policy import Gate, load_pack

ROLES = ("officer", "auditor")
ACTIONS = ("search.run", "read.show", "ledger.read")
CODES = ("wanted", "audit")

some_roles = st.lists(st.sampled_from((*ROLES, "everyone")), min_size=1, max_size=2, unique=True)
some_actions = st.one_of(
    st.just("*"), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
)
exempt = st.fixed_dictionaries(
    {},
    optional={"origin": st.sampled_from(("server", "vehicle")), "role": st.sampled_from(ROLES)},
)
grants = st.one_of(
    st.fixed_dictionaries(
        {"strength": st.just("may"), "rule": st.just("role"), "role": some_roles, "action": some_actions}
    ),
    st.fixed_dictionaries(
        {
            "strength": st.just("may"),
            "rule": st.just("purposes"),
            "codes": st.sampled_from([{code: code.title()} for code in CODES]),
        },
        optional={"role": some_roles, "action": some_actions},
    ),
)
restrictions = st.one_of(
    st.fixed_dictionaries(
        {"strength": st.sampled_from(("must", "should")), "rule": st.just("role"), "role": some_roles}
        | {"action": some_actions},
        optional={"exempt": exempt},
    ),
    st.fixed_dictionaries(
        {
            "strength": st.sampled_from(("must", "should")),
            "rule": st.just("purposes"),
            "action": some_actions,
        },
        optional={"exempt": exempt},
    ),
    st.fixed_dictionaries(
        {
            "strength": st.sampled_from(("must", "should")),
            "rule": st.just("access_record"),
            "action": some_actions,
            "fields": st.lists(
                st.sampled_from(("name", "date", "purpose", "case", "reason")), min_size=1, unique=True
            ),
        },
        optional={"exempt": exempt},
    ),
    st.just({"strength": "must", "rule": "statement"}),
)
clauses = st.lists(st.one_of(grants, restrictions), min_size=1, max_size=6)
actors = st.one_of(
    st.just(ANONYMOUS),
    st.builds(Actor, id=st.just("p1"), roles=st.frozensets(st.sampled_from(ROLES))),
    st.just(Actor(id="system:capture", roles=frozenset({"officer"}))),
)
questions = st.fixed_dictionaries(
    {
        "action": st.sampled_from((*ACTIONS, "never.named", "")),
        "actor": actors,
        "purpose": st.sampled_from(("", *CODES, "curiosity")),
        "case": st.sampled_from(("", "26-1")),
        "reason": st.sampled_from(("", "because")),
        "origin": st.sampled_from(("server", "vehicle")),
    }
)
few = settings(max_examples=100, deadline=None)


@few
@given(clauses=clauses, question=questions)
def test_an_action_that_no_clause_grants_to_the_actor_is_denied(make_pack, ask, clauses, question):
    gate = Gate(make_pack(*clauses))
    actor, action = question["actor"], question["action"]
    granted = gate.actions_of(actor.roles) if actor.is_known else frozenset()
    if gate.decide(ask(**question)).allowed:
        assert action in granted or "*" in granted


@few
@given(clauses=clauses, further=restrictions, question=questions)
def test_a_further_must_or_should_never_turns_a_denial_into_permission(
    make_pack, ask, clauses, further, question
):
    request = ask(**question)
    if Gate(make_pack(*clauses, further)).decide(request).allowed:
        assert Gate(make_pack(*clauses)).decide(request).allowed


@few
@given(clauses=clauses, further=grants, question=questions)
def test_a_further_may_frees_only_what_it_names(make_pack, ask, clauses, further, question):
    request = ask(**question)
    before = Gate(make_pack(*clauses)).decide(request)
    after = Gate(make_pack(*clauses, further)).decide(request)
    if after.allowed and not before.allowed:
        named = further.get("action", "*")
        assert named == "*" or request.action in named
        assert further["rule"] == "role" or request.purpose in further["codes"]


@few
@given(clauses=clauses, question=questions, seed=st.integers(0, 99))
def test_the_order_of_the_clauses_changes_no_verdict(make_pack, ask, clauses, question, seed):
    request = ask(**question)
    shuffled = random.Random(seed).sample(clauses, len(clauses))
    assert (
        Gate(make_pack(*clauses)).decide(request).verdict
        == Gate(make_pack(*shuffled)).decide(request).verdict
    )


@few
@given(clauses=clauses, question=questions, says=st.lists(st.sampled_from(("no", "never")), max_size=2))
def test_an_objection_denies_and_no_review_permits(make_pack, ask, clauses, question, says):
    def review(decision, context):
        return [
            Finding(verdict=Verdict.ALLOW, clause="plugin x", says=word, because="x objects") for word in says
        ]

    request = ask(**question)
    plain = Gate(make_pack(*clauses)).decide(request)
    reviewed = Gate(make_pack(*clauses), review=review).decide(request)
    assert reviewed.allowed == (plain.allowed and not says)


@few
@given(clauses=clauses, question=questions)
def test_every_decision_names_a_clause_with_its_words(make_pack, ask, clauses, question):
    decision = Gate(make_pack(*clauses)).decide(ask(**question))
    assert decision.clauses
    assert all(finding.says and finding.because for finding in decision.findings)


def test_a_should_that_is_not_met_asks_for_a_reason_then_warns_and_names_the_clause(make_pack, ask):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"},
            {
                "strength": "should",
                "rule": "access_record",
                "action": "search.run",
                "fields": ["case"],
                "id": "6",
            },
        )
    )
    without = gate.decide(ask())
    assert (without.verdict, without.clauses) == (Verdict.DENY, ("6",))
    assert "--reason" in without.explanation
    with_reason = gate.decide(ask(reason="no number yet"))
    assert with_reason.verdict is Verdict.WARN
    assert "6" in with_reason.clauses
    assert gate.decide(ask(case="26-1")).verdict is Verdict.ALLOW


def test_a_clause_leaves_alone_what_is_exempt_from_it(make_pack, ask):
    gate = Gate(
        make_pack(
            {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"},
            {
                "strength": "must",
                "rule": "access_record",
                "action": "search.run",
                "fields": ["case"],
                "exempt": {"origin": "vehicle"},
            },
        )
    )
    assert not gate.decide(ask(origin="server")).allowed
    assert gate.decide(ask(origin="vehicle")).allowed


def test_a_denial_because_of_the_role_names_the_clause_that_grants_it_to_others(make_pack, ask):
    gate = Gate(
        make_pack({"strength": "may", "rule": "role", "role": "auditor", "action": "ledger.read", "id": "4"})
    )
    decision = gate.decide(ask("ledger.read", "officer"))
    assert decision.clauses == ("4",)
    assert "ledger.read is for Auditor; this person is Officer" in decision.explanation


def test_a_denial_without_any_clause_says_that_no_clause_grants_it(make_pack, ask):
    gate = Gate(make_pack({"strength": "may", "rule": "role", "role": "auditor", "action": "ledger.read"}))
    assert "no clause of test grants 'search.run'" in gate.decide(ask()).explanation


def test_an_allowed_act_is_allowed_under_every_clause_that_spoke(ask):
    decision = Gate(load_pack("minimal")).decide(ask(purpose="stolen_vehicle", case="26-104"))
    assert decision.clauses == ("1(a)", "3(a)", "3(b)", "3(c)", "4(a)")


# ---------------------------------------------------------------------------
# The rows that the minimal pack decides already
# ---------------------------------------------------------------------------

SEARCH = {"action": "search.run", "purpose": "wanted", "case": "26-104"}


@pytest.fixture(scope="module")
def minimal():
    return Gate(load_pack("minimal"))


@pytest.mark.clause("M1")
@pytest.mark.parametrize("purpose", ["stolen_vehicle", "wanted", "stolen_plate", "missing_person"])
def test_the_four_purposes_of_the_first_paragraph_allow_a_search(minimal, ask, purpose):
    decision = minimal.decide(ask(**{**SEARCH, "purpose": purpose}))
    assert decision.allowed
    assert "1(a)" in decision.clauses


@pytest.mark.clause("M2")
@pytest.mark.parametrize(
    "purpose",
    [
        "active_warrant",
        "homeland_security",
        "electronic_surveillance",
        "suspect_interdiction",
        "stolen_property",
    ],
)
def test_the_further_purposes_allow_a_search_under_their_own_paragraph(minimal, ask, purpose):
    decision = minimal.decide(ask(**{**SEARCH, "purpose": purpose}))
    assert decision.allowed
    assert "1(b)" in decision.clauses


@pytest.mark.clause("M3")
def test_only_an_administrator_adds_a_person(minimal, ask):
    assert minimal.decide(ask("person.add", "admin")).allowed
    assert "2(b)" in minimal.decide(ask("person.add", "officer", "auditor")).clauses


@pytest.mark.clause("M5")
def test_a_purpose_outside_the_list_is_denied_under_its_paragraph(minimal, ask):
    assert minimal.decide(ask(**{**SEARCH, "purpose": "curiosity"})).clauses == ("3(b)",)


@pytest.mark.clause("M7")
def test_a_search_without_a_case_number_is_denied_under_its_paragraph(minimal, ask):
    assert minimal.decide(ask(**{**SEARCH, "case": ""})).clauses == ("3(c)",)


@pytest.mark.clause("M8")
def test_a_search_needs_no_suspicion_beyond_its_purpose_and_case(minimal, ask):
    assert minimal.decide(ask(**SEARCH)).verdict is Verdict.ALLOW


@pytest.mark.clause("M22")
@pytest.mark.parametrize("origin", ["server", "vehicle"])
def test_data_is_reached_only_through_a_login_on_server_and_vehicle(minimal, ask, origin):
    decision = minimal.decide(ask(**SEARCH, actor=ANONYMOUS, origin=origin))
    assert "4(a)" in decision.clauses
    assert minimal.decide(ask(**SEARCH, origin=origin)).allowed


@pytest.mark.clause("M23")
def test_an_administrator_may_import_a_hotlist_but_not_search(minimal, ask):
    importing = ask("hotlist.import", "admin", purpose="administration")
    assert minimal.decide(importing).allowed
    searching = replace(importing, action="search.run", case="26-104")
    assert "3(a)" in minimal.decide(searching).clauses


@pytest.mark.clause("M25")
def test_only_an_auditor_reads_the_record_of_accesses(minimal, ask):
    assert minimal.decide(ask("ledger.read", "auditor")).allowed
    assert "4(d)" in minimal.decide(ask("ledger.read", "admin", "officer")).clauses


def test_a_decision_takes_less_than_a_fifth_of_a_millisecond(minimal, ask):
    request = ask(**SEARCH)
    times = []
    for _ in range(500):
        start = time.perf_counter()
        minimal.decide(request)
        times.append(time.perf_counter() - start)
    assert statistics.median(times) < 0.0002
