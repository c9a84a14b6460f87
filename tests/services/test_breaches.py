"""Breaches with their clock and scope; files on misuse, which nobody sees about themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from alpr_core.act import Act
from alpr_core.entries import ACTIONS
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import ReadFilter
from alpr_core.policy import Gate, lay_over, load_pack
from alpr_core.services.breaches import list_breaches, refer_breach, refers_to, report_breach, scope_breach
from alpr_core.services.misuse import close_file, list_files, open_file
from alpr_core.services.search import search_reads, show_read

WHY = {"purpose": "wanted", "case": "26-1041"}
LOST = "laptop with an open session was lost"


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.fixture
def badge_of(site):
    def badge(act):
        with site.store.snapshot() as work:
            return work.people.by_id(act.actor.id).badge

    return badge


@pytest.fixture
def florence(site, act_as):
    gate = Gate(lay_over([load_pack("florence-or", actions=ACTIONS)]))
    return lambda *roles: Act(replace(site, gate=gate), act_as(*roles).actor)


@pytest.mark.clause("F26")
def test_the_scope_of_a_breach_is_who_saw_what_between_when(site, florence, act_as, see, badge_of) -> None:
    lost, other, auditor = act_as("officer"), act_as("officer"), florence("auditor")
    key = see("4KB792")
    search_reads(lost, ReadFilter(plate="4KB792"), **WHY)
    site.clock.advance(timedelta(hours=1))
    since = site.clock()
    search_reads(lost, ReadFilter(plate="4KB792"), **WHY)
    show_read(lost, key, **WHY)
    search_reads(other, ReadFilter(plate="4KB792"), **WHY)
    site.clock.advance(timedelta(hours=1))
    one = report_breach(auditor, since=since, badges=[badge_of(lost)], summary=LOST).breach
    site.clock.advance(timedelta(minutes=1))
    show_read(lost, key, **WHY)
    accesses = scope_breach(auditor, one.id)
    assert [(access.kind, access.seen) for access in accesses] == [
        ("search.run", (str(key),)),
        ("read.show", (str(key),)),
    ]
    assert entries(site, "breach.scope")[0]["public"] == {"breach": one.id, "accesses": 2, "reads": 1}
    anybody = report_breach(auditor, since=since, until=one.until, summary=LOST).breach
    assert len(scope_breach(auditor, anybody.id)) == 3
    assert refers_to(auditor) == ("Records Release and Maintenance Policy", "807.5 (2)")


def test_the_clock_runs_for_an_hour_from_the_discovery_and_stops_when_it_is_reported(site, florence) -> None:
    manager, found = florence("program_manager"), site.clock() - timedelta(minutes=50)
    one = report_breach(manager, found_at=found, since=found - timedelta(days=1), summary=LOST)
    late = report_breach(manager, found_at=found, since=found - timedelta(days=1), summary=LOST)
    assert (one.breach.report_by, one.overdue) == (found + timedelta(hours=1), False)
    site.clock.advance(timedelta(minutes=5))
    refer_breach(manager, one.breach.id, "CJIS systems officer")
    site.clock.advance(timedelta(minutes=10))
    assert [each.overdue for each in list_breaches(manager)] == [True, False]
    refer_breach(manager, late.breach.id, "CJIS systems officer")
    said = [body["public"].get("in_time") for body in entries(site, "breach.report")]
    assert said == [None, None, True, False]
    assert [each.overdue for each in list_breaches(manager)] == [True, False]
    with pytest.raises(NotFound, match="reported already"):
        refer_breach(manager, one.breach.id, "again")


def test_a_breach_that_cannot_have_been_is_refused(site, florence) -> None:
    manager, now = florence("program_manager"), site.clock()
    for times in ({"since": now}, {"since": now - timedelta(days=1), "found_at": now + timedelta(hours=1)}):
        with pytest.raises(InputError, match="before now"):
            report_breach(manager, summary=LOST, **times)
    with pytest.raises(InputError, match="--summary"):
        report_breach(manager, since=now - timedelta(days=1), summary="")
    with pytest.raises(NotFound, match="no breach 7"):
        scope_breach(manager, 7)


@pytest.mark.clause("F13")
def test_a_denial_becomes_a_file_that_a_supervisor_opens_and_does_not_see(
    site, florence, act_as, badge_of
) -> None:
    officer, supervisor, lieutenant = act_as("officer"), florence("supervisor"), florence("program_manager")
    with pytest.raises(Denied) as denied:
        search_reads(officer, ReadFilter(plate="4KB792"), purpose="curiosity")
    one = open_file(supervisor, source="denial", entry=denied.value.entry, summary="a neighbour's car")
    with pytest.raises(Denied, match=r"807\.3 misuse"):
        list_files(supervisor)
    (listed,) = list_files(lieutenant)
    assert (listed.badge, listed.opener) == (badge_of(officer), badge_of(supervisor))
    with pytest.raises(InputError, match="--outcome"):
        close_file(lieutenant, one.id, "")
    close_file(lieutenant, one.id, "reprimand, retraining")
    with pytest.raises(NotFound):
        close_file(lieutenant, one.id, "again")
    assert all(officer.actor.id not in str(body["public"]) for body in entries(site, "misuse.open"))


def test_nobody_opens_sees_or_closes_a_file_about_themselves(site, florence, badge_of) -> None:
    lieutenant, auditor = florence("program_manager"), florence("auditor")
    with pytest.raises(InputError, match="somebody else"):
        open_file(lieutenant, badge_of(lieutenant), source="complaint", summary="reads of his own")
    one = open_file(auditor, badge_of(lieutenant), source="complaint", summary="searched without a case")
    assert list_files(lieutenant) == []
    with pytest.raises(NotFound):
        close_file(lieutenant, one.id, "nothing in it")
    assert [each.file.id for each in list_files(auditor)] == [one.id]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"source": "rumour"}, InputError),
        ({"source": "denial"}, InputError),
        ({"source": "complaint", "badge": "9999"}, NotFound),
        ({"source": "finding", "entry": 4711}, NotFound),
        ({"source": "complaint"}, NotFound),
    ],
)
def test_a_file_needs_a_source_and_somebody_it_is_about(florence, given, error) -> None:
    with pytest.raises(error):
        open_file(florence("auditor"), summary="searched without a case", **given)
