"""Each row of three departments' papers: what it allows, what it denies by its paragraph, and who does the rest."""

from __future__ import annotations

import pytest
import rows_belton_mo
import rows_leicester_ma
import rows_marion_oh

from alpr_core.entries import ACTIONS
from alpr_core.policy import Gate, lay_over, load_pack
from alpr_core.policy.vocabulary import TO_COME

TABLES = (rows_belton_mo, rows_leicester_ma, rows_marion_oh)
DECIDED = [(table.PACK, each) for table in TABLES for each in table.DECIDED]
BY_HAND = [(table.PACK, each) for table in TABLES for each in table.BY_HAND]


def with_pack(lines):
    """Each line of the tables with its pack before it."""
    return [pytest.param(pack, *line.values, marks=line.marks, id=line.id) for pack, line in lines]


@pytest.fixture(scope="module")
def gates():
    return {
        table.PACK: Gate(lay_over([load_pack(table.PACK, actions=ACTIONS)], values=table.VALUES))
        for table in TABLES
    }


@pytest.fixture
def decide(gates, ask):
    def decide(pack: str, asked: dict):
        fields = {name: value for name, value in asked.items() if name not in ("action", "roles")}
        return gates[pack].decide(ask(asked["action"], *asked["roles"], **fields))

    return decide


@pytest.mark.parametrize(("pack", "clause", "allowed", "denied"), with_pack(DECIDED))
def test_what_a_paragraph_allows_is_allowed_and_what_it_forbids_is_denied_by_it(
    decide, pack, clause, allowed, denied
) -> None:
    first = decide(pack, allowed)
    assert first.allowed, first.explanation
    second = decide(pack, denied)
    assert not second.allowed
    assert clause in second.clauses


@pytest.mark.parametrize(("pack", "clause", "kept", "who", "where"), with_pack(BY_HAND))
def test_what_no_act_can_be_held_against_has_somebody_who_does_it(pack, clause, kept, who, where) -> None:
    found = load_pack(pack).clause(clause)
    assert found.kept == kept
    assert who in found.who
    assert where in found.where


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.PACK)
def test_every_row_has_a_clause(table) -> None:
    rows = {clause.row for clause in load_pack(table.PACK).clauses}
    assert rows == {f"{table.LETTER}{number}" for number in range(1, table.LAST + 1)}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.PACK)
def test_every_act_is_somebodys_but_those_that_the_paper_gives_nobody(table) -> None:
    pack = load_pack(table.PACK, actions=ACTIONS)
    assert Gate(pack).actions_of(pack.roles) == (ACTIONS | set(TO_COME)) - table.NOBODYS


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.PACK)
def test_whoever_administers_trains_or_audits_opens_no_data(table) -> None:
    gate = Gate(load_pack(table.PACK))
    opens = {"search.run", "read.show", "image.open", "image.print", "hit.list", "read.export"}
    for role in ("program_manager", "admin", "auditor", "training_manager", "tac", "evidence"):
        assert not gate.actions_of([role]) & opens
