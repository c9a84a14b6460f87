"""Who is told of what happened; what cannot be delivered waits, and undoes nothing; a failing ledger is told."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from alpr_core.act import Act
from alpr_core.delivering import Delivery, Route
from alpr_core.errors import Denied, InputError, LedgerUnwritable, StoreError
from alpr_core.models import ReadFilter
from alpr_core.services.hotlists import list_hotlists
from alpr_core.services.notices import send_test, tell
from alpr_core.services.search import ask_to_search, search_reads

WHY = {"purpose": "patrol", "case": "26-1041", "reason": "stolen last night at the fair"}
CAR = ReadFilter(plate="4KB 792")


class Post:
    """A notifier that keeps the notices that it is given, unless it is out of order."""

    def __init__(self) -> None:
        self.got = []
        self.is_broken = False

    def __call__(self, _via, notice) -> None:
        if self.is_broken:
            raise InputError("out of order")
        self.got.append(notice)

    def to(self, address: str) -> list[str]:
        return [notice.text for notice in self.got if notice.to == address]


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def routes(post, tmp_path):
    """``routes(site)``: a site with a route for chiefs, and one for administrators."""

    def put(site, *to: tuple[str, str]):
        wanted = to or (("chief@x", "chief"), ("admin@x", "admin"))
        found = [Route(to=(address,), via="smtp", roles=frozenset({role})) for address, role in wanted]
        delivery = Delivery(found, post, node="server", clock=site.clock, folder=tmp_path / "run")
        return replace(site, delivery=delivery)

    return put


def waiting(site):
    with site.store.snapshot() as work:
        return work.notices.waiting()


def test_whoever_approves_is_told_that_an_approval_was_asked_for_and_no_more(
    leicester, routes, post, act_as
) -> None:
    there = routes(leicester)
    asked = ask_to_search(Act(there, act_as("officer").actor), CAR, **WHY)
    (text,) = post.to("chief@x")
    assert f"approvals show {asked.id}" in text
    assert post.to("admin@x") == []
    told = repr(post.got)
    assert not [word for word in ("4KB", "26-1041", "fair", "Pat Example") if word in told]


def test_an_act_that_is_denied_is_told_to_nobody(leicester, routes, post, act_as) -> None:
    with pytest.raises(Denied):
        search_reads(Act(routes(leicester), act_as("officer").actor), CAR, **WHY)
    assert post.got == []


def test_what_cannot_be_delivered_waits_and_goes_with_the_next_one(leicester, routes, post, act_as) -> None:
    there = routes(leicester)
    officer = Act(there, act_as("officer").actor)
    post.is_broken = True
    asked = ask_to_search(officer, CAR, **WHY)
    begun = there.clock()
    assert [(one.kind, one.count, one.oldest) for one in waiting(there)] == [("approval.asked", 1, begun)]
    there.clock.advance(timedelta(hours=2))
    tell(officer, "approval.asked", approval=asked.id)
    assert [one.count for one in waiting(there)] == [2]
    post.is_broken = False
    there.clock.advance(timedelta(hours=1))
    tell(officer, "approval.asked", approval=asked.id)
    hours = [(notice.at - begun) // timedelta(hours=1) for notice in post.got]
    assert hours == [3, 2, 0], "what is new goes first, then what was tried least; each with its own time"
    assert waiting(there) == []


def test_what_waits_for_an_address_of_no_route_is_forgotten(leicester, routes, post, act_as) -> None:
    actor = act_as("officer").actor
    post.is_broken = True
    tell(Act(routes(leicester), actor), "approval.asked", approval=1)
    post.is_broken = False
    there = routes(leicester, ("deputy@x", "chief"))
    tell(Act(there, actor), "approval.asked", approval=2)
    assert [notice.to for notice in post.got] == ["deputy@x"]
    assert waiting(there) == []


def test_that_it_cannot_even_be_stored_undoes_nothing(
    leicester, routes, post, act_as, monkeypatch, caplog
) -> None:
    @contextmanager
    def full(_act):
        raise StoreError("disk full")
        yield

    officer = Act(routes(leicester), act_as("officer").actor)
    post.is_broken = True
    monkeypatch.setattr(Act, "undelivered", full)
    with caplog.at_level(logging.WARNING):
        assert ask_to_search(officer, CAR, **WHY).id == 1
    assert "cannot be stored" in caplog.text


def test_a_test_needs_routes(site, act_as) -> None:
    with pytest.raises(InputError, match="No notice goes anywhere"):
        send_test(act_as("admin"))


def test_a_ledger_that_cannot_be_written_is_told_to_everybody_once(
    site, routes, post, act_as, monkeypatch
) -> None:
    def full(*_args: object) -> None:
        raise StoreError("disk full")

    act = Act(routes(site), act_as("admin").actor)
    monkeypatch.setattr(type(site.log), "append_locked", full)
    for _ in range(3):
        with pytest.raises(LedgerUnwritable):
            list_hotlists(act)
    with pytest.raises(LedgerUnwritable), act.change("hotlist.list") as change:
        change.record(count=0)
    with pytest.raises(LedgerUnwritable):
        act.report("person.fail", badge="9")
    assert sorted((notice.to, notice.kind) for notice in post.got) == [
        ("admin@x", "ledger.unwritable"),
        ("chief@x", "ledger.unwritable"),
    ]
    monkeypatch.undo()
    monkeypatch.setattr(
        type(site.store), "snapshot", full
    )  # a database that is gone is a ledger that is gone
    site.clock.advance(timedelta(hours=1))
    with pytest.raises(LedgerUnwritable):
        list_hotlists(act)
    assert len(post.got) == 4
