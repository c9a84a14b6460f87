"""What is true of every pack and every request: nothing that is added loosens, and every answer says why.

Random packs of every rule kind, with values that clash, and random requests with every fact, right and wrong.
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alpr_core.models import ANONYMOUS, Actor, Finding, Request, Verdict
from alpr_core.policy import FACTS, Choice, Gate, Judgement, Policy, Rule, RuleKinds
from alpr_core.policy.rules import BUILT_IN, GRANTING

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = NOW.date()

ROLES = ("officer", "auditor")
ACTIONS = ("search.run", "read.purge", "release.make", "hold.place")
CODES = ("wanted", "audit")
PERIODS = ("P1D", "P30D", "P90D", "P1Y")
OPEN = {"open": "The period", "found": "The schedule"}

# ---------------------------------------------------------------------------
# Clauses
# ---------------------------------------------------------------------------

some_roles = st.lists(st.sampled_from((*ROLES, "everyone")), min_size=1, max_size=2, unique=True)
one_role = st.sampled_from(ROLES)
some_actions = st.one_of(
    st.just("*"), st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2, unique=True)
)
some_codes = st.lists(st.sampled_from(CODES), min_size=1, unique=True)
periods = st.sampled_from(PERIODS)
codes_or_none = {"purpose": some_codes}

VALUES = {
    "role": ({"role": some_roles}, {}),
    "delegation": ({"of": one_role}, {}),
    "purposes": ({}, {}),
    "access_record": (
        {
            "fields": st.lists(
                st.sampled_from(("name", "date", "purpose", "case", "reason")), min_size=1, unique=True
            )
        },
        {},
    ),
    "access_record_kept": ({"at_least": periods}, {}),
    "training": ({"area": st.sampled_from(("operate", "access"))}, {"valid": periods}),
    "authority": ({"system": st.sampled_from(("leds", "mules"))}, {}),
    "approval": ({"approver": some_roles}, {"designee": st.booleans()}),
    "verification": ({"system": st.sampled_from(("leds", "mules"))}, {}),
    "location_approval": ({"approver": st.just("The Mayor")}, {}),
    "prohibited_fields": ({"fields": st.just(["name", "race"])}, {}),
    "retention": (
        {
            "period": st.one_of(periods, st.just(OPEN)),
            "keeps": st.sampled_from(("at_least", "exactly", "at_most")),
            "then": st.just("may_purge"),
        },
        {},
    ),
    "hold": ({"reasons": st.just(["criminal"])}, {}),
    "evidence": ({"mode": st.sampled_from(("book_portable_media", "attach_to_report"))}, {}),
    "transfer_limit": ({"at_most": periods}, {}),
    "release": (
        {"to": st.lists(st.sampled_from(("law_enforcement", "other")), min_size=1, unique=True)},
        {"verified": st.booleans(), "legal_basis": st.booleans(), "within_state": st.just("or")},
    ),
    "referral": ({"to": some_roles}, {}),
    "closed": ({"origin": st.just("leds"), "to": st.just("public")}, {}),
    "audit_schedule": ({"every": periods}, {}),
    "annual_report": ({"due": st.sampled_from(("01-31", "12-31"))}, {}),
    "publish": ({"what": st.just("policy")}, {}),
    "breach": ({}, {"within": periods}),
    "search_limit": (
        {"at_most": st.integers(0, 5), "within": periods},
        {"of": st.sampled_from(("any", "same_plate"))},
    ),
    "answer_limit": ({"at_most": st.integers(1, 100)}, {}),
    "major_crimes": ({"codes": st.just({"homicide": "Homicide"})}, {}),
    "banner": ({}, {"every": periods}),
    "statement": ({}, {}),
}
"""Of each rule kind the values that it needs, and those that it may have beside."""

uses = st.one_of(
    st.fixed_dictionaries({"use": st.just("tracking")}, optional={"approver": one_role}),
    st.fixed_dictionaries({"use": st.just("area"), "purpose": some_codes}, optional={"approver": one_role}),
    st.fixed_dictionaries({"use": st.just("bulk"), "at_most": st.integers(0, 5)}),
    st.fixed_dictionaries({"use": st.just("offence"), "offences": st.just("minor")}),
    st.fixed_dictionaries({"use": st.just("destination"), "destinations": st.just("public")}),
)
exempt = st.fixed_dictionaries(
    {}, optional={"origin": st.sampled_from(("server", "vehicle")), "role": one_role, "purpose": some_codes}
)
bound = st.fixed_dictionaries(
    {"strength": st.sampled_from(("must", "should")), "action": some_actions}, optional={"exempt": exempt}
)


def of_kind(kind: str) -> st.SearchStrategy[dict]:
    """Clauses of a kind that bind."""
    if kind == "prohibited_uses":
        return st.builds(lambda own, values: {**own, "rule": kind, **values}, bound, uses)
    needed, optional = VALUES[kind]
    values = st.fixed_dictionaries(needed, optional=optional)
    return st.builds(lambda own, values: {**own, "rule": kind, **values}, bound, values)


restrictions = st.sampled_from(sorted(BUILT_IN)).flatmap(of_kind)
role_grants = st.fixed_dictionaries(
    {"strength": st.just("may"), "rule": st.just("role"), "role": some_roles, "action": some_actions}
)
grants = st.one_of(
    role_grants,
    st.fixed_dictionaries(
        {"strength": st.just("may"), "rule": st.just("delegation"), "of": one_role, "action": some_actions}
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
LISTED = {
    "strength": "may",
    "rule": "purposes",
    "codes": {code: code.title() for code in CODES},
    "role": "auditor",
}
clauses = st.builds(
    lambda first, more, binding: [LISTED, first, *more, *binding],
    role_grants,
    st.lists(grants, max_size=3),
    st.lists(restrictions, max_size=4),
)

# ---------------------------------------------------------------------------
# Requests
# ---------------------------------------------------------------------------

wrong = st.sampled_from((None, "", "yes", 0, 7, (), ["criminal"]))
RIGHT = {
    "bool": st.booleans(),
    "int": st.integers(0, 9),
    "code": st.sampled_from(("leds", "criminal", "law_enforcement", "other", "or", "public", "minor")),
    "codes": st.lists(
        st.sampled_from(("access", "operate", "leds", *ROLES, "designee", "name")), max_size=3, unique=True
    ),
    "text": st.sampled_from(("", "A law")),
    "lately": st.lists(
        st.tuples(st.just("search.run"), st.just(NOW), st.sampled_from(("", "ABC123"))), max_size=6
    ).map(tuple),
    "time": st.sampled_from([NOW - timedelta(days=days) for days in (0, 20, 31, 400)]),
}
facts = st.fixed_dictionaries(
    {}, optional={name: st.one_of(RIGHT[fact.type], wrong) for name, fact in FACTS.items()}
)
actors = st.one_of(
    st.builds(Actor, id=st.just("p1"), roles=st.frozensets(st.sampled_from(ROLES))),
    st.sampled_from(
        (
            ANONYMOUS,
            Actor(id="system:capture", roles=frozenset({"officer"})),
            Actor(id="system:capture", roles=frozenset({"officer"}), delegated_by="p1"),
        )
    ),
)
requests = st.builds(
    Request,
    action=st.sampled_from((*ACTIONS, "never.named", "")),
    actor=actors,
    at=st.just(NOW),
    purpose=st.sampled_from(("", *CODES, "curiosity")),
    case=st.sampled_from(("", "26-1")),
    reason=st.sampled_from(("", "because")),
    origin=st.sampled_from(("server", "vehicle")),
    facts=facts,
)


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
