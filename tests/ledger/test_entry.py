"""Canonical entries: one spelling, equal to RFC 8785's, and nothing else is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.entry import (
    GENESIS_PREV,
    MAX_BODY,
    MAX_ENTRY,
    MAX_INTEGER,
    encode_body,
    format_time,
    parse_entry,
    parse_time,
    splice,
)
from alpr_ledger.errors import EntryError

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ascii_keys, inner, max_size=4),
    max_leaves=12,
)
bodies = st.dictionaries(ascii_keys, values, max_size=6)
hashes = st.binary(min_size=32, max_size=32)


@given(bodies)
def test_a_body_is_encoded_as_rfc_8785_says(body):
    assert encode_body(body) == rfc8785.dumps(body)


@given(bodies, hashes, st.integers(0, MAX_INTEGER))
def test_a_spliced_entry_is_the_canonical_form_of_the_whole(body, prev, seq):
    data = splice(encode_body(body), prev, seq)
    parsed = parse_entry(data)
    assert (parsed.body, parsed.prev, parsed.seq) == (body, prev, seq)
    assert data == rfc8785.dumps(json.loads(data))


@given(st.binary(max_size=60))
def test_reading_bytes_of_any_kind_raises_nothing_but_entry_errors(data):
    with pytest.raises(EntryError):
        parse_entry(data)


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({"a": 1.5}, "body.a"),
        ({"a": [1, {"b": 0.1}]}, r"body.a\[1\].b"),
        ({"a": MAX_INTEGER + 1}, "body.a"),
        ({"a": -MAX_INTEGER - 1}, "body.a"),
        ({"ä": 1}, "body"),
        ({1: 1}, "body"),
        ({"a": "\ud800"}, "body"),
        ({"a": b"bytes"}, "body.a"),
        ({"a": datetime(2026, 1, 1, tzinfo=UTC)}, "body.a"),
        ({"a": {1, 2}}, "body.a"),
    ],
)
def test_what_readers_of_json_could_differ_about_is_refused_by_its_place(body, where):
    with pytest.raises(EntryError, match=where):
        encode_body(body)


def test_a_body_that_contains_itself_is_refused():
    body: dict[str, object] = {}
    body["a"] = body
    with pytest.raises(EntryError, match="deep"):
        encode_body(body)


def test_a_body_as_long_as_allowed_makes_an_entry_of_at_most_16_kib_at_any_index():
    longest = encode_body({"a": "x" * (MAX_BODY - 8)})
    assert len(longest) == MAX_BODY
    assert len(splice(longest, GENESIS_PREV, MAX_INTEGER)) == MAX_ENTRY
    with pytest.raises(EntryError, match="at most"):
        encode_body({"a": "x" * (MAX_BODY - 7)})


def test_a_body_may_be_nested_16_deep():
    value: object = 1
    for _ in range(15):
        value = [value]
    assert parse_entry(splice(encode_body({"a": value}), GENESIS_PREV, 0)).body == {"a": value}


GOOD = splice(encode_body({"a": 1, "b": "é"}), GENESIS_PREV, 7)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (GOOD.replace(b'"a":1', b'"a":1,"a":1'), "twice"),
        (GOOD.replace(b'"a":1', b'"a": 1'), "canonical"),
        (GOOD.replace(b'"a":1', b'"a":1.0'), "fraction"),
        (GOOD.replace(b'"a":1', b'"a":1e2'), "fraction"),
        (GOOD.replace(b'"a":1', b'"a":-0'), "canonical"),
        (GOOD.replace(b'"a":1', b'"a":NaN'), "fraction"),
        (GOOD.replace(b'"a":1', b'"a":9007199254740992'), "2.53"),
        (GOOD.replace(b'"a":1', b'"a":' + b"1" * 5000), "2.53"),
        (GOOD.replace(b'"a":1', b'"\\u0061":1'), "canonical"),
        (GOOD.replace(b'"a":1', b'"c":1'), "canonical"),
        (GOOD.replace(b'"a":1', '"ä":1'.encode()), "ASCII"),
        (GOOD.replace("é".encode(), b"\\ud800"), "surrogate"),
        (GOOD.replace("é".encode(), b"\xff"), "utf-8"),
        (GOOD.replace("é".encode(), b"\\u00e9"), "canonical"),
        (GOOD + b" ", "canonical"),
        (GOOD[:-1], "entry"),
        (b"[]", "object"),
        (b"1", "object"),
        (b"\xef\xbb\xbf" + GOOD, "entry"),
        (GOOD.replace(b'"s":7', b'"s":-7'), "index"),
        (GOOD.replace(b'"s":7', b'"s":true'), "index"),
        (GOOD.replace(b'"s":7', b'"s":"7"'), "index"),
        (GOOD.replace(b"AAAA=", b"AAAB="), "hash"),
        (GOOD.replace(b'"p"', b'"q"'), "exactly"),
        (b'{"b":[],"p":"' + b"A" * 43 + b'=","s":7}', "not an object"),
        (GOOD.replace(b'"a":1', b'"a":' + b"[" * 16 + b"]" * 16), "deep"),
        (GOOD.replace(b'"a":1', b'"a":' + b"[" * 8000 + b"]" * 8000), "deep"),
        (b'{"b":' + b"[" * 8000, "entry"),
        (b'{"b":' + b"x" * MAX_ENTRY, "at most"),
    ],
)
def test_any_other_spelling_is_refused_with_its_reason(data, why):
    with pytest.raises(EntryError, match=why):
        parse_entry(data)


def test_a_time_is_written_in_utc_with_six_digits():
    moment = datetime(2026, 11, 22, 22, 34, 0, 120, tzinfo=timezone(timedelta(hours=-8)))
    assert format_time(moment) == "2026-11-23T06:34:00.000120Z"
    assert parse_time("2026-11-23T06:34:00.000120Z") == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23T06:34:00Z",
        "2026-11-23 06:34:00.000000Z",
        "2026-02-30T00:00:00.000000Z",
        "2026-11-23T24:00:00.000000Z",
        "2026-11-23T06:34:00.000000+00:00",
        "٢026-11-23T06:34:00.000000Z",
    ],
)
def test_any_other_spelling_of_a_time_is_refused(text):
    with pytest.raises(EntryError):
        parse_time(text)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(EntryError, match="zone"):
        format_time(datetime(2026, 1, 1))  # noqa: DTZ001
