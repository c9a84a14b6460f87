"""What was seen is stored whole: read, candidates, images, hits and the entry, or nothing of it."""

from __future__ import annotations

import json
from datetime import timedelta

import numpy as np
import pytest

from alpr_core.errors import Denied, StoreError
from alpr_core.models import Box, Candidate, Frame, HotlistEntry, ReadFilter, Reading, ReadKey, Sighting
from alpr_core.services.ingest import BATCH, record_sightings
from alpr_core.services.search import open_image
from alpr_ledger import vault


def sighting(site, *texts: str, after: timedelta = timedelta()) -> Sighting:
    """A sighting whose candidates are these texts, best first."""
    at = site.clock() + after
    frame = Frame(source="street", taken_at=at, image=np.full((120, 240, 3), 128, np.uint8))
    odds = [0.6 / 2**rank for rank in range(len(texts))]
    reading = Reading(
        candidates=tuple(Candidate(text=text, confidence=p) for text, p in zip(texts, odds, strict=True)),
        characters=(0.9,) * len(texts[0]),
        box=Box.rectangle(40, 30, 140, 70),
        detection_confidence=0.95,
    )
    return Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1)


def bodies(site, kind: str) -> list[dict]:
    with site.store.snapshot() as work:
        return [entry.body for entry in work.ledger.entries(kind=kind)]


def list_plate(site, plate: str, name: str = "stolen") -> None:
    with site.store.writing() as work:
        work.hotlists.add(name, "hand", HotlistEntry(plate=plate, category="stolen vehicle"), site.clock())


def test_a_read_keeps_every_candidate_in_order(site, act_as) -> None:
    (batch,) = record_sightings(
        act_as("officer"), [sighting(site, "ABC123", "A8C123", "ABC12B")], camera="car-7"
    )
    with site.store.snapshot() as work:
        (read,) = work.reads.search(ReadFilter(plate="ABC123"))
    assert [one.text for one in read.candidates] == ["ABC123", "A8C123", "ABC12B"]
    assert read == batch.reads[0]


def test_only_the_ten_best_candidates_are_kept(site, act_as) -> None:
    (batch,) = record_sightings(
        act_as("officer"), [sighting(site, *(f"ABC{n}" for n in range(100, 120)))], camera="c"
    )
    assert [one.text for one in batch.reads[0].candidates] == [f"ABC{n}" for n in range(100, 110)]


def test_the_key_says_the_day_of_capture_in_utc(site, act_as) -> None:
    later = sighting(site, "ABC123", after=timedelta(hours=10))  # midnight UTC
    (batch,) = record_sightings(act_as("officer"), [later], camera="car-7")
    assert batch.reads[0].key.day == "2026-11-24"


def test_both_images_are_stored_encrypted_and_open_through_an_act(site, act_as) -> None:
    officer = act_as("officer")
    (batch,) = record_sightings(officer, [sighting(site, "ABC123")], camera="car-7")
    for kind in ("frame", "plate"):
        data = open_image(officer, batch.reads[0].key, kind, purpose="stolen_vehicle", case="26-1")
        assert data.startswith(b"\xff\xd8")
    assert [entry["public"]["image"] for entry in bodies(site, "image.open")] == ["frame", "plate"]


def test_one_batch_is_one_entry_that_commits_to_each_plate(site, act_as) -> None:
    seen = [sighting(site, "ABC123"), sighting(site, "XYZ987", after=timedelta(seconds=1))]
    (batch,) = record_sightings(act_as("officer"), seen, camera="car-7")
    (entry,) = bodies(site, "read.record")
    assert entry["public"]["count"] == 2
    assert entry["public"]["reads"] == [str(read.key) for read in batch.reads]
    with site.store.snapshot() as work:
        assert "ABC123" not in json.dumps(entry)
        opened = [
            vault.open_value(work.connection, batch.entry, field, site.keys, item=item).value
            for field, item in (("plate", 0), ("plate", 1), ("record", 0))
        ]
    assert opened[:2] == ["ABC123", "XYZ987"]
    record = json.loads(opened[2])
    assert record["images"].keys() == {"frame", "plate"}


