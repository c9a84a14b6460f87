"""Incidents and canvasses: what was seen of plates is not forgotten, and reads belong to a scene."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from alpr_core.act import Act
from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import HotlistEntry
from alpr_core.services.approvals import grant
from alpr_core.services.canvasses import ask_to_canvass, list_canvasses, start_canvass, stop_canvass
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.incidents import close_incident, list_gaps, list_incidents, open_incident

CASE = "26-1041"
WHY = {"purpose": "wanted", "reason": "left the shooting at 12 Main St"}


def entries(site, kind):
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


@pytest.fixture
def medford(under):
    """Makes a person under Medford's policy with these roles, trained."""
    return under("medford-or")


def enter(act, plate):
    entry = HotlistEntry(plate=plate, expires=datetime(2026, 12, 24, tzinfo=UTC))
    add_to_hotlist(act, entry, name="watch", case=CASE, **WHY)


@pytest.mark.clause("M10")
def test_a_partial_of_a_major_crime_is_a_gap_until_it_is_looked_for(site, medford) -> None:
    officer = medford("officer")
    opened = open_incident(
        officer, CASE, "shooting", partials=["ab?-1*", "AB?1*"], reason="a neighbour saw it"
    )
    assert (opened.unlisted, opened.clause) == (("AB?1*",), "462.3(d) partial")
    open_incident(officer, "26-1042", "other", partials=["XYZ*"])
    assert [one.incident.case for one in list_gaps(officer)] == [CASE]
    enter(officer, "AB?1*")
    assert list_gaps(officer) == []
    site.clock.advance(timedelta(days=40))
    assert [one.unlisted for one in list_gaps(medford("officer"))] == [("AB?1*",)], "the entry has ended"
    close_incident(officer, CASE)
    assert list_gaps(officer) == []
    assert [one["public"]["count"] for one in entries(site, "incident.list")] == [1, 0, 1, 0]


@pytest.mark.clause("F16")
@pytest.mark.parametrize(
    ("case", "type_", "plate", "says"),
    [
        ("", "shooting", "AB?1*", "the case number"),
        (CASE, "jaywalking", "AB?1*", "homicide: Homicide"),
        (CASE, "shooting", "???", "plate"),
    ],
)
def test_what_no_incident_can_be_is_refused_with_what_there_is(
    site, medford, case, type_, plate, says
) -> None:
    with pytest.raises(InputError, match=says):
        open_incident(medford("officer"), case, type_, partials=[plate])
    assert entries(site, "incident.open") == []


def test_a_case_has_one_incident_and_it_closes_once(site, medford) -> None:
    officer = medford("officer")
    open_incident(officer, CASE, "homicide")
    with pytest.raises(InputError, match="has an incident already"):
        open_incident(officer, CASE, "other")
    close_incident(officer, CASE)
    with pytest.raises(NotFound, match="no open incident"):
        close_incident(officer, CASE)
    assert [one.incident.closed_at for one in list_incidents(officer)] == [site.clock()]


def test_on_the_ledger_stands_no_plate_and_no_case(site, medford) -> None:
    open_incident(medford("officer"), CASE, "shooting", partials=["AB?1*"])
    (body,) = entries(site, "incident.open")
    assert body["public"] == {"incident": 1, "type": "shooting", "major": True, "unlisted": 1}
    assert not {"AB?1*", CASE} & set(str(body).split("'"))


@pytest.mark.clause("M9")
def test_the_reads_of_a_canvass_are_those_of_its_cameras_from_start_to_stop(site, medford, see) -> None:
    officer = medford("officer")
    see("OLD111", camera="car-7")
    with pytest.raises(NotFound, match="open it first"):
        start_canvass(officer, CASE, "Main St", **WHY)
    open_incident(officer, CASE, "shooting")
    with pytest.raises(InputError, match="No read came from 'car-8'"):
        start_canvass(officer, CASE, "Main St", cameras=["car-8"], **WHY)
    begun = start_canvass(officer, CASE, "Main St", cameras=["car-7"], **WHY)
    see("NEW111", camera="car-7")
    see("NEW222", camera="gate")
    assert stop_canvass(officer, begun.id).reads == 1
    see("LAT333", camera="car-7")
    (listed,) = list_canvasses(officer, CASE)
    assert (listed.reads, listed.canvass.area) == (1, "Main St")
    with pytest.raises(NotFound, match=f"no canvass {begun.id} goes on"):
        stop_canvass(officer, begun.id)


def test_a_canvass_ends_with_its_incident(site, medford) -> None:
    officer = medford("officer")
    open_incident(officer, CASE, "shooting")
    start_canvass(officer, CASE, "Main St", **WHY)
    close_incident(officer, CASE)
    assert [one.canvass.stopped_at for one in list_canvasses(officer)] == [site.clock()]


def test_a_canvass_without_training_or_a_case_is_denied(site, medford, act_as) -> None:
    officer = medford("officer")
    open_incident(officer, CASE, "shooting")
    untrained = replace(site, gate=officer.gate)
    with pytest.raises(Denied, match=r"462\.3\(a\)"):
        start_canvass(Act(untrained, act_as("officer").actor), CASE, "Main St", **WHY)
    with pytest.raises(Denied, match=r"462\.3\(b\)"):
        start_canvass(officer, "", "Main St", **WHY)


@pytest.mark.clause("L9")
def test_in_leicester_a_canvass_is_approved_first_for_exactly_its_area(someone) -> None:
    officer, chief = someone("officer"), someone("chief")
    why = {**WHY, "purpose": "targeted"}
    open_incident(officer, CASE, "other")
    with pytest.raises(Denied, match=r"10\.05 III targeting"):
        start_canvass(officer, CASE, "Main St", **why)
    asked = ask_to_canvass(officer, CASE, "Main St", **why)
    grant(chief, asked.id)
    with pytest.raises(Denied, match="needs a new one"):
        start_canvass(officer, CASE, "all of the town", approval=asked.id, **why)
    assert start_canvass(officer, CASE, "Main St", approval=asked.id, **why).id == 1
