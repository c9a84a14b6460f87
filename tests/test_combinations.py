"""Which roles one person may hold: who audits is nobody who is audited, and every pack stays workable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.combinations import AUDIT, AUDITED, clash, pairs, smallest_staffing
from alpr_core.entries import ACTIONS
from alpr_core.policy import Gate, load_pack, pack_names

GATES = {name: Gate(load_pack(name, actions=ACTIONS)) for name in pack_names()}


@pytest.mark.parametrize("name", GATES)
def test_every_role_can_be_held_and_the_smallest_staffing_holds_them_all(name) -> None:
    gate = GATES[name]
    staffing = smallest_staffing(gate)
    assert sorted(role for roles in staffing for role in roles) == sorted(gate.policy.roles)
    assert all(clash(gate, roles) == "" for roles in staffing)
    assert len(staffing) <= 3


@pytest.mark.parametrize("name", GATES)
def test_the_auditor_is_apart_from_whoever_searches(name) -> None:
    together = {frozenset((one, other)): why for one, other, why in pairs(GATES[name])}
    assert together[frozenset({"auditor", "officer"})]


@pytest.mark.parametrize("name", GATES)
def test_the_auditor_is_apart_from_whoever_keeps_the_keys_and_the_accounts(name) -> None:
    together = {frozenset((one, other)): why for one, other, why in pairs(GATES[name])}
    assert together[frozenset({"auditor", "admin"})]


@given(name=st.sampled_from(sorted(GATES)), data=st.data())
def test_no_roles_that_go_together_audit_and_are_audited(name, data) -> None:
    gate = GATES[name]
    roles = data.draw(st.sets(st.sampled_from(sorted(gate.policy.roles))))
    actions = gate.actions_of(roles)
    by_one = any(AUDIT in gate.actions_of([role]) for role in roles)
    if by_one and clash(gate, roles) == "":
        own = {
            action for role in roles if AUDIT in gate.actions_of([role]) for action in gate.actions_of([role])
        }
        assert not (actions - own) & AUDITED


@given(name=st.sampled_from(sorted(GATES)), data=st.data())
def test_a_role_more_never_makes_a_clash_go_away(name, data) -> None:
    gate = GATES[name]
    roles = data.draw(st.sets(st.sampled_from(sorted(gate.policy.roles)), min_size=1))
    more = data.draw(st.sampled_from(sorted(gate.policy.roles)))
    if clash(gate, roles):
        assert clash(gate, {*roles, more})
