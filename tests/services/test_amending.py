"""A wrong case number is put right by a further entry of whoever gave it; what was recorded stays."""

from __future__ import annotations

import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import ReadFilter
from alpr_core.services.amending import amend
from alpr_core.services.search import search_reads
from alpr_ledger import vault

REASON = "two digits were turned round"


@pytest.fixture
def officer(act_as):
    return act_as("officer")


@pytest.fixture
def searched(officer):
    """The entry of a search for a wrong case."""
    return search_reads(officer, ReadFilter(plate="ABC123"), purpose="stolen_vehicle", case="26-1014").entry


def test_a_further_entry_names_the_act_and_holds_the_right_number(site, officer, searched) -> None:
    with site.store.snapshot() as work:
        before = work.ledger.entry(searched).data
    done = amend(officer, searched, "26-1041", reason=REASON)
    with site.store.snapshot() as work:
        assert work.ledger.entry(searched).data == before
        body = work.ledger.entry(done).body
        case = vault.open_value(work.connection, done, "case", site.keys).value
    assert (body["kind"], body["public"], case) == ("act.amend", {"amends": searched}, "26-1041")
    assert "26-1041" not in str(body)


def test_only_ones_own_acts_are_amended(act_as, searched) -> None:
    other = act_as("officer")
    for entry in (searched, 0, 4711, -1):
        with pytest.raises(NotFound, match="an act of yours"):
            amend(other, entry, "26-1041", reason=REASON)


def test_an_act_without_a_case_number_is_not(site, officer, searched) -> None:
    done = amend(officer, searched, "26-1041", reason=REASON)
    with pytest.raises(InputError, match="carries no case number"):
        amend(officer, done, "26-1041", reason=REASON)


@pytest.mark.parametrize(("case", "reason"), [("", REASON), ("26-1041", ""), ("26-1041", "inv")])
def test_number_and_reason_are_needed(officer, searched, case, reason) -> None:
    with pytest.raises(InputError):
        amend(officer, searched, case, reason=reason)


def test_whom_the_policy_does_not_let_is_denied(act_as, searched) -> None:
    with pytest.raises(Denied):
        amend(act_as("admin"), searched, "26-1041", reason=REASON)
