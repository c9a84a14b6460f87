"""What is due and under no hold is destroyed, whole, with its entry; and nothing else is."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from alpr_core.act import Act
from alpr_core.errors import Denied, NotFound, StoreError
from alpr_core.models import HotlistEntry, ReadFilter
from alpr_core.retention import RetentionRefused
from alpr_core.services.access_records import purge_access_records
from alpr_core.services.holds import end_hold, place_hold
from alpr_core.services.hotlists import add_to_hotlist
from alpr_core.services.purging import certificate, purge, what_is_due
from alpr_core.services.search import search_reads
from alpr_core.services.sweeping import sweep_images
from alpr_core.store.purging import Purging
from alpr_core.store.tables import hit, hit_outcome, image, image_sweep, plate, read
from alpr_ledger import store as ledger_store
from alpr_ledger import vault
from alpr_ledger.errors import KeyDestroyed, ValueDestroyed
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

DAY = timedelta(days=1)


def count(site, table) -> int:
    with site.store.snapshot() as work:
        return work.connection.scalar(sa.select(sa.func.count()).select_from(table))


def entries(site, kind: str | None) -> list[dict]:
    with site.store.snapshot() as work:
        return [dict(one.body) for one in work.ledger.entries(kind=kind)]


def held(act: Act, key, case: str = "26-1041"):
    return place_hold(act, read=key, why="criminal", case=case, reason="the getaway car of the robbery")


def test_what_is_due_is_destroyed_with_all_that_stands_behind_it(site, purging, see) -> None:
    boss = purging("P30D")
    see("OLD111")
    site.clock.advance(20 * DAY)
    young = see("NEW222")
    site.clock.advance(11 * DAY)

    run = purge(boss)

    assert run is not None
    assert (run.reads, run.images, run.plates) == (1, 2, 1)
    with site.store.snapshot() as work:
        assert [one.key for one in work.reads.search(ReadFilter())] == [young]
        assert work.connection.scalars(sa.select(plate.c.text)).all() == ["NEW222"]
        with pytest.raises(ValueDestroyed):
            vault.open_value(work.connection, entry_of(work, "read.record", 0), "plate", site.keys)
        assert vault.open_value(work.connection, entry_of(work, "read.record", 1), "plate", site.keys).value
    assert count(site, image) == 2


def entry_of(work, kind: str, number: int) -> int:
    return [one.idx for one in work.ledger.entries(kind=kind)][number]


def test_an_image_cannot_be_decrypted_any_more_and_its_file_is_swept_afterwards(site, purging, see) -> None:
    boss = purging("P30D")
    key = see("OLD111")
    with site.store.snapshot() as work:
        stored = work.reads.images(key)
    assert boss.images.get(stored[0])
    site.clock.advance(31 * DAY)
    purge(boss)
    with pytest.raises(NotFound, match="purged"):
        boss.images.get(stored[0])
    files = [path for path in site.images.folder.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert sweep_images(boss) == (2, 0)
    assert not [path for path in site.images.folder.rglob("*") if path.is_file()]
    assert count(site, image_sweep) == 0
    assert entries(site, "image.sweep")[0]["public"] == {"count": 2, "strays": 0}


def test_a_days_key_goes_with_the_last_unheld_read_of_the_day(site, purging, see) -> None:
    boss = purging("P30D")
    first, second = see("AAA111"), see("BBB222")
    key_id = f"read/{first.day}/default"
    held(boss, second)
    assert key_id in site.keys.ids()
    site.clock.advance(31 * DAY)
    purge(boss)
    assert key_id not in site.keys.ids()
    with pytest.raises(KeyDestroyed):
        site.keys.get(key_id)
    with site.store.snapshot() as work:
        for stored in work.reads.images(second):
            assert stored.key_id == "evidence/1"
            assert boss.images.get(stored)


def test_a_file_that_no_read_mentions_is_swept_after_a_day(site, purging, see) -> None:
    boss = purging("P1Y")
    key = see("ABC123")
    stray = site.images.folder / key.day / ("0" * 64)
    stray.write_bytes(b"what a capture left that was cut off")
    assert sweep_images(boss) == (0, 0)
    for file in site.images.folder.rglob("*"):
        os.utime(file, (0, 0))
    assert sweep_images(boss) == (0, 1)
    assert not stray.exists()
    with site.store.snapshot() as work:
        assert all(boss.images.get(one) for one in work.reads.images(key))


@pytest.mark.clause("L12")
def test_a_held_read_stays_until_its_hold_ends_and_goes_then(site, purging, see) -> None:
    boss = purging("P1Y")
    key = see("EVI111")
    hold = held(boss, key)
    site.clock.advance(500 * DAY)
    assert purge(boss) is None
    end_hold(boss, hold.hold.id, reason="the verdict is final")
    run = purge(boss)
    assert run is not None
    assert run.reads == 1
    assert "evidence/1" not in site.keys.ids()


def evidence_of(work, plate: str) -> set[str]:
    """Return the keys under which what was read of a plate lies."""
    rows = ledger_store.vault.c
    query = sa.select(rows.key_id).where(rows.idx.in_(work.reads.entries_of(plate)), rows.field == "plate")
    return set(work.connection.scalars(query))


def test_what_two_holds_keep_stays_until_both_have_ended(site, purging, see) -> None:
    boss = purging("P30D")
    key = see("EVI111")
    held(boss, key)
    held(boss, key, case="26-2000")
    site.clock.advance(40 * DAY)
    end_hold(boss, 2, reason="the claim was settled")
    assert purge(boss) is None
    with site.store.snapshot() as work:
        assert {one.key_id for one in work.reads.images(key)} == {"evidence/1"}
        assert evidence_of(work, "EVI111") == {"evidence/1"}
    end_hold(boss, 1, reason="the verdict is final")
    assert purge(boss).reads == 1


def test_a_hold_by_plate_keeps_what_comes_later_too(site, purging, see) -> None:
    boss = purging("P30D")
    see("EVI111")
    place_hold(
        boss,
        wanted=ReadFilter(plate="EVI 1?1"),
        why="criminal",
        case="26-1041",
        reason="every sighting of the getaway car",
    )
    later, other = see("EVI121"), see("XYZ999")
    assert entries(site, "hold.cover")[0]["public"]["reads"] == [str(later)]
    site.clock.advance(40 * DAY)
    assert purge(boss).reads == 1
    with site.store.snapshot() as work:
        assert work.reads.get(other) is None
        assert work.reads.get(later) is not None
        assert {one.key_id for one in work.reads.images(later)} == {"evidence/1"}


def test_what_comes_later_and_two_holds_keep_lies_under_the_newest_ones_key(site, purging, see) -> None:
    boss = purging("P30D")
    for case in ("26-1", "26-2"):
        place_hold(
            boss, wanted=ReadFilter(plate="EVI111"), why="civil", case=case, reason="a claim after the crash"
        )
    key = see("EVI111")
    boss.erase_unneeded_keys()
    with site.store.snapshot() as work:
        assert {one.key_id for one in work.reads.images(key)} == {"evidence/2"}
        assert work.holds.by_read() == {key: 2}
    end_hold(boss, 2, reason="the claim was settled")
    boss.erase_unneeded_keys()
    with site.store.snapshot() as work:
        assert {one.key_id for one in work.reads.images(key)} == {"evidence/1"}
    assert "evidence/2" not in site.keys.ids()


def test_a_purge_with_nothing_due_asks_no_question_for_each_read(site, purging, see, monkeypatch) -> None:
    boss = purging("P30D")
    for number in range(20):
        see(f"AAA1{number:02}")
    site.clock.advance(29 * DAY + timedelta(hours=23))
    asked = []
    real = Purging.candidates

    def counted(self, *given, **named):
        asked.append(given)
        return real(self, *given, **named)

    monkeypatch.setattr(Purging, "candidates", counted)
    assert purge(boss) is None
    assert len(asked) == 2  # the twenty, and that there are no more


def test_a_hold_by_time_and_place_takes_what_was_seen_there_then(site, purging, see) -> None:
    boss = purging("P30D")
    inside, start = see("AAA111"), site.clock()
    see("BBB222", camera="car-9")
    place_hold(
        boss,
        wanted=ReadFilter(since=start - DAY, until=start + DAY, cameras=("car-7",)),
        why="records_demand",
        case="26-7",
        reason="a subpoena for that hour at the bridge",
    )
    site.clock.advance(40 * DAY)
    purge(boss)
    with site.store.snapshot() as work:
        assert [one.key for one in work.reads.search(ReadFilter())] == [inside]


def test_a_hit_without_a_disposition_goes_and_one_with_it_keeps_its_outcome(site, purging, see) -> None:
    boss = purging("P30D")
    officer = boss
    for text in ("HIT111", "HIT222"):
        add_to_hotlist(
            officer,
            HotlistEntry(plate=text, category="stolen", expires=site.clock() + 90 * DAY),
            name="local",
            purpose="stolen_vehicle",
            case="26-1",
            reason="reported stolen this morning",
        )
    see("HIT111")
    see("HIT222")
    with site.store.writing() as work:
        (ours,) = work.connection.execute(sa.select(hit.c.id).where(hit.c.candidate == "HIT222")).scalars()
        work.connection.execute(sa.update(hit).where(hit.c.id == ours).values(disposition="confirmed"))
        entry = work.connection.scalar(sa.select(hit.c.entry).where(hit.c.id == ours))
    site.clock.advance(31 * DAY)
    run = purge(boss)
    assert run.hits == 2
    assert count(site, hit) == 0
    with site.store.snapshot() as work:
        (kept,) = work.connection.execute(sa.select(hit_outcome)).mappings()
        assert (kept["disposition"], kept["category"], kept["entry"]) == ("confirmed", "stolen", entry)
        assert vault.open_value(work.connection, entry, "plate", site.keys).value == "HIT222"
        assert vault.find(work.connection, "access", "HIT222", site.keys, field="plate")
        with pytest.raises(ValueDestroyed):
            vault.open_value(work.connection, entry, "hotlist", site.keys)
        assert not [key for key in site.keys.ids() if key.startswith("read/")]


def test_the_certificate_says_what_was_destroyed_and_what_lies_outside(site, purging, see, tmp_path) -> None:
    boss = purging("P30D")
    boss = Act(replace(boss._site, outbox=tmp_path), boss.actor)
    keys = [see("AAA111"), see("BBB222"), see("CCC333")]
    held(boss, keys[1])
    site.clock.advance(31 * DAY)
    run = purge(boss, reason="as every month")
    (entry,) = entries(site, "purge.certify")
    public = entry["public"]
    assert (public["count"], public["held"], public["paragraphs"]) == (2, 1, ["K"])
    assert public["terms"] == {
        "default": {"starts": "capture", "period": "P30D", "least": "P30D", "most": "P30D"}
    }
    assert public["keys"] == 1
    assert public["outside"]
    text = (tmp_path / "certificate-of-destruction-1.txt").read_text()
    assert text == certificate(boss, run.id)
    assert "2 reads" in text
    assert "Custodian of Records" in text
    (batch,) = entries(site, "read.purge")
    assert batch["clauses"]
    assert batch["public"]["root"] == public["root"]  # one batch, so one tree


def test_the_ledger_verifies_after_a_purge(site, purging, see) -> None:
    boss = purging("P30D")
    see("AAA111")
    site.clock.advance(31 * DAY)
    purge(boss)
    with open_source(boss.ledger_source) as source:
        report = verify(source, vkeys=[boss.vkey])
    assert report.size == len(entries(site, None))


def test_a_search_finds_nothing_that_was_purged(site, purging, see) -> None:
    boss = purging("P30D")
    see("AAA111")
    site.clock.advance(31 * DAY)
    purge(boss)
    found = search_reads(boss, ReadFilter(plate="AAA111"), purpose="stolen_vehicle", case="26-1")
    assert found.reads == ()


@pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)
def test_no_byte_of_a_purged_plate_is_left_in_the_database_or_its_log(site, purging, see, tmp_path) -> None:
    boss = purging("P30D")
    texts = [f"QZ{number}XW" for number in range(100, 220)]
    for text in texts:
        see(text)
    kept = see("KEP777")
    site.clock.advance(30 * DAY)
    assert any(b"QZ150XW" in path.read_bytes() for path in database_files(site))
    held(boss, kept)
    site.clock.advance(DAY)
    assert purge(boss).reads == len(texts)
    for path in database_files(site):
        data = path.read_bytes()
        assert b"KEP777" in data or path.suffix != ".db"
        assert [text for text in texts if text.encode() in data] == [], path.name


def database_files(site) -> list[Path]:
    path = site.store.sqlite_path
    return [one for one in path.parent.glob(f"{path.name}*") if one.is_file()]


@pytest.mark.clause("B12")
def test_what_should_be_purged_is_purged_by_itself(purging, see, site) -> None:
    boss = purging("P60D", then="should_purge")
    see("AAA111")
    site.clock.advance(61 * DAY)
    assert purge(boss, ordered=False).reads == 1


@pytest.mark.clause("M12")
def test_what_may_be_purged_waits_for_a_persons_order(purging, see, site) -> None:
    boss = purging("P60D", keeps="at_least", then="may_purge")
    see("AAA111")
    site.clock.advance(61 * DAY)
    assert purge(boss, ordered=False) is None
    (due,) = what_is_due(boss)
    assert (due.due, due.automatic, due.clauses) == (1, False, ("K",))
    assert purge(boss).reads == 1


def test_a_dry_run_destroys_nothing_and_says_why(purging, see, site) -> None:
    boss = purging("P30D")
    see("AAA111")
    evidence = see("BBB222")
    held(boss, evidence)
    site.clock.advance(31 * DAY)
    (due,) = what_is_due(boss)
    assert (due.due, due.held, due.term) == (1, 1, "30 days from capture")
    assert due.since == datetime(2026, 12, 23, 14, tzinfo=UTC)
    assert count(site, read) == 2


def test_whoever_may_not_purge_destroys_nothing(purging, see, site, act_as) -> None:
    boss = purging("P30D")
    see("AAA111")
    site.clock.advance(31 * DAY)
    auditor = Act(boss._site, act_as("auditor").actor)
    with pytest.raises(Denied):
        purge(auditor)
    assert count(site, read) == 1


def test_nothing_is_due_a_moment_before_its_time(purging, see, site) -> None:
    boss = purging("P30D")
    see("AAA111")
    site.clock.now = datetime(2026, 12, 23, 13, 59, 59, 999999, tzinfo=UTC)
    assert purge(boss) is None
    site.clock.advance(timedelta(microseconds=1))
    assert purge(boss).reads == 1


def test_a_year_is_counted_in_the_nodes_zone(purging, see, site) -> None:
    site.clock.now = datetime(
        2027, 3, 14, 9, 30, tzinfo=UTC
    )  # 01:30, half an hour before the clocks go forward
    boss = purging("P1Y")
    see("AAA111")
    site.clock.now = datetime(2028, 3, 14, 8, 29, tzinfo=UTC)  # 01:29, and it is summer already
    assert purge(boss) is None
    site.clock.advance(timedelta(minutes=1, seconds=1))
    assert purge(boss).reads == 1


def test_a_purge_that_is_cut_off_is_certified_by_the_next(purging, see, site, monkeypatch) -> None:
    boss = purging("P30D")
    for number in range(3):
        see(f"AAA11{number}")
    site.clock.advance(31 * DAY)
    monkeypatch.setattr("alpr_core.store.purging.MOST", dict.fromkeys(("sqlite", "postgresql"), 2))
    reclaim = type(site.store).reclaim

    def cut(_store: object) -> None:
        raise StoreError("power cut")

    monkeypatch.setattr(type(site.store), "reclaim", cut)
    with pytest.raises(StoreError):
        purge(boss)
    assert entries(site, "purge.certify") == []
    monkeypatch.setattr(type(site.store), "reclaim", reclaim)
    see("NEW111")
    run = purge(boss)
    assert run.reads == 3
    (entry,) = entries(site, "purge.certify")
    assert entry["public"]["count"] == 3
    assert [one["public"]["count"] for one in entries(site, "read.purge")] == [2, 1]
    assert not [key for key in site.keys.ids() if key == "read/2026-11-23/default"]


def test_where_no_period_is_known_nothing_is_ever_purged(purging, see, site) -> None:
    boss = purging("")
    see("AAA111")
    site.clock.advance(10_000 * DAY)
    with pytest.raises(RetentionRefused, match="no clause says how long"):
        purge(boss)
    assert count(site, read) == 1


@pytest.mark.parametrize("ready_database_url", ["sqlite"], indirect=True)
def test_access_records_are_destroyed_a_year_after_their_month_and_not_before(purging, see, site) -> None:
    boss = purging("P30D")
    see("AAA111")
    search_reads(boss, ReadFilter(plate="AAA111"), purpose="stolen_vehicle", case="26-1041")
    site.clock.now = datetime(2027, 11, 30, 23, 59, tzinfo=UTC)
    assert purge_access_records(boss) == 0
    site.clock.now = datetime(2027, 12, 1, tzinfo=UTC)
    assert purge_access_records(boss) > 0
    assert "access/2026-11" not in site.keys.ids()
    with site.store.snapshot() as work:
        left = sa.select(sa.func.count()).select_from(ledger_store.vault)
        assert work.connection.scalar(left.where(ledger_store.vault.c.key_id == "access/2026-11")) == 0
        assert isinstance(work.ledger, Reader)
    assert entries(site, "access.purge")[0]["public"]["month"] == "2026-11"
    assert entries(site, "search.run")  # the entry stays, with its commitments
