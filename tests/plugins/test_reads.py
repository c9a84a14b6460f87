"""Reads of other systems: what each format says becomes one read each, and nothing hostile becomes a traceback."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alpr_core import Box, ForeignRead, InputError, Position, ReadSource, RejectedRead, plates
from alpr_core.errors import ConfigError, PluginError
from alpr_core.foreign import problem_of
from alpr_core.plugins import PluginHost
from alpr_source_reads import messages, values

GOLDEN = Path(__file__).parent / "golden" / "reads"
SEEN = datetime(2026, 11, 23, 13, 59, 50, tzinfo=UTC)
NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)

FLOCK = {
    "columns": {
        "plate": "Plate",
        "captured_at": "Capture Time",
        "camera": "Camera",
        "state": "State",
        "confidence": "Confidence",
        "latitude": "Lat",
        "longitude": "Lon",
    },
    "time_format": "%m/%d/%Y %I:%M:%S %p",
    "timezone": "America/Los_Angeles",
    "percent": True,
}
OPTIONS = {"flock": FLOCK}
NAMES = ("openalpr", "platerecognizer", "flock", "genetec", "verkada", "frigate")


@cache
def host() -> PluginHost:
    return PluginHost.load()


def source(name: str, **options) -> ReadSource:
    return host().read_source(name, {**OPTIONS.get(name, {}), **options})


def golden(file: str) -> bytes:
    return (GOLDEN / file).read_bytes()


def changed(file: str, old: str, new: str) -> bytes:
    text = golden(file).decode()
    assert old in text
    return text.replace(old, new).encode()


def parsed(name: str, content: bytes, content_type: str = "", **options) -> list[ForeignRead | RejectedRead]:
    return list(source(name, **options).parse(content, content_type))


def one_read(name: str, content: bytes, content_type: str = "", **options) -> ForeignRead:
    (read,) = parsed(name, content, content_type, **options)
    assert isinstance(read, ForeignRead), read
    return read


def odds(read: ForeignRead) -> list[tuple[str, float]]:
    return [(one.text, round(one.confidence, 4)) for one in read.candidates]


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_source_of_reads_and_of_no_hotlist(name: str) -> None:
    assert isinstance(source(name), ReadSource)
    with pytest.raises(PluginError, match="delivers no hotlists"):
        host().data_source(name, OPTIONS.get(name, {}))


# --- OpenALPR ----------------------------------------------------------------------------------------------


def test_a_group_is_one_read_with_its_span_place_candidates_and_pictures() -> None:
    read = one_read("openalpr", golden("openalpr_group.json"))
    assert (read.camera, read.id) == ("AGENT1-7", "group/AGENT1-7-1795442390700/0")
    assert (read.captured_at, read.last_seen) == (SEEN, SEEN + timedelta(milliseconds=1500))
    assert odds(read) == [("ABC123", 0.9125), ("A8C123", 0.845), ("ABC12B", 0.72)]
    assert (read.region, read.region_confidence, read.frames) == ("us-or", 0.8, 3)
    assert read.box == Box(corners=((40, 30), (140, 31), (140, 70), (41, 70)))
    assert read.position == Position(latitude=44.9429, longitude=-123.0351)
    assert {kind: data[:2] for kind, data in read.pictures.items()} == {
        "frame": b"\xff\xd8",
        "plate": b"\xff\xd8",
    }


def test_each_result_of_a_picture_is_a_read_and_a_plate_of_two_lines_is_one() -> None:
    first, second = parsed("openalpr", golden("openalpr_results.jsonl"))
    assert (first.id, second.id) == ("site-cam2-1795442390000/0", "site-cam2-1795442390000/1")
    assert (second.candidates[0].text, second.camera) == ("XYZ987", "site-2")


def test_what_stock_openalpr_printed_becomes_a_read(shared: Path) -> None:
    content = (shared / "openalpr_sample.json").read_bytes()
    read = one_read("openalpr", content, camera="gate")
    assert (read.camera, len(read.candidates), odds(read)[0]) == ("gate", 10, ("0SG719", 0.8707))
    (rejected,) = parsed("openalpr", content)
    assert "set the option camera" in rejected.problem


def test_a_plate_that_was_chosen_below_another_stays_the_first() -> None:
    content = changed("openalpr_group.json", '"best_confidence": 91.25', '"best_confidence": 80.0')
    assert odds(one_read("openalpr", content)) == [("ABC123", 0.8), ("A8C123", 0.8), ("ABC12B", 0.72)]


def test_an_alert_holds_its_group_and_a_preview_waits_for_the_whole_one() -> None:
    group = json.loads(golden("openalpr_group.json"))
    alert = {"data_type": "alpr_alert", "plate_number": "ABC123", "alert_list": "x", "group": group}
    assert one_read("openalpr", json.dumps(alert).encode()) == one_read(
        "openalpr", json.dumps(group).encode()
    )
    assert parsed("openalpr", json.dumps({**group, "is_preview": True}).encode()) == []


@pytest.mark.parametrize(("take", "kept"), [("groups", 1), ("results", 2), ("all", 3)])
def test_an_agent_that_sends_both_can_be_taken_at_one_word(take: str, kept: int) -> None:
    lines = json.dumps(json.loads(golden("openalpr_group.json"))).encode() + b"\n"
    assert len(parsed("openalpr", lines + golden("openalpr_results.jsonl"), take=take)) == kept


def test_cameras_have_the_names_that_they_have_here() -> None:
    read = one_read("openalpr", golden("openalpr_group.json"), cameras={"AGENT1-7": "gate-1"})
    assert read.camera == "gate-1"


# --- Plate Recognizer --------------------------------------------------------------------------------------


def test_a_webhook_and_its_line_in_the_csv_are_the_same_read() -> None:
    hook = one_read("platerecognizer", golden("platerecognizer.json"))
    line, naive, third = parsed("platerecognizer", golden("platerecognizer.csv"))
    assert (hook.camera, hook.id) == (
        "camera-1",
        "camera-1_screenshots/26-11-23/13-59-50.606935.jpg/ABC123",
    )
    assert hook.captured_at == SEEN.replace(microsecond=606935)
    assert odds(hook) == [("ABC123", 0.839), ("A8C123", 0.71)]
    assert (hook.detection_confidence, hook.region, hook.region_confidence) == (0.441, "us-or", 0.413)
    assert hook.box == Box.rectangle(40, 30, 140, 70)
    assert (line.id, line.captured_at, line.camera, line.box) == (
        hook.id,
        hook.captured_at,
        hook.camera,
        hook.box,
    )
    assert odds(line) == [("ABC123", 0.839), ("A8C123", 0.0)]  # in the CSV the others have no score
    assert naive == RejectedRead(number=3, problem="timestamp says no offset from UTC")
    assert third.candidates[0].text == "XYZ987"


def as_form(*parts: tuple[str, bytes], boundary: str = "b0undary") -> bytes:
    pieces = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n%s\r\n'
        % (boundary.encode(), name.encode(), data)
        for name, data in parts
    ]
    return b"".join(pieces) + b"--" + boundary.encode() + b"--\r\n"


def test_a_form_brings_the_picture_byte_for_byte() -> None:
    picture = b"\xff\xd8\xff\r\n--b0undar\r\n\x00\n\r--\xff\xd9"
    content = as_form(("json", golden("platerecognizer.json")), ("upload", picture))
    read = one_read("platerecognizer", content, "multipart/form-data; boundary=b0undary")
    assert read.pictures == {"frame": picture}


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b"--b--\r\n", "multipart/form-data", "boundary"),
        (as_form(("json", b"{}"))[:-6], "multipart/form-data; boundary=b0undary", "cut off"),
        (as_form(("upload", b"x")), "multipart/form-data; boundary=b0undary", "empty"),
        (as_form(*[("x", b"")] * 17), "multipart/form-data; boundary=b0undary", "more than 16 parts"),
    ],
)
def test_a_form_that_is_none_is_refused(content: bytes, kind: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        parsed("platerecognizer", content, kind)


def test_a_heartbeat_of_stream_holds_no_read() -> None:
    content = changed("platerecognizer.json", '"event": "recognition"', '"event": "heartbeat"')
    assert parsed("platerecognizer", content) == []


# --- Flock, Genetec, Verkada, Frigate ----------------------------------------------------------------------


def test_a_csv_is_read_by_the_columns_that_the_options_name() -> None:
    first, second, empty, never = parsed("flock", golden("flock.csv"))
    assert (first.camera, first.captured_at, odds(first)) == ("Main St North", SEEN, [("ABC123", 0.925)])
    assert (first.region, second.region) == ("us-or", "us-wa")
    assert (first.position, second.position) == (Position(latitude=44.9429, longitude=-123.0351), None)
    assert (empty.number, never.number) == (4, 5)
    assert "plate" in empty.problem
    assert "time_format" in never.problem


def test_a_time_without_an_offset_is_refused_unless_its_zone_is_set() -> None:
    rejected = parsed("flock", golden("flock.csv"), timezone=None)
    assert "set the option timezone" in rejected[0].problem


def test_nobody_guesses_what_a_column_means() -> None:
    with pytest.raises(InputError, match="nobody has said what its columns mean"):
        parsed("flock", golden("flock.csv"), columns={})
    with pytest.raises(InputError, match="'Capture Time'"):
        parsed("flock", b"Plate,Camera,State,Confidence,Lat,Lon\n")


@pytest.mark.parametrize(
    ("columns", "why"),
    [({"plate": "P"}, "captured_at, camera"), ({"plte": "P"}, "plte"), ({"plate": 1}, "string")],
)
def test_columns_that_mean_nothing_are_a_problem_of_the_settings(columns: dict, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        source("flock", columns=columns)


def test_autovus_xml_is_one_read_with_both_pictures() -> None:
    read = one_read("genetec", golden("genetec.xml"), "text/xml")
    assert (read.camera, read.id) == (
        "Sharp12345 Context Camera",
        "6ee17b00-82c1-466b-9fd6-003417bc82c4",
    )
    assert read.captured_at == SEEN.replace(microsecond=125_000)
    assert (odds(read), read.region) == ([("ABC123", 0.96)], "us-or")
    assert read.position == Position(latitude=44.9429, longitude=-123.0351)
    assert set(read.pictures) == {"frame", "plate"}


@pytest.mark.parametrize(
    "document",
    [
        b'<!DOCTYPE a [<!ENTITY b "c">]><AutoVu><Plate>&b;</Plate></AutoVu>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><AutoVu/>',
        b"<AutoVu>",
        b"<Hotlist/>",
        b"",
        b'<?xml version="1.0" encoding="no-such"?><AutoVu/>',
        b"<a>" * 20_000 + b"</a>" * 20_000,
    ],
)
def test_xml_with_a_document_type_or_without_a_read_is_refused(document: bytes) -> None:
    with pytest.raises(InputError):
        parsed("genetec", document)


@pytest.mark.parametrize("time", ["25:00:00.000", "14:00", "", "14:00:00.1234567"])
def test_a_time_that_no_clock_shows_is_refused(time: str) -> None:
    (rejected,) = parsed("genetec", changed("genetec.xml", "13:59:50.125", time))
    assert "UTCTime" in rejected.problem


def test_verkadas_webhook_is_read_to_the_millisecond() -> None:
    read = one_read("verkada", golden("verkada.json"))
    assert read.captured_at == SEEN.replace(microsecond=865_000)
    assert (odds(read), read.region) == ([("ABC123", 0.963)], "us-or")
    other = changed("verkada.json", '"webhook_type": "lpr"', '"webhook_type": "notification"')
    assert parsed("verkada", other) == []


def test_frigate_is_taken_at_the_end_of_a_vehicle_or_at_each_new_plate() -> None:
    end = one_read("frigate", golden("frigate.jsonl"))
    assert (end.id, end.captured_at, end.last_seen) == (
        "1795442390.0-mxklsc",
        SEEN,
        SEEN + timedelta(seconds=4),
    )
    first, second = parsed("frigate", golden("frigate.jsonl"), take="updates")
    assert (odds(first), first.box) == ([("ABC123", 0.95)], Box.rectangle(40, 30, 140, 70))
    assert first.id != second.id


# --- what is not as it should be ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("content", [b"", b"   ", b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_message_is_an_error_of_the_whole(name: str, content: bytes) -> None:
    with pytest.raises(InputError):
        parsed(name, content)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("flock", "genetec")])
@pytest.mark.parametrize(
    "content",
    [
        b'{"data_type": NaN}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"9" * 10_000 + b"]",
        b"{]\n{]",
    ],
)
def test_json_that_is_none_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(InputError):
        parsed(name, content)


@pytest.mark.parametrize(
    ("file", "name", "old", "new"),
    [
        ("openalpr_group.json", "openalpr", '"epoch_start": 1795442390000', '"epoch_start": 1e30'),
        ("openalpr_group.json", "openalpr", '"best_confidence": 91.25', '"best_confidence": 191.25'),
        ("openalpr_group.json", "openalpr", '"best_uuid": "AGENT1-7-1795442390700"', '"best_uuid": ""'),
        ("openalpr_group.json", "openalpr", '"data_type": "alpr_group"', '"data_type": "other"'),
        ("openalpr_group.json", "openalpr", '"data_type": "alpr_group"', '"data_type": ["alpr_group"]'),
        ("openalpr_group.json", "openalpr", '"best_plate_number": "ABC123"', '"best_plate_number": "?"'),
        ("platerecognizer.json", "platerecognizer", "T13:59:50.606935Z", "T13:59:50.606935"),
        ("platerecognizer.json", "platerecognizer", '"plate": "abc123",', '"plate": {"a": 1},'),
        ("verkada.json", "verkada", '"confidence": 0.963', '"confidence": 96.3'),
        ("verkada.json", "verkada", '"license_plate_number": "ABC123"', '"license_plate_number": null'),
    ],
)
def test_a_read_with_a_value_that_cannot_be_is_left_out_and_quoted_nowhere(
    file: str, name: str, old: str, new: str
) -> None:
    (rejected,) = parsed(name, changed(file, old, new))
    assert isinstance(rejected, RejectedRead)
    assert rejected.number == 1
    assert "ABC" not in rejected.problem.upper()


def test_a_bad_line_among_good_ones_is_named_by_its_number() -> None:
    good, bad = parsed("openalpr", json.dumps(json.loads(golden("openalpr_group.json"))).encode() + b"\n{\n")
    assert (good.number, bad) == (1, RejectedRead(number=2, problem="it is no JSON"))


def test_a_quote_that_swallows_lines_is_an_error_of_the_file() -> None:
    with pytest.raises(InputError, match="quote"):
        parsed("flock", golden("flock.csv") + b'"ABC\n')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def leaves(value, path=()):
    """The path of every value in a document."""
    yield path
    for key, below in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from leaves(below, (*path, key))


def put(value, path, new):
    """The document with another value at a path."""
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


MESSAGES = [
    ("openalpr", json.loads(golden("openalpr_group.json"))),
    ("openalpr", json.loads(golden("openalpr_results.jsonl").splitlines()[0])),
    ("platerecognizer", json.loads(golden("platerecognizer.json"))),
    ("verkada", json.loads(golden("verkada.json"))),
    ("frigate", json.loads(golden("frigate.jsonl").splitlines()[3])),
]


@given(st.sampled_from(MESSAGES), st.data())
def test_whatever_stands_in_a_field_a_message_becomes_reads_that_can_be_stored_or_is_refused(message, data):
    name, document = message
    path = data.draw(st.sampled_from(list(leaves(document))))
    sent = json.dumps(put(document, path, data.draw(JSON))).encode()
    try:
        found = parsed(name, sent)
    except InputError:
        return
    for one in found:
        assert isinstance(one, (ForeignRead, RejectedRead))
        if isinstance(one, ForeignRead):
            assert all(plates.normalize(c.text) == c.text for c in one.candidates)
            assert all(0 <= c.confidence <= 1 for c in one.candidates)
            assert not math.isnan(one.candidates[0].confidence)
            assert isinstance(problem_of(one, NOW), str)


@pytest.mark.parametrize("name", NAMES)
@given(content=st.binary(max_size=300))
@example(content=b"{}")
@example(content=b"[1]")
@example(content=b"a,b\n1,2")
def test_no_bytes_at_all_are_a_traceback(name: str, content: bytes) -> None:
    for kind in ("", "application/json", "multipart/form-data; boundary=x"):
        try:
            found = parsed(name, content, kind)
        except InputError:
            continue
        assert all(isinstance(one, (ForeignRead, RejectedRead)) for one in found)


@given(st.binary(max_size=40), st.integers(0, 4000))
def test_a_csv_that_was_damaged_anywhere_is_read_or_refused(noise: bytes, at: int) -> None:
    whole = golden("platerecognizer.csv")
    try:
        found = parsed("platerecognizer", whole[:at] + noise + whole[at + len(noise) :])
    except InputError:
        return
    assert all(isinstance(one, (ForeignRead, RejectedRead)) for one in found)


@pytest.mark.parametrize(("before", "after"), [(b"[", b"]"), (b"", b"")])
def test_a_file_of_too_many_reads_is_refused_and_not_cut(monkeypatch, before, after) -> None:
    monkeypatch.setattr(messages, "MOST", 2)
    one = json.dumps(json.loads(golden("openalpr_group.json"))).encode()
    between = b"," if before else b"\n"
    assert len(parsed("openalpr", before + between.join([one] * 2) + after)) == 2
    with pytest.raises(InputError, match="more than 2 reads: part it"):
        parsed("openalpr", before + between.join([one] * 3) + after)


def test_a_read_is_kept_where_its_picture_cannot_be_read() -> None:
    content = changed("openalpr_group.json", '"vehicle_crop_jpeg": "', '"vehicle_crop_jpeg": "!')
    assert one_read("openalpr", content).pictures["frame"] == values.NO_PICTURE


def test_a_camera_that_is_called_otherwise_here_sends_the_same_reads_as_before() -> None:
    content = re.sub(rb'"(best_)?uuid": "[^"]*"', rb'"\1uuid": ""', golden("openalpr_results.jsonl"))
    before = parsed("openalpr", content)
    cameras = {one.camera: "gate-1" for one in before}
    after = parsed("openalpr", content, cameras=cameras)
    assert {one.camera for one in after} == {"gate-1"}
    assert [one.id for one in after] == [one.id for one in before]


def test_more_plates_than_stand_in_a_picture_are_named_and_none_is_dropped_in_silence() -> None:
    message = json.loads(golden("platerecognizer.json"))
    message["data"]["results"] *= 1001
    (rejected,) = parsed("platerecognizer", json.dumps(message).encode())
    assert isinstance(rejected, RejectedRead)
    assert "more than 1,000 results" in rejected.problem


@pytest.mark.parametrize("side", ["1e9", "-1e300"])
def test_a_box_outside_of_any_picture_is_found_by_the_rule_that_holds_for_every_source(side) -> None:
    content = changed("platerecognizer.json", '"xmin": 40', f'"xmin": {side}')
    assert "outside of any picture" in problem_of(one_read("platerecognizer", content), SEEN)
