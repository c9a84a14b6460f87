"""Each enforced clause of the packs decides: something passes by it, something is denied by it, neither without it.

A table of ``rows/`` is of one pack, or of an overlay laid over one. Under a clause's id stand ``ok``, what a request
that is allowed has beside the table's ``[base]``, and ``no``, what about it makes the clause deny; ``with`` names the
other clauses that deny it too. A clause that grants needs no ``no``: the same request is denied without it. A clause
on what may leave has ``closes`` and ``open`` in their place, and one that only sets a limit names that. The keys of a
request are those of `as_request` in conftest.py.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from alpr_core.entries import ACTIONS
from alpr_core.models import Request, Verdict
from alpr_core.policy import Gate, Policy, Strength, lay_over, load_pack, pack_names

TODAY = date(2026, 11, 23)
FOLDER = Path(__file__).parent / "rows"
NOT_IN_FORCE = {"minimal", "template"}
"""The pack to try the software with, which has tests of its own, and the one to be filled in."""

WORDS = {"pack", "overlay", "values", "base"}
TABLES: dict[str, dict[str, Any]] = {
    file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in sorted(FOLDER.glob("*.toml"))
}


EVERY = [(name, clause_id) for name, table in TABLES.items() for clause_id in table if clause_id not in WORDS]


@cache
def policy_of(name: str, *without: str) -> Policy:
    """The policy of a table, without some of its clauses."""
    table = TABLES[name]
    packs = [load_pack(table["pack"], actions=ACTIONS)]
    if "overlay" in table:
        packs.append(load_pack(table["overlay"], kind="overlay", actions=ACTIONS))
    left = [
        pack.model_copy(
            update={"clauses": tuple(clause for clause in pack.clauses if clause.id not in without)}
        )
        for pack in packs
    ]
    values = {each: value for each, value in table.get("values", {}).items() if each not in without}
    return lay_over(left, values=values)


def rows(forms: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "clause_id"), forms, ids=[" ".join(form) for form in forms])


def strength_of(form: tuple[str, str]) -> Strength:
    return load_pack(form[0], kind=None).clause(form[1]).strength


CLOSES = [(name, clause_id) for name, clause_id in EVERY if "closes" in TABLES[name][clause_id]]
LIMITS = [(name, clause_id) for name, clause_id in EVERY if "limit" in TABLES[name][clause_id]]
ASKED = [form for form in EVERY if form not in (*CLOSES, *LIMITS)]
GRANTS = [form for form in ASKED if strength_of(form) is Strength.MAY]
BINDS = [form for form in ASKED if strength_of(form) is not Strength.MAY]
IN_FORCE = sorted({*pack_names(), *pack_names("overlay")} - NOT_IN_FORCE)


@pytest.fixture
def asked(as_request):
    """The request that a row lets through, and the one that its clause denies."""

    def make(name: str, clause_id: str) -> tuple[Request, Request]:
        base, says = TABLES[name]["base"], TABLES[name][clause_id]
        allowed = {**base, **says.get("ok", {})}
        return as_request(allowed), as_request({**allowed, **says.get("no", {})})

    return make


@pytest.mark.parametrize("name", IN_FORCE)
def test_every_enforced_clause_has_its_row_and_no_other_has(name):
    enforced = [clause.id for clause in load_pack(name, kind=None).clauses if clause.kept == "enforced"]
    assert [clause_id for clause_id in TABLES[name] if clause_id not in WORDS] == enforced


@rows(GRANTS)
def test_a_clause_that_grants_allows_the_act_and_without_it_the_act_is_denied(asked, name, clause_id):
    allowed, _ = asked(name, clause_id)
    decision = Gate(policy_of(name)).decide(allowed)
    assert decision.verdict is Verdict.ALLOW, decision.explanation
    assert clause_id in decision.clauses
    assert not Gate(policy_of(name, clause_id)).decide(allowed).allowed


@rows(BINDS)
def test_a_clause_that_binds_denies_by_its_paragraph_and_without_it_nothing_does(asked, name, clause_id):
    allowed, denied = asked(name, clause_id)
    others = set(TABLES[name][clause_id].get("with", ()))
    gate, lacking = Gate(policy_of(name)), Gate(policy_of(name, clause_id))
    passed = gate.decide(allowed)
    assert passed.verdict is Verdict.ALLOW, passed.explanation
    decision = gate.decide(denied)
    assert not decision.allowed
    assert set(decision.clauses) == {clause_id, *others}
    left = lacking.decide(denied)
    assert set(left.clauses) == others if others else left.allowed


@rows([form for form in BINDS if strength_of(form) is Strength.SHOULD])
def test_a_clause_that_should_be_kept_warns_once_a_reason_is_given(asked, name, clause_id):
    _, denied = asked(name, clause_id)
    decision = Gate(policy_of(name)).decide(replace(denied, reason="It cannot wait"))
    assert decision.verdict is Verdict.WARN
    assert [each.clause for each in decision.findings if each.verdict is Verdict.WARN] == [clause_id]


@rows(CLOSES)
def test_a_clause_that_closes_an_origin_closes_it_and_no_other(name, clause_id):
    says = TABLES[name][clause_id]
    others = says.get("with", [])
    policy = policy_of(name, *others)
    closing = policy.closed(**says["closes"], on=TODAY)
    assert closing is not None
    assert closing.id == clause_id
    assert policy.closed(**says["open"], on=TODAY) is None
    assert policy_of(name, *others, clause_id).closed(**says["closes"], on=TODAY) is None


@rows(LIMITS)
def test_a_clause_that_sets_a_limit_is_the_one_that_sets_it(name, clause_id):
    says = TABLES[name][clause_id]
    limit = policy_of(name).limit(says["limit"], TODAY)
    assert limit.most is not None
    assert (str(limit.most[0]), limit.most[1].id) == (says["most"], clause_id)
    assert policy_of(name, clause_id).limit(says["limit"], TODAY).most is None


@pytest.mark.parametrize("name", IN_FORCE)
def test_what_is_done_by_hand_says_who_does_it_and_where_that_is_recorded(name):
    by_hand = [clause for clause in load_pack(name, kind=None).clauses if clause.kept == "by_hand"]
    assert by_hand
    assert [clause.id for clause in by_hand if not (clause.who and clause.where)] == []


@pytest.mark.parametrize("name", IN_FORCE)
def test_what_the_document_leaves_blank_says_so(name):
    pack = load_pack(name, kind=None)
    for clause in pack.clauses:
        assert bool(clause.says) == (pack.paragraphs.get(clause.id) != "Blank in the document")
