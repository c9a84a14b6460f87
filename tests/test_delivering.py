"""Along which routes a notice goes, that a notifier holds nobody up, and that an alarm arrives once an hour."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core import delivering
from alpr_core.delivering import LATE, Delivery, Route
from alpr_core.errors import InputError
from alpr_core.notice import Urgency


class Post:
    """Notifiers that keep what they are given.

    Attributes:
        got: notifier, address and kind of each.
        broken: addresses that nothing can be delivered to.
    """

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        self.broken: set[str] = set()

    def __call__(self, via, notice) -> None:
        if notice.to in self.broken:
            raise InputError("it is out of paper")
        self.got.append((via, notice.to, notice.kind))


@pytest.fixture
def post():
    return Post()


def route(*to: str, via: str = "smtp", **how) -> Route:
    return Route(
        to=to, via=via, **{name: frozenset(v) if name != "at_least" else v for name, v in how.items()}
    )


ROUTES = [
    route("all@x"),
    route("chief@x", roles=["chief"]),
    route("urgent@x", roles=["chief"], at_least=Urgency.URGENT),
    route("pager", via="command", at_least=Urgency.ALARM),
    route("sam@x", badges=["1002"]),
]


@pytest.mark.parametrize(
    ("kind", "roles", "badge", "to"),
    [
        ("test", ["chief"], "", ["all@x", "chief@x"]),
        ("test", ["officer"], "", ["all@x"]),
        ("approval.asked", ["chief", "designee"], "", ["all@x", "chief@x", "urgent@x"]),
        ("account.reset", [], "1002", ["all@x", "sam@x"]),
        ("account.reset", [], "1003", ["all@x"]),
        ("ledger.unwritable", [], "", ["all@x", "chief@x", "urgent@x", "pager"]),
    ],
)
def test_a_notice_goes_by_role_person_and_urgency(kind, roles, badge, to) -> None:
    numbers = {"approval.asked": {"approval": 1}, "account.reset": {"entry": 1}}.get(kind, {})
    letters = Delivery(ROUTES).addressed(kind, roles=roles, badge=badge, numbers=numbers)
    assert [letter.notice.to for letter in letters] == to


def test_an_address_of_two_routes_is_told_once_by_each_notifier(post) -> None:
    routes = [route("a", "b"), route("b"), route("b", via="command")]
    delivery = Delivery(routes, post, node="server")
    assert delivery.deliver(delivery.addressed("test")) == ["", "", ""]
    assert sorted(post.got) == [("command", "b", "test"), ("smtp", "a", "test"), ("smtp", "b", "test")]


def test_what_one_notifier_does_is_its_own_trouble(post, monkeypatch) -> None:
    monkeypatch.setattr(delivering, "DEADLINE", 0.3)
    hold = threading.Event()

    def send(via, notice) -> None:
        if via == "slow":
            hold.wait(5)
        if via == "bad":
            raise SystemExit("ABC123")
        post(via, notice)

    delivery = Delivery([route("a", "b", via=via) for via in ("slow", "bad", "good")], send)
    post.broken = {"b"}
    begun = time.monotonic()
    problems = delivery.deliver(delivery.addressed("test"))
    assert time.monotonic() - begun < 2
    assert problems == [LATE, LATE] + ["the notifier 'bad' failed: SystemExit"] * 2 + [
        "",
        "it is out of paper",
    ]
    assert post.got == [("good", "a", "test")]
    hold.set()


class TestAlarm:
    @pytest.fixture
    def now(self):
        class Clock:
            now = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)

            def __call__(self) -> datetime:
                return self.now

            def advance(self, span: timedelta) -> None:
                self.now += span

        return Clock()

    @pytest.fixture
    def process(self, post, now, tmp_path):
        """``process()`` is what another process of the node sends with."""
        return lambda: Delivery([route("a", "b")], post, clock=now, folder=tmp_path / "run")

    def test_it_reaches_each_address_once_an_hour_whichever_process_fails(self, process, post, now) -> None:
        one = process()
        for _ in range(3):
            one.alarm("ledger.unwritable")
            process().alarm("ledger.unwritable")
        assert [to for _, to, _ in post.got] == ["a", "b"]
        now.advance(timedelta(minutes=59))
        process().alarm("ledger.unwritable")
        assert len(post.got) == 2
        now.advance(timedelta(minutes=1))
        one.alarm("ledger.unwritable")
        assert len(post.got) == 4

    def test_another_alarm_is_another(self, process, post) -> None:
        process().alarm("ledger.unwritable")
        process().alarm("ledger.behind")
        assert len(post.got) == 4

    def test_who_was_not_reached_is_tried_again_and_the_others_are_not(
        self, process, post, now, caplog
    ) -> None:
        post.broken = {"b"}
        one = process()
        with caplog.at_level(logging.WARNING):
            one.alarm("ledger.unwritable")
        assert "did not reach 1 of 2 addresses" in caplog.text
        one.alarm("ledger.unwritable")
        post.broken = set()
        now.advance(timedelta(minutes=1))
        one.alarm("ledger.unwritable")
        assert [to for _, to, _ in post.got] == ["a", "b"]

    def test_a_folder_that_cannot_be_written_keeps_nobody_from_being_told(self, post, now, tmp_path) -> None:
        (tmp_path / "run").write_text("in the way")
        delivery = Delivery([route("a")], post, clock=now, folder=tmp_path / "run")
        for _ in range(2):
            delivery.alarm("ledger.unwritable")
        assert len(post.got) == 1

    def test_a_mark_says_neither_who_nor_what(self, process, tmp_path) -> None:
        process().alarm("ledger.unwritable")
        marks = sorted((tmp_path / "run").iterdir())
        assert len(marks) == 2
        assert all(len(mark.name) == 38 and not mark.read_bytes() for mark in marks)
