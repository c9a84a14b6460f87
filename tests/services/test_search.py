"""A search is an act: it finds what a person would call the same plate, and is on record before it answers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import Box, Candidate, Frame, ReadFilter, Reading, ReadKey, Sighting
from alpr_core.services import search
from alpr_core.services.ingest import record_sightings
from alpr_core.services.search import open_image, search_reads, show_read
from alpr_ledger import vault

WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}


def see(site, act, *plates: str, camera: str = "car-7") -> list[ReadKey]:
    """Store one read of each plate, a minute apart."""
    seen = []
    for minute, plate in enumerate(plates):
        at = site.clock() + timedelta(minutes=minute)
        reading = Reading(
            candidates=(Candidate(text=plate, confidence=0.9),),
            characters=(0.9,) * len(plate),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
        )
        frame = Frame(source=camera, taken_at=at, image=np.zeros((60, 80, 3), np.uint8))
        seen.append(Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1))
    return [read.key for batch in record_sightings(act, seen, camera=camera) for read in batch.reads]


def found(act, plate: str = "", **wanted) -> list[str]:
    return [read.plate for read in search_reads(act, ReadFilter(plate=plate, **wanted), **WHY).reads]


@pytest.fixture
def officer(act_as):
    return act_as("officer")


def test_a_plate_is_found_however_a_person_writes_it(site, officer) -> None:
    see(site, officer, "ABC123")
    assert found(officer, "abc-123") == ["ABC123"]


def test_look_alikes_are_found_unless_exact_is_asked_for(site, officer) -> None:
    see(site, officer, "ABC0I2", "ABCO12")
    assert sorted(found(officer, "ABC012")) == ["ABC0I2", "ABCO12"]
    assert found(officer, "ABCO12", confusable=False) == ["ABCO12"]


@pytest.mark.parametrize(
    ("partial", "plates"),
    [("ABC?23", ["ABC123"]), ("*123", ["ABC123"]), ("?BC*", ["ABC999", "ABC123"]), ("AB?", [])],
)
def test_partial_plates(site, officer, partial, plates) -> None:
    see(site, officer, "ABC123", "ABC999", "XYZ555")
    assert found(officer, partial) == plates


@pytest.mark.parametrize("hostile", ["%", "_", "'; --", "***", "?", "-"])
def test_a_plate_without_letter_or_digit_is_refused(site, officer, hostile) -> None:
    see(site, officer, "ABC123")
    with pytest.raises(InputError, match="letter"):
        found(officer, hostile)


@pytest.mark.parametrize("written", ["A%3", "ABC_23*"])
def test_wildcards_of_sql_are_refused_as_in_a_hotlist(site, officer, written) -> None:
    see(site, officer, "ABC123")
    with pytest.raises(InputError, match=r"\? stands for one character"):
        found(officer, written)


def test_the_gate_is_asked_before_the_plate_is_looked_at(site, act_as) -> None:
    with pytest.raises(Denied):
        search_reads(act_as("auditor"), ReadFilter(plate="***"), **WHY)


def test_an_image_whose_key_is_destroyed_is_gone_and_the_look_is_on_record(site, officer) -> None:
    (key,) = see(site, officer, "ABC123")
    (site.keys.folder / f"read/{key.day}/default.key").unlink()
    site.keys._cache.clear()  # as in another process
    with pytest.raises(NotFound, match="was purged"):
        open_image(officer, key, "frame", **WHY)
    with site.store.snapshot() as work:
        (failure,) = work.ledger.entries(kind="act.fail")
    assert failure.body["public"] == {"action": "image.open", "error": "NotFound"}


def test_time_and_camera_narrow_the_search(site, officer) -> None:
    see(site, officer, "ABC123", "ABC123", "ABC123", camera="car-7")
    see(site, officer, "ABC123", camera="bridge")
    assert len(found(officer, "ABC123")) == 4
    assert len(found(officer, "ABC123", cameras=("bridge",))) == 1
    later = site.clock() + timedelta(minutes=1)
    assert len(found(officer, "ABC123", since=later)) == 2
    assert len(found(officer, "ABC123", until=later)) == 2


def test_more_than_is_shown_is_said(site, officer) -> None:
    see(site, officer, *["ABC123"] * 4)
    answer = search_reads(officer, ReadFilter(plate="ABC123", limit=3), **WHY)
    assert len(answer.reads) == 3
    assert answer.capped
    assert not search_reads(officer, ReadFilter(plate="ABC123", limit=4), **WHY).capped


def test_the_entry_holds_count_and_purpose_and_commits_to_plate_case_and_result(site, officer) -> None:
    see(site, officer, "ABC123")
    answer = search_reads(officer, ReadFilter(plate="ABC123"), **WHY)
    with site.store.snapshot() as work:
        entry = work.ledger.entry(answer.entry)
        assert entry.body["purpose"] == "stolen_vehicle"
        assert entry.body["public"] == {"count": 1, "capped": False}
        assert b"ABC123" not in entry.data
        assert b"26-1041" not in entry.data
        opened = {
            field: vault.open_value(work.connection, answer.entry, field, site.keys).value
            for field in ("plate", "case", "result")
        }
    assert (opened["plate"], opened["case"]) == ("ABC123", "26-1041")
    assert str(answer.reads[0].key) in opened["result"]


@pytest.mark.clause("M7")
def test_without_purpose_or_case_nothing_is_found(site, officer) -> None:
    see(site, officer, "ABC123")
    with pytest.raises(Denied, match="needs a purpose"):
        search_reads(officer, ReadFilter(plate="ABC123"), purpose="")
    with pytest.raises(Denied, match="--case"):
        search_reads(officer, ReadFilter(plate="ABC123"), purpose="stolen_vehicle")


@pytest.mark.clause("M1")
def test_a_purpose_that_is_not_on_the_list_is_denied(site, officer) -> None:
    with pytest.raises(Denied, match="stolen_vehicle"):
        search_reads(officer, ReadFilter(plate="ABC123"), purpose="curiosity", case="26-1")


def test_a_read_is_shown_with_its_images_and_the_look_is_on_record(site, officer) -> None:
    (key,) = see(site, officer, "ABC123")
    assert show_read(officer, key).images == ("frame", "plate")
    with site.store.snapshot() as work:
        assert work.ledger.count("read.show") == 1


def test_what_is_not_there_is_said_and_the_attempt_is_on_record(site, officer) -> None:
    (key,) = see(site, officer, "ABC123")
    with pytest.raises(NotFound, match="no read"):
        show_read(officer, ReadKey(day="2026-01-01", id="x"))
    with pytest.raises(NotFound, match="no image"):
        open_image(officer, key, "roof", **WHY)
    with site.store.snapshot() as work:
        failures = [entry.body["public"]["error"] for entry in work.ledger.entries(kind="act.fail")]
    assert failures == ["NotFound", "NotFound"]


def test_the_cap_cannot_be_raised_by_the_caller(site, officer, monkeypatch) -> None:
    monkeypatch.setattr(search, "MOST", 2)
    see(site, officer, *["ABC123"] * 3)
    answer = search_reads(officer, ReadFilter(plate="ABC123", limit=1000), **WHY)
    assert (len(answer.reads), answer.capped) == (2, True)
