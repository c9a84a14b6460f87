"""The register of readers, and who is on duty to approve."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.policy import Gate, lay_over, load_pack
from alpr_core.services.devices import (
    add_device,
    approve_location,
    install_device,
    list_devices,
    move_device,
)
from alpr_core.services.duty import list_duty, set_duty
from alpr_core.services.status import show_status

REASON = "the Mayor is away until Monday, the mast stands open"


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.fixture
def commander(site, act_as):
    """Marion's Administration Staff Commander."""
    gate = Gate(lay_over([load_pack("marion-oh", actions=ACTIONS)]))
    return Act(replace(site, gate=gate), act_as("program_manager").actor)


@pytest.fixture
def paper(tmp_path):
    scan = tmp_path / "mayor.pdf"
    scan.write_bytes(b"%PDF signed")
    return scan


def install(commander, name, **given):
    return install_device(commander, name, **given).device.in_service_since


@pytest.mark.clause("R3")
def test_without_the_mayors_approval_a_reader_goes_into_service_only_for_a_reason_that_is_counted(
    site, commander
) -> None:
    add_device(commander, "gate-1", kind="fixed", place="Main St, mast 12")
    with pytest.raises(Denied, match=r"427\.2 location"):
        install(commander, "gate-1")
    assert install(commander, "gate-1", reason=REASON) == site.clock()
    counted = "1 in service, 1 of them without written approval of its location"
    assert show_status(commander).readers == counted
    (body,) = entries(site, "device.install")
    assert (body["public"]["approved"], "427.2 location" in body["clauses"]) == (False, True)


@pytest.mark.clause("R3")
def test_the_written_approval_of_a_location_counts_until_the_reader_is_moved(site, commander, paper) -> None:
    add_device(commander, "gate-1", kind="fixed", place="Main St, mast 12")
    signed = {"signer": "Kim Day, Mayor", "signed_on": date(2026, 11, 20)}
    with pytest.raises(InputError, match="lies ahead"):
        approve_location(commander, "gate-1", paper, signer="Kim Day, Mayor", signed_on=date(2026, 12, 20))
    approve_location(commander, "gate-1", paper, **signed)
    install(commander, "gate-1")
    with pytest.raises(InputError, match="in service already"):
        install(commander, "gate-1")
    move_device(commander, "gate-1", "Church St, mast 3")
    (reader,) = list_devices(commander)
    assert (reader.device.place, reader.approval, reader.device.in_service_since) == (
        "Church St, mast 3",
        None,
        None,
    )
    with pytest.raises(Denied, match=r"427\.2 location"):
        install(commander, "gate-1")
    approve_location(commander, "gate-1", paper, **signed)
    install(commander, "gate-1")
    assert [one["public"]["approved"] for one in entries(site, "device.install")] == [True, True]
    assert not any(word in str(entries(site, "device.approve")) for word in ("Kim", "Main St"))


def test_a_registered_reader_stores_nothing_while_it_is_not_in_service(site, commander, see) -> None:
    see("OLD111", camera="gate-1")
    add_device(commander, "gate-1", kind="fixed", place="Main St", cameras=["gate-1", "gate-1-rear"])
    for camera in ("gate-1", "gate-1-rear"):
        with pytest.raises(InputError, match="not in service"):
            see("NEW222", camera=camera)
    install(commander, "gate-1", reason=REASON)
    see("NEW222", camera="gate-1-rear")
    assert [one["public"]["count"] for one in entries(site, "read.record")] == [1, 1]


@pytest.mark.parametrize(
    ("given", "says"),
    [({"kind": "drone"}, "one of: fixed"), ({"place": " "}, "where it is"), ({"name": "x" * 129}, "called")],
)
def test_what_no_reader_can_be_is_refused(commander, given, says) -> None:
    one = {"name": "gate-1", "kind": "fixed", "place": "Main St", **given}
    with pytest.raises(InputError, match=says):
        add_device(commander, one.pop("name"), **one)
    assert list_devices(commander) == []


def test_a_reader_is_registered_once_and_no_other_is_known(commander) -> None:
    add_device(commander, "gate-1", kind="fixed", place="Main St")
    with pytest.raises(InputError, match="already"):
        add_device(commander, "gate-1", kind="fixed", place="Main St")
    with pytest.raises(NotFound):
        install(commander, "gate-2", reason=REASON)


class TestDuty:
    @pytest.fixture
    def badge_of(self, site):
        def badge(act):
            with site.store.snapshot() as work:
                return work.people.by_id(act.actor.id).badge

        return badge

    def test_whoever_approves_is_put_on_the_list_and_shows_there_until_it_is_over(
        self, site, someone, badge_of
    ):
        chief, designee = someone("chief"), someone("designee")
        set_duty(chief, badge_of(designee), until=site.clock() + timedelta(hours=12))
        (listed,) = list_duty(someone("officer"))
        assert (listed.person.badge, listed.approves) == (badge_of(designee), True)
        site.clock.advance(timedelta(hours=12))
        assert list_duty(someone("officer")) == []

    def test_whoever_approves_nothing_is_not(self, site, someone, badge_of) -> None:
        chief, officer = someone("chief"), someone("officer")
        end = site.clock() + timedelta(hours=12)
        with pytest.raises(InputError, match="approves nothing"):
            set_duty(chief, badge_of(officer), until=end)
        with pytest.raises(InputError, match="over before it begins"):
            set_duty(chief, badge_of(someone("designee")), until=site.clock())
        with pytest.raises(Denied):
            set_duty(officer, badge_of(someone("designee")), until=end)
        assert entries(site, "duty.set") == []
