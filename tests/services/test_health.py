"""What nobody looks at every day: accounts, hotlists, cameras, the disk. Whom it concerns is told of counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from alpr_core.act import Act
from alpr_core.delivering import Delivery, Route
from alpr_core.errors import Denied, InputError, StoreError
from alpr_core.models import HotlistEntry
from alpr_core.services import health
from alpr_core.services.devices import add_device, install_device
from alpr_core.services.health import review_accounts, review_cameras, review_disk, review_hotlists
from alpr_core.services.notices import deliver_waiting, tell
from alpr_core.store.hotlists import BY_HAND, begin_generation

DAY = timedelta(days=1)


class Post:
    """A notifier that keeps what it is given, unless it is out of order."""

    def __init__(self) -> None:
        self.got = []
        self.is_broken = False

    def __call__(self, _via, notice) -> None:
        if self.is_broken:
            raise InputError("out of order")
        self.got.append((notice.kind, dict(notice.numbers)))


@pytest.fixture
def post():
    return Post()


@pytest.fixture
def keeper(site, act_as, post):
    """An administrator's door, of a site with a route that takes everything."""
    route = Route(to=("keeper@x",), via="x")
    return Act(replace(site, delivery=Delivery([route], post, clock=site.clock)), act_as("admin").actor)


def test_accounts_that_nobody_uses_are_counted_and_told(site, act_as, keeper, post) -> None:
    assert review_accounts(keeper) == {"accounts": 1, "unused": 0}
    assert post.got == []
    site.clock.advance(90 * DAY)
    act_as("officer")
    assert review_accounts(keeper) == {"accounts": 2, "unused": 1}
    assert post.got == [("accounts.unused", {"count": 1})]


def test_a_list_that_was_not_imported_for_a_day_is_stale_and_one_kept_by_hand_never(
    site, keeper, post
) -> None:
    with site.store.writing() as work:
        generation = begin_generation(work.connection, node="", process="", at=site.clock())
        work.hotlists.put_in_force("state", "hotfile", generation, site.clock())
        work.hotlists.add("ours", BY_HAND, HotlistEntry(plate="XYZ987"), site.clock())
    assert review_hotlists(keeper) == {"hotlists": 2, "stale": 0}
    site.clock.advance(DAY)
    assert review_hotlists(keeper) == {"hotlists": 2, "stale": 1}
    assert post.got == [("hotlist.stale", {"count": 1})]


def test_a_camera_in_service_that_has_read_nothing_for_a_day_is_told_of(site, keeper, post, see) -> None:
    for name in ("gate-1", "gate-2", "gate-3"):
        add_device(keeper, name, kind="fixed", place="Main St", cameras=[f"{name}-front"])
    for name in ("gate-1", "gate-2"):
        install_device(keeper, name)
    assert review_cameras(keeper) == {"cameras": 0, "silent": 0}  # not in service for a day
    site.clock.advance(2 * DAY)
    see("ABC123", camera="gate-1-front")
    assert review_cameras(keeper) == {"cameras": 2, "silent": 1}
    assert post.got == [("camera.silent", {"count": 1})]


def test_the_disk_is_told_of_when_little_is_left(keeper, post, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(total=100 << 30, free=5 << 30))
    assert review_disk(keeper, tmp_path) == {"free_mib": 5120, "free_percent": 5}
    assert post.got == []
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(total=100 << 30, free=4 << 30))
    review_disk(keeper, tmp_path)
    assert post.got == [("disk.low", {"count": 4096})]


def test_a_disk_that_cannot_be_asked_is_a_failure(keeper, tmp_path) -> None:
    with pytest.raises(StoreError, match="disk"):
        review_disk(keeper, tmp_path / "gone")


def test_what_waits_is_delivered_again_without_an_entry(site, keeper, post) -> None:
    post.is_broken = True
    tell(keeper, "disk.low", count=1)
    with site.store.snapshot() as work:
        before = work.ledger.size()
    assert deliver_waiting(keeper) == {"waiting": 1}
    post.is_broken = False
    assert deliver_waiting(keeper) == {"waiting": 0}
    assert post.got == [("disk.low", {"count": 1})]
    with site.store.snapshot() as work:
        assert work.ledger.size() == before


@pytest.mark.parametrize("look", [review_accounts, review_hotlists, review_cameras])
def test_whoever_may_not_look_is_not_told(site, act_as, look) -> None:
    visitor = Act(site, replace(act_as("officer").actor, roles=frozenset(), session=""))
    with pytest.raises(Denied):
        look(visitor)
