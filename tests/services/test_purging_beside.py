"""A purge is never in the way of others for long: its transaction ends where somebody waits."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from alpr_core.models import ReadFilter
from alpr_core.services import purging as purging_module
from alpr_core.services.purging import purge
from alpr_core.services.search import search_reads
from alpr_core.store.purging import Purging

DAY = timedelta(days=1)


@pytest.fixture
def counts(site):
    """Return how many reads each of the purge's entries tells of."""

    def told() -> list[int]:
        with site.store.snapshot() as work:
            return [one.body["public"]["count"] for one in work.ledger.entries(kind="read.purge")]

    return told


@pytest.fixture
def due(see, site, monkeypatch):
    """Five reads that are due, looked at two by two."""
    monkeypatch.setattr(purging_module, "STEP", 2)
    for number in range(5):
        see(f"AAA11{number}")
    site.clock.advance(31 * DAY)


@pytest.mark.usefixtures("due")
def test_where_nobody_waits_one_transaction_takes_many_reads(purging, counts) -> None:
    assert purge(purging("P30D")).reads == 5
    assert counts() == [5]


@pytest.mark.usefixtures("due")
def test_a_search_that_waits_gets_its_turn_before_the_purge_goes_on(
    purging, site, counts, monkeypatch
) -> None:
    boss, destroy, searchers = purging("P30D"), Purging.destroy, []

    def search() -> None:
        search_reads(boss, ReadFilter(plate="AAA114"), purpose="stolen_vehicle", case="26-1041")

    def destroy_while_somebody_searches(self: Purging, *given: object) -> object:
        if not searchers:
            searchers.append(threading.Thread(target=search))
            searchers[0].start()
            until = time.monotonic() + 30
            while not site.store.is_awaited(self._connection) and time.monotonic() < until:
                pass
        return destroy(self, *given)

    monkeypatch.setattr(Purging, "destroy", destroy_while_somebody_searches)
    assert purge(boss).reads == 5
    searchers[0].join()
    assert counts() == [2, 3]
    with site.store.snapshot() as work:
        kinds = [one.body["kind"] for one in work.ledger.entries(kind=None)]
    assert kinds.count("search.run") == 1
    first, last = (at for at, kind in enumerate(kinds) if kind == "read.purge")
    assert first < kinds.index("search.run")
    assert last > first
