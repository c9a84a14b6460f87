"""Corrections add and never change: both plates are found and shown, and what was read stays as it was read."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from alpr_core.errors import Denied, InputError, NotFound
from alpr_core.models import Box, Candidate, Frame, ReadFilter, Reading, ReadKey, Sighting
from alpr_core.services.corrections import correct_read
from alpr_core.services.ingest import record_sightings
from alpr_core.services.search import search_reads, show_read

WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
CLEAR = "the picture shows a B and no 8"


@pytest.fixture
def officer(act_as):
    return act_as("officer")


@pytest.fixture
def seen(site, officer):
    """The keys of two reads, 4K8792 and then ABC123."""
    sightings = []
    for minute, plate in enumerate(("4K8792", "ABC123")):
        at = site.clock() + timedelta(minutes=minute)
        reading = Reading(
            candidates=(Candidate(text=plate, confidence=0.9),),
            characters=(0.9,) * len(plate),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
        )
        frame = Frame(source="car-7", taken_at=at, image=np.zeros((60, 80, 3), np.uint8))
        sightings.append(Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1))
    return [
        read.key for batch in record_sightings(officer, sightings, camera="car-7") for read in batch.reads
    ]


def found(act, plate: str = "", **wanted):
    result = search_reads(act, ReadFilter(plate=plate, **wanted), **WHY)
    return [(read.plate, read.corrected) for read in result.reads]


@pytest.mark.parametrize("plate", ["4KX792", "4KX*", "4K8792", "4K879?", "4KX 792"])
def test_a_search_finds_what_was_read_and_what_it_was_corrected_to_and_shows_both(
    officer, seen, plate
) -> None:
    assert found(officer, "4KX792", confusable=False) == []
    correct_read(officer, seen[0], "4kx 792", reason=CLEAR)
    assert found(officer, plate, confusable=False) == [("4K8792", "4KX792")]


def test_look_alikes_of_a_correction_are_found_too(officer, seen) -> None:
    correct_read(officer, seen[1], "ABO123", reason=CLEAR)
    assert found(officer, "AB0123") == [("ABC123", "ABO123")]
    assert found(officer, "AB0123", confusable=False) == []


def test_what_was_read_is_not_touched(site, officer, seen) -> None:
    def row():
        with site.store.snapshot() as work:
            return str(work.connection.exec_driver_sql("SELECT * FROM read ORDER BY id").all())

    before = row()
    correct_read(officer, seen[0], "4KX792", reason=CLEAR)
    correct_read(officer, seen[0], "", reason="the picture was another car")
    assert row() == before


def test_the_newest_counts_and_one_is_taken_back_by_a_further_one(site, officer, seen) -> None:
    correct_read(officer, seen[0], "4KX792", reason=CLEAR)
    correct_read(officer, seen[0], "4KY792", reason=CLEAR)
    assert found(officer, "4KX792", confusable=False) == []
    assert found(officer, "4KY792", confusable=False) == [("4K8792", "4KY792")]
    correct_read(officer, seen[0], "", reason="the picture was another car")
    assert found(officer, "4KY792", confusable=False) == []
    assert show_read(officer, seen[0], **WHY).corrected == ""
    with site.store.snapshot() as work:
        kinds = [entry.body["public"]["withdrawn"] for entry in work.ledger.entries(kind="read.correct")]
    assert kinds == [False, False, True]


def test_both_plates_of_a_mixed_answer_come_newest_first_and_are_capped(officer, seen) -> None:
    correct_read(officer, seen[0], "ABC123", reason=CLEAR)
    assert found(officer, "ABC123") == [("ABC123", ""), ("4K8792", "ABC123")]
    result = search_reads(officer, ReadFilter(plate="ABC123", limit=1), **WHY)
    assert ([read.plate for read in result.reads], result.capped) == (["ABC123"], True)


@pytest.mark.parametrize(
    ("plate", "reason", "why"),
    [
        ("4KX792", "", "needs a reason"),
        ("4KX792", "inv", "is no reason"),
        ("4K?792", CLEAR, "the whole plate"),
        ("4K8792", CLEAR, "stands there already"),
        ("", CLEAR, "stands there already"),
        ("!!!", CLEAR, "plate"),
    ],
)
def test_what_is_no_correction_is_refused(site, officer, seen, plate, reason, why) -> None:
    with pytest.raises(InputError, match=why):
        correct_read(officer, seen[0], plate, reason=reason)
    with site.store.snapshot() as work:
        assert list(work.ledger.entries(kind="read.correct")) == []


def test_only_whom_the_policy_lets_corrects_and_only_what_is_there(officer, act_as, seen) -> None:
    with pytest.raises(Denied):
        correct_read(act_as("auditor"), seen[0], "4KX792", reason=CLEAR)
    with pytest.raises(NotFound):
        correct_read(officer, ReadKey(day="2026-11-23", id="0" * 36), "4KX792", reason=CLEAR)
