"""Reads of other systems are stored as our own are, each once; the ledger says by which source they came."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from PIL import Image

from alpr_core import Box, Candidate, ForeignRead, InputError, PluginError, Position, RejectedRead
from alpr_core.errors import Denied
from alpr_core.models import HotlistEntry, ReadFilter
from alpr_core.services.devices import add_device, install_device
from alpr_core.services.foreign_reads import NOWHERE, import_reads, take_reads
from alpr_core.services.purging import purge
from alpr_core.services.search import open_image
from alpr_ledger import vault


def jpeg(width: int = 8, height: int = 8) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height)).save(file, "JPEG")
    return file.getvalue()


class Listed:
    """A source whose messages are what the test gives it."""

    token = None

    def __init__(self, *found: object) -> None:
        self.found = found

    def parse(self, content: bytes, content_type: str):
        return self.found


@pytest.fixture
def seen(site):
    """``seen("ABC123", id="1")`` is a read of another system, of a minute ago."""

    def make(plate: str = "ABC123", **fields) -> ForeignRead:
        given = {
            "number": 1,
            "id": "uuid-1/0",
            "camera": "gate-1",
            "captured_at": site.clock() - timedelta(minutes=1),
            "candidates": (Candidate(text=plate, confidence=0.9),),
        }
        return ForeignRead(**{**given, **fields})

    return make


@pytest.fixture
def take(act_as):
    """``take(read, ...)`` takes a message that holds these, as one officer."""
    act = act_as("officer")

    def take(*found: object, name: str = "openalpr", by=act):
        return take_reads(by, b"message", Listed(*found), source_name=name)

    take.act = act
    return take


def entries(site, kind: str) -> list:
    with site.store.snapshot() as work:
        return list(work.ledger.entries(kind=kind))


def count(site) -> int:
    with site.store.snapshot() as work:
        return work.reads.count()


def pictures_on_disk(site) -> int:
    return sum(file.is_file() for file in site.images.folder.rglob("*"))


def test_a_read_is_stored_with_all_that_the_other_system_knows(site, seen, take) -> None:
    one = seen(
        candidates=(Candidate(text="ABC123", confidence=0.9), Candidate(text="A8C123", confidence=0.5)),
        last_seen=site.clock(),
        region="us-or",
        region_confidence=0.8,
        frames=3,
        box=Box.rectangle(1, 2, 3, 4),
        position=Position(latitude=44.9, longitude=-123.0),
        detection_confidence=0.7,
    )
    taken = take(one)
    assert (taken.stored, taken.doubles, taken.rejected, taken.hits) == (1, 0, (), 0)
    with site.store.snapshot() as work:
        (read,) = work.reads.search(ReadFilter(plate="ABC123"))
    assert (read.candidates, read.captured_at, read.last_seen) == (
        one.candidates,
        one.captured_at,
        site.clock(),
    )
    assert (read.box, read.position, read.region, read.frames) == (one.box, one.position, "us-or", 3)
    assert (read.camera, read.detection_confidence) == ("gate-1", 0.7)


def test_the_entry_says_by_which_source_it_came_and_nothing_of_the_plate(site, seen, take) -> None:
    take(seen())
    (entry,) = entries(site, "read.record")
    assert entry.body["public"]["source"] == "openalpr"
    assert "ABC123" not in json.dumps(entry.body)
    assert "uuid-1" not in json.dumps(entry.body)
    with site.store.snapshot() as work:
        record = json.loads(vault.open_value(work.connection, entry.idx, "record", site.keys).value)
    assert (record["source"], record["foreign_id"], record["plate"]) == ("openalpr", "uuid-1/0", "ABC123")


def test_its_pictures_are_sealed_and_open_through_an_act(site, seen, take) -> None:
    frame, plate = jpeg(), jpeg(4, 2)
    taken = take(seen(pictures={"frame": frame, "plate": plate}))
    key = taken.recorded[0].reads[0].key
    for kind, picture in (("frame", frame), ("plate", plate)):
        assert open_image(take.act, key, kind, purpose="stolen_vehicle", case="26-1") == picture
    assert not [
        file for file in site.images.folder.rglob("*") if file.is_file() and frame in file.read_bytes()
    ]


def enormous() -> bytes:
    """A small file whose head says that it has 65,000 × 65,000 pixels."""
    small = jpeg()
    at = small.index(b"\xff\xc0") + 5  # SOF0: height and width, 16 bits each
    return small[:at] + (65_000).to_bytes(2) * 2 + small[at + 4 :]


@pytest.mark.parametrize("picture", [enormous(), b"GIF89a", b"\xff\xd8\xff cut", b"\xff\xd8", jpeg()[:20]])
def test_a_picture_that_is_none_is_left_out_and_the_read_stays(site, seen, take, picture) -> None:
    taken = take(seen(pictures={"frame": picture}))
    assert (taken.stored, taken.pictures, taken.recorded[0].reads[0].box) == (1, 1, NOWHERE)


def test_one_picture_of_many_reads_is_kept_as_often_as_there_is_room_and_every_read_stays(
    site, seen, take, monkeypatch
) -> None:
    picture = jpeg()
    monkeypatch.setattr("alpr_core.services.foreign_reads.LARGEST_PICTURES", 2 * len(picture))
    many = [
        seen(id=str(at), camera=f"gate-{at % 2}", pictures={"frame": picture}) for at in range(4)
    ]  # the room is the message's, not a camera's
    taken = take(*many)
    assert (taken.stored, taken.pictures, pictures_on_disk(site)) == (4, 2, 2)


def test_a_listed_plate_raises_a_hit(site, seen, take) -> None:
    with site.store.writing() as work:
        work.hotlists.add("stolen", "hand", HotlistEntry(plate="ABC123", category="stolen"), site.clock())
    assert take(seen()).hits == 1
    assert take(seen()).hits == 0
    assert len(entries(site, "hit.raise")) == 1


def test_the_same_message_twice_stores_one_read_and_one_entry(site, seen, take) -> None:
    first, again = take(seen(), seen(id="uuid-1/1")), take(seen(), seen(id="uuid-1/1"))
    assert (first.stored, again.stored, again.doubles) == (2, 0, 2)
    assert (count(site), len(entries(site, "read.record"))) == (2, 1)


def test_what_stands_in_a_message_twice_is_stored_once_and_the_first_counts(site, seen, take) -> None:
    taken = take(seen("ABC123"), seen("XYZ987"))
    assert (taken.stored, taken.doubles) == (1, 1)
    assert taken.recorded[0].reads[0].plate == "ABC123"


def test_two_sources_may_have_the_same_name_for_two_reads(site, seen, take) -> None:
    assert take(seen()).stored == take(seen(), name="frigate").stored == 1


def test_reads_of_several_cameras_are_an_entry_each(site, seen, take) -> None:
    take(seen(id="1"), seen(id="2", camera="gate-2"), seen(id="3"))
    assert [entry.body["public"]["count"] for entry in entries(site, "read.record")] == [2, 1]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"captured_at": timedelta(minutes=6)}, "in the future"),
        ({"captured_at": timedelta(days=-10_000)}, "before the year 2000"),
        ({"last_seen": timedelta(minutes=-2)}, "seen last before"),
        ({"last_seen": timedelta(days=1)}, "in the future"),
        ({"id": ""}, "name that the other system"),
        ({"id": "x" * 257}, "name that the other system"),
        ({"camera": ""}, "camera's name"),
        ({"camera": "a\nb"}, "camera's name"),
        ({"candidates": ()}, "letters and digits"),
        ({"candidates": (Candidate(text="abc", confidence=1),)}, "letters and digits"),
        ({"candidates": (Candidate(text="ABC", confidence=float("nan")),)}, "confidence"),
        ({"candidates": (Candidate(text="ABC", confidence=1.1),)}, "confidence"),
        (
            {"candidates": (Candidate(text="AB", confidence=0.1), Candidate(text="A", confidence=0.2))},
            "order",
        ),
        ({"region": "x" * 17}, "region"),
        ({"frames": 0}, "no picture"),
        ({"box": Box.rectangle(0, 0, 10**6, 1)}, "outside"),
        ({"position": Position(latitude=float("nan"), longitude=0)}, "earth"),
    ],
)
def test_a_read_that_cannot_be_is_left_out_with_its_number_and_the_others_stay(
    site, seen, take, fields, why
) -> None:
    moved = {
        name: site.clock() + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }
    taken = take(seen(id="good"), seen(**{"number": 7, **moved}))
    (rejected,) = taken.rejected
    assert (taken.stored, rejected.number) == (1, 7)
    assert why in rejected.problem


def test_a_reader_that_is_not_in_service_stores_nothing_and_the_others_do(site, act_as, seen, take) -> None:
    manager = act_as("admin")
    add_device(manager, "gate-1", kind="fixed", place="Main St, mast 12")
    message = (seen(), seen(id="2", camera="gate-2", number=2))
    taken = take(*message)
    assert (taken.stored, [one.number for one in taken.rejected]) == (1, [1])
    assert "not in service" in taken.rejected[0].problem
    install_device(manager, "gate-1")
    assert (take(*message).stored, count(site)) == (1, 2)


def test_who_may_not_capture_stores_nothing_and_that_is_on_record(site, act_as, seen, take) -> None:
    with pytest.raises(Denied):
        take(seen(), by=act_as("auditor"))
    assert (count(site), len(entries(site, "act.deny"))) == (0, 1)


def test_rejects_of_the_source_are_handed_on(seen, take) -> None:
    rejected = RejectedRead(number=3, problem="it is no JSON")
    assert take(seen(), rejected).rejected == (rejected,)


@pytest.mark.parametrize("found", ["ABC123", None, 1])
def test_a_source_that_delivers_something_else_is_a_defect_of_that_plugin(take, found) -> None:
    with pytest.raises(PluginError, match="defect of that plugin"):
        take(found)


def test_what_a_failing_source_says_is_repeated_nowhere(take) -> None:
    class Broken:
        token = None

        def parse(self, content, content_type):
            raise ValueError("ABC123")

    with pytest.raises(PluginError, match="ValueError") as caught:
        take_reads(take.act, b"", Broken(), source_name="openalpr")
    assert "ABC123" not in caught.value.message


def test_a_file_that_is_not_there_or_too_large_is_an_error(take, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("alpr_core.services.foreign_reads.LARGEST_FILE", 1024)
    file = tmp_path / "reads.csv"
    with pytest.raises(InputError, match="no such file"):
        import_reads(take.act, file, Listed(), source_name="openalpr")
    file.write_bytes(b"x" * 1025)
    with pytest.raises(InputError, match="part it"):
        import_reads(take.act, file, Listed(), source_name="openalpr")


def test_a_purged_read_takes_its_foreign_name_with_it(site, seen, purging) -> None:
    act = purging("P30D")
    assert take_reads(act, b"", Listed(seen()), source_name="openalpr").stored == 1
    site.clock.advance(timedelta(days=31))
    assert purge(act, ordered=True).reads == 1
    assert act.stored_before("openalpr", ["uuid-1/0"]) == set()


def test_a_message_that_another_process_stores_meanwhile_is_stored_once(
    site, seen, take, monkeypatch
) -> None:
    take(seen())
    monkeypatch.setattr(
        type(take.act), "stored_before", lambda *_: set()
    )  # both have looked before either wrote
    framed = {"pictures": {"frame": jpeg()}}
    taken = take(seen(**framed), seen(id="2", **framed))
    assert (taken.stored, taken.doubles, count(site)) == (1, 1, 2)
    taken = take(seen(**framed), seen(id="2", **framed))
    assert (taken.stored, taken.doubles, count(site)) == (0, 2, 2)
    assert pictures_on_disk(site) == 1


def test_a_read_whose_time_is_over_already_is_left_out_and_named(site, seen, purging) -> None:
    boss = purging("P30D")
    old = seen(id="1", number=1, captured_at=site.clock() - timedelta(days=31))
    young = seen(id="2", number=2, captured_at=site.clock() - timedelta(days=29))
    taken = take_reads(boss, b"message", Listed(old, young), source_name="openalpr")
    assert (taken.stored, taken.doubles, [one.number for one in taken.rejected]) == (1, 0, [1])
    assert "older than reads are kept here" in taken.rejected[0].problem


def test_where_reads_are_kept_for_less_than_a_day_one_of_this_morning_may_be_too_old(
    site, seen, purging
) -> None:
    boss = purging("PT12H")
    old = seen(id="1", number=1, captured_at=site.clock() - timedelta(hours=13))
    young = seen(id="2", number=2, captured_at=site.clock() - timedelta(hours=11))
    taken = take_reads(boss, b"message", Listed(old, young), source_name="openalpr")
    assert (taken.stored, [one.number for one in taken.rejected]) == (1, [1])


def test_of_a_message_that_is_refused_no_picture_stays(site, seen, take, monkeypatch) -> None:
    from alpr_core.services import ingest

    def refuse(_carrier):
        raise InputError("it was taken out of service just now")

    monkeypatch.setattr(ingest, "check_in_service", refuse)
    with pytest.raises(InputError, match="just now"):
        take(seen(pictures={"frame": jpeg()}))
    assert (pictures_on_disk(site), count(site)) == (0, 0)
