"""What one policy loosens that another held: whatever is called no loosening lets nothing through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_random_packs import clauses, days, grants, numbered, of_kind, requests, restrictions

from alpr_core.effective.loosening import policy_loosens
from alpr_core.policy import Choice, Gate, Policy, load_pack, pack_names
from alpr_core.policy.rules import Strength

SHIPPED = [*pack_names(), *pack_names("overlay")]


@st.composite
def edits(draw, of: list[dict]) -> list[dict]:
    """The clauses after some were dropped, put in, or written with other values; the list of purposes stays."""
    edited = list(of)
    for number in range(draw(st.integers(1, 3))):
        at = draw(st.integers(1, max(1, len(edited) - 1)))
        what = draw(st.sampled_from(("drop", "bind", "grant", "rewrite", "strength")))
        if what == "bind":
            edited.append({**draw(restrictions), "id": f"new{number}"})
        elif what == "grant":
            edited.append({**draw(grants), "id": f"new{number}"})
        elif at >= len(edited):
            continue
        elif what == "drop":
            del edited[at]
        elif edited[at]["strength"] != "may":
            change = {"strength": draw(st.sampled_from(("must", "should")))}
            if what == "rewrite":
                change = draw(of_kind(edited[at]["rule"]))
            edited[at] = {**change, "id": edited[at]["id"]} if what == "rewrite" else {**edited[at], **change}
    return edited


@given(before=clauses, request=requests, data=st.data())
def test_a_change_that_loosens_nothing_lets_nothing_through(make_pack, before, request, data) -> None:
    held = numbered("c", before)
    old, new = Policy(make_pack(*held)), Policy(make_pack(*data.draw(edits(held))))
    if not list(policy_loosens(old, new)) and Gate(new).decide(request).allowed:
        assert Gate(old).decide(request).allowed


@given(
    before=clauses,
    law=st.lists(restrictions, min_size=1, max_size=3),
    since=days,
    request=requests,
    data=st.data(),
)
def test_neither_does_a_change_of_an_overlay(
    make_pack, make_overlay, before, law, since, request, data
) -> None:
    pack, held = make_pack(*before), numbered("law", law)
    old = Policy(pack, (make_overlay(*held, effective=since),))
    changed = [one for one in data.draw(edits([{}, *held]))[1:] if one["strength"] != "may"]
    if not changed:
        return
    new = Policy(pack, (make_overlay(*changed, effective=data.draw(days)),))
    if not list(policy_loosens(old, new)) and Gate(new).decide(request).allowed:
        assert Gate(old).decide(request).allowed


@given(before=clauses)
def test_a_policy_loosens_nothing_of_itself(make_pack, before) -> None:
    policy = Policy(make_pack(*before))
    assert list(policy_loosens(policy, policy)) == []


@given(before=clauses, law=st.lists(restrictions, min_size=1, max_size=3))
def test_what_binds_beside_all_that_bound_needs_nobody_to_agree_unless_it_keeps_data_longer(
    make_pack, make_overlay, before, law
) -> None:
    pack = make_pack(*before)
    over = make_overlay(*numbered("law", law))
    told = list(policy_loosens(Policy(pack), Policy(pack, (over,))))
    keeps = any(bound.limit == "retention" and bound.least for c in over.clauses for bound in c.rule.bounds())
    assert not told or keeps
    assert any("is taken off" in each for each in policy_loosens(Policy(pack, (over,)), Policy(pack)))


@pytest.mark.parametrize("name", SHIPPED)
def test_whatever_clause_is_taken_out_or_weakened_somebody_has_to_agree(name: str) -> None:
    pack = load_pack(name, kind=None)
    held = Policy(pack)
    for clause in pack.clauses:
        if clause.strength is Strength.MAY:
            continue
        rest = tuple(each for each in pack.clauses if each is not clause)
        weaker = clause.model_copy(update={"strength": Strength.MAY})
        for left in (rest, (*rest, weaker)):
            looser = Policy(pack.model_copy(update={"clauses": left}))
            assert list(policy_loosens(held, looser)), clause.id
            assert list(policy_loosens(looser, held)) == [] or _keeps(clause), clause.id


def _keeps(clause) -> bool:
    return any(bound.limit == "retention" and bound.least for bound in clause.rule.bounds())


def test_every_pack_in_place_of_another_needs_somebody_to_agree() -> None:
    packs = [Policy(load_pack(name)) for name in pack_names()]
    for old in packs:
        for new in packs:
            assert old is new or list(policy_loosens(old, new))


OLD = {"strength": "must", "rule": "retention", "keeps": "at_most", "period": "P90D", "then": "may_purge"}
MIN = {**OLD, "keeps": "at_least"}
ASK = {"strength": "must", "rule": "approval", "action": "search.run", "approver": ["officer", "auditor"]}
USE = {"strength": "must", "rule": "prohibited_uses", "action": "search.run", "use": "bulk", "at_most": 100}
WHO = {"strength": "must", "rule": "role", "role": ["officer"], "action": ["search.run"]}


@pytest.mark.parametrize(
    ("old", "tighter"),
    [
        (OLD, {**OLD, "period": "P30D"}),
        (OLD, {**OLD, "then": "must_purge"}),
        ({**OLD, "strength": "should"}, OLD),
        (ASK, {**ASK, "approver": ["auditor"]}),
        ({**ASK, "designee": True}, ASK),
        ({**ASK, "exempt": {"origin": "vehicle"}}, ASK),
        (USE, {**USE, "at_most": 10}),
        (WHO, {**WHO, "action": "*"}),
        ({**WHO, "role": ["officer", "auditor"]}, WHO),
        ({"strength": "must", "rule": "training", "area": "access", "action": "*"},
         {"strength": "must", "rule": "training", "area": "access", "action": "*", "valid": "P1Y"}),
        ({"strength": "should", "rule": "audit_schedule", "every": "P1Y"},
         {"strength": "should", "rule": "audit_schedule", "every": "P6M"}),
    ],
)  # fmt: skip
def test_a_tighter_value_needs_nobody_and_the_way_back_does(make_pack, old, tighter) -> None:
    grant = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}
    before, after = Policy(make_pack(grant, old)), Policy(make_pack(grant, tighter))
    assert list(policy_loosens(before, after)) == []
    assert list(policy_loosens(after, before))


@pytest.mark.parametrize("period", ["P30D", "P1Y"])
def test_a_minimum_that_changes_either_way_needs_somebody(make_pack, period) -> None:
    grant = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}
    before, after = Policy(make_pack(grant, MIN)), Policy(make_pack(grant, {**MIN, "period": period}))
    assert list(policy_loosens(before, after))


def test_a_choice_between_paragraphs_and_a_limit_that_it_was_made_on_need_somebody(
    make_pack, make_overlay
) -> None:
    grant = {"strength": "may", "rule": "role", "role": "officer", "action": "search.run"}
    pack = make_pack(grant, {**MIN, "id": "town"})
    law, shorter = (make_overlay({**OLD, "id": "law", "period": period}) for period in ("P60D", "P30D"))
    chosen = {"retention": Choice("law", "Memo")}
    undecided, decided = Policy(pack, (law,)), Policy(pack, (law,), chosen)
    assert list(policy_loosens(undecided, decided))
    assert any("a choice" in each for each in policy_loosens(decided, Policy(pack, (shorter,), chosen)))
