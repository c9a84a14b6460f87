"""A site under Leicester's policy, where searches of the server need an approval."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.policy import Gate, lay_over, load_pack


def gate_of(changed=lambda clause: clause) -> Gate:
    pack = load_pack("leicester-ma", actions=ACTIONS)
    return Gate(lay_over([pack.model_copy(update={"clauses": tuple(map(changed, pack.clauses))})]))


@pytest.fixture
def leicester(site):
    return replace(site, gate=gate_of())


@pytest.fixture
def someone(leicester, act_as):
    """Makes a person there with these roles."""

    def make(*roles: str) -> Act:
        return Act(leicester, act_as(*roles).actor)

    return make


@pytest.fixture
def leicester_with(site, act_as) -> Callable[..., Callable[..., Act]]:
    """``leicester_with(changed)`` makes people there, under a paper of which each clause was changed."""

    def under(changed) -> Callable[..., Act]:
        there = replace(site, gate=gate_of(changed))
        return lambda *roles: Act(there, act_as(*roles).actor)

    return under
