"""``alpr-core hits``: what was captured meets what is listed, and says how."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pytest

from alpr_core.models import Box, Candidate, Frame, Reading, Sighting


@pytest.fixture
def see(as_officer):
    """Store a read of these candidates, as the system of a camera would."""
    from alpr_core.act import Act
    from alpr_core.models import Actor
    from alpr_core.node import Node
    from alpr_core.services.ingest import record_sightings

    def see(*texts: str) -> None:
        at = datetime(2026, 11, 23, 14, tzinfo=UTC)
        reading = Reading(
            candidates=tuple(Candidate(text=text, confidence=1 / len(texts)) for text in texts),
            characters=(0.9,) * len(texts[0]),
            box=Box.rectangle(10, 10, 60, 30),
            detection_confidence=0.9,
            region="us-wa",
        )
        frame = Frame(source="car-7", taken_at=at, image=np.zeros((60, 80, 3), np.uint8))
        sighting = Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1)
        camera = Actor(id="system:camera", roles=frozenset({"officer"}), delegated_by="p-1")
        with Node.open(as_officer.folder) as node:
            record_sightings(Act(node.site, camera), [sighting], camera="car-7")

    return see


@pytest.fixture
def hit(as_officer, see):
    """The node with one hit on it."""
    words = (
        "--name",
        "stolen",
        "--state",
        "OR",
        "--category",
        "stolen_vehicle",
        "--purpose",
        "stolen_vehicle",
        "--reason",
        "stolen last night at the fair",
        "--expires",
        "2099-12-24",
    )
    assert as_officer("hotlist", "add", "ABO123", *words).exit_code == 0
    see("XXX999", "AB0123")
    return as_officer


def test_hits_are_listed_with_their_explanation(hit):
    result = hit("hits", "list")
    assert result.exit_code == 0, result.output
    assert "candidate 2 of 2; 0/O at position 3; state differs: listed OR, read WA" in result.stdout
    for shown in ("stolen", "stolen_vehicle", "ABO123", "XXX999"):
        assert shown in result.stdout


def test_a_program_gets_everything_of_a_hit(hit):
    (row,) = (json.loads(line) for line in hit("hits", "list", "--json").stdout.splitlines())
    assert (row["match"], row["candidate"], row["listed"], row["plate"]) == (
        "confusable",
        "AB0123",
        "ABO123",
        "XXX999",
    )
    assert row["read"].startswith("2026-11-23/")


def test_one_hotlist_can_be_chosen_and_the_newest_alone(hit, see):
    see("ABO123")
    assert len(hit("hits", "list", "--json").stdout.splitlines()) == 2
    newest = hit("hits", "list", "--json", "--limit", "1")
    assert len(newest.stdout.splitlines()) == 1
    assert "there may be more" in newest.stderr
    assert hit("hits", "list", "--hotlist", "other").stderr.strip() == "No hit."


def test_an_administrator_without_an_officers_role_sees_no_hits(hit):
    hit.log_in("1001")
    assert hit("hits", "list").exit_code == 3


def test_looking_at_hits_is_on_record(hit):
    hit("hits", "list", "--case", "26-1041")
    assert [entry["public"] for entry in hit.entries("hit.list")] == [{"count": 1}]
    assert hit.committed("hit.list", "case") == ["26-1041"]
