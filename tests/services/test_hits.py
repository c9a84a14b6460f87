"""Hits: what was listed, what was read and how they met, as it was then; looking at them is on record."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from alpr_core.errors import Denied
from alpr_core.models import Box, Candidate, Frame, HotlistEntry, Reading, Sighting
from alpr_core.plugins import PluginHost
from alpr_core.services.hits import list_hits
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.hotlists import add_to_hotlist, remove_from_hotlist
from alpr_core.services.ingest import record_sightings
from alpr_ledger import vault


@pytest.fixture
def officer(act_as):
    return act_as("officer")


@pytest.fixture
def see(site, officer):
    """Store a read of these candidates."""

    def see(*texts: str, region: str = "us-or") -> None:
        reading = Reading(
            candidates=tuple(Candidate(text=text, confidence=1 / len(texts)) for text in texts),
            characters=(0.9,) * len(texts[0]),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
            region=region,
            region_confidence=0.8,
        )
        now = site.clock()
        frame = Frame(source="car-7", taken_at=now, image=np.zeros((60, 80, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=now, last_seen=now, frames=1)
        record_sightings(officer, [sighting], camera="car-7")
        site.clock.advance(timedelta(seconds=1))

    return see


@pytest.fixture
def listed(officer):
    """Put a plate on a list by hand."""

    def listed(plate: str, name: str = "stolen", **entry) -> None:
        wanted = HotlistEntry(plate=plate, expires=datetime(2026, 12, 24, tzinfo=UTC), **entry)
        add_to_hotlist(
            officer, wanted, name=name, purpose="stolen_vehicle", reason="stolen last night at the fair"
        )

    return listed


def test_a_hit_tells_what_was_listed_what_was_read_and_how_they_met(see, listed, officer):
    listed("ABO123", state="WA", category="stolen_vehicle", priority=4)
    see("XBC123", "AB0123")
    (hit,) = list_hits(officer)
    assert (hit.plate, hit.hotlist, hit.listed.plate, hit.listed.category) == (
        "XBC123",
        "stolen",
        "ABO123",
        "stolen_vehicle",
    )
    assert hit.match.explanation == ("candidate 2 of 2; 0/O at position 3; state differs: listed WA, read OR")


def test_hits_come_newest_first_of_one_list_or_of_all(see, listed, officer):
    listed("ABC123")
    listed("DEF*", name="robbery")
    for plate in ("ABC123", "DEF456", "GHI789", "ABC123"):
        see(plate)
    assert [hit.plate for hit in list_hits(officer)] == ["ABC123", "DEF456", "ABC123"]
    assert [hit.plate for hit in list_hits(officer, hotlist="robbery")] == ["DEF456"]
    assert [hit.plate for hit in list_hits(officer, limit=1)] == ["ABC123"]
    assert list_hits(officer, hotlist="none") == []


def test_a_hit_keeps_the_entry_as_it_was_when_it_was_raised(see, listed, officer, act_as):
    listed("ABC123", category="stolen_vehicle")
    see("ABC123")
    remove_from_hotlist(act_as("admin"), "ABC123", name="stolen", purpose="administration")
    (hit,) = list_hits(officer)
    assert (hit.listed.plate, hit.listed.category) == ("ABC123", "stolen_vehicle")


def test_open_hits_on_a_plate_that_is_taken_off_are_withdrawn_and_no_others(
    site, see, listed, officer, act_as
) -> None:
    listed("ABC123")
    listed("ABC123", name="other")
    listed("DEF456")
    for plate in ("ABC123", "DEF456"):
        see(plate)
    removed = remove_from_hotlist(act_as("admin"), "ABC123", name="stolen", purpose="administration")
    assert removed == (1, 1)
    states = {(hit.hotlist, hit.plate): hit.disposition for hit in list_hits(officer)}
    assert states == {("stolen", "ABC123"): "withdrawn", ("other", "ABC123"): "", ("stolen", "DEF456"): ""}
    with site.store.snapshot() as work:
        assert work.hits.count(disposition="") == 2
        (entry,) = work.ledger.entries(kind="hotlist.remove")
    assert entry.body["public"] == {"removed": 1, "withdrawn": 1}


def test_an_import_withdraws_the_open_hits_on_plates_that_the_list_holds_no_longer(
    see, officer, act_as, tmp_path
) -> None:
    admin, source = act_as("admin"), PluginHost.load().data_source("hotfile")
    file = tmp_path / "stolen.csv"
    why = {"source_name": "hotfile", "purpose": "administration"}
    file.write_text("LIC\nABC123\nDEF456\n")
    import_hotlist(admin, file, source, **why)
    for plate in ("ABC123", "DEF456"):
        see(plate)
    file.write_text("LIC\nDEF456\n")
    assert import_hotlist(admin, file, source, **why).withdrawn == 1
    assert {hit.plate: hit.disposition for hit in list_hits(officer)} == {"ABC123": "withdrawn", "DEF456": ""}


def test_looking_at_hits_is_on_record_with_what_was_shown(site, see, listed, officer):
    listed("ABC123")
    see("ABC123")
    (hit,) = list_hits(officer, case="26-1041")
    with site.store.snapshot() as work:
        (entry,) = work.ledger.entries(kind="hit.list")
        assert entry.body["public"] == {"count": 1}
        shown = vault.open_value(work.connection, entry.idx, "result", site.keys).value
        case = vault.open_value(work.connection, entry.idx, "case", site.keys).value
    assert (json.loads(shown), case) == ([hit.id], "26-1041")


def test_who_may_not_see_hits_is_denied(act_as):
    with pytest.raises(Denied):
        list_hits(act_as("auditor"))