def test_a_long_batch_is_split_so_that_no_entry_grows_too_long(site, act_as) -> None:
    seen = [sighting(site, f"AB{n:04}", f"A8{n:04}") for n in range(BATCH + 1)]
    batches = record_sightings(act_as("officer"), seen, camera="car-7")
    assert [len(batch.reads) for batch in batches] == [BATCH, 1]


def test_a_night_over_midnight_is_stored_under_two_days_keys(site, act_as) -> None:
    seen = [sighting(site, "ABC123"), sighting(site, "ABC123", after=timedelta(hours=10))]
    batches = record_sightings(act_as("officer"), seen, camera="car-7")
    assert [batch.reads[0].key.day for batch in batches] == ["2026-11-23", "2026-11-24"]


def test_a_listed_plate_raises_a_hit_in_the_same_commit(site, act_as) -> None:
    list_plate(site, "ABC123")
    (batch,) = record_sightings(act_as("officer"), [sighting(site, "ABC123")], camera="car-7")
    (hit,) = batch.hits
    assert (hit.hotlist, hit.plate, hit.match.kind) == ("stolen", "ABC123", "exact")
    (entry,) = bodies(site, "hit.raise")
    assert entry["public"]["hit"] == hit.id
    assert "ABC123" not in json.dumps(entry)


def test_a_second_candidate_is_enough_for_a_hit_and_the_hit_says_so(site, act_as) -> None:
    list_plate(site, "A8C124")
    (batch,) = record_sightings(act_as("officer"), [sighting(site, "ABC123", "A8C124")], camera="car-7")
    assert "candidate 2 of 2" in batch.hits[0].match.explanation


def test_plugins_hear_of_reads_and_hits_after_the_commit(site, act_as) -> None:
    list_plate(site, "ABC123")
    record_sightings(act_as("officer"), [sighting(site, "ABC123")], camera="car-7")
    assert [hook for hook, _ in site.notify.told] == ["read_recorded", "hit_raised"]


def test_nothing_is_stored_when_the_database_fails_in_the_middle(site, act_as, monkeypatch) -> None:
    def broken(*_args: object, **_named: object) -> None:
        raise StoreError("the database refused: disk full")

    officer = act_as("officer")
    monkeypatch.setattr("alpr_core.store.hits.Hits.add", broken)
    with pytest.raises(StoreError, match="disk full"):
        record_sightings(officer, [sighting(site, "ABC123")], camera="car-7")
    with site.store.snapshot() as work:
        assert work.reads.count() == 0
    assert [entry["public"]["action"] for entry in bodies(site, "act.fail")] == ["read.record"]


def test_when_the_disk_is_full_no_image_stays_behind_that_nobody_could_open(
    site, act_as, monkeypatch
) -> None:
    import errno

    from alpr_core.store import images

    written = []

    def fills_up(path, data):
        if len(written) == 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        written.append(path)
        return write(path, data)

    write = images.write_private
    monkeypatch.setattr(images, "write_private", fills_up)
    with pytest.raises(StoreError, match="No space left"):
        record_sightings(act_as("officer"), [sighting(site, "ABC123"), sighting(site, "XYZ987")], camera="c")
    assert [path for path in site.images.folder.rglob("*") if path.is_file()] == []


def test_what_was_observed_cannot_be_changed_afterwards(site, act_as) -> None:
    import sqlalchemy as sa

    record_sightings(act_as("officer"), [sighting(site, "ABC123")], camera="car-7")
    for column, value in (
        ("candidates", "'[]'"),
        ("confidence", "1"),
        ("camera", "'other'"),
        ("plate_id", "1"),
    ):
        with pytest.raises(StoreError, match="cannot be changed"), site.store.writing() as work:
            work.connection.execute(sa.text(f"UPDATE read SET {column} = {value}"))


def test_who_may_not_operate_stores_nothing(site, act_as) -> None:
    with pytest.raises(Denied):
        record_sightings(act_as("auditor"), [sighting(site, "ABC123")], camera="car-7")
    with site.store.snapshot() as work:
        assert work.reads.count() == 0


def test_a_minted_key_sorts_by_time_and_is_a_uuid_of_version_7(site) -> None:
    keys = [ReadKey.mint(site.clock() + timedelta(seconds=n)) for n in range(5)]
    assert [key.id for key in keys] == sorted(key.id for key in keys)
    assert all(key.id[14] == "7" and key.id[19] in "89ab" for key in keys)
