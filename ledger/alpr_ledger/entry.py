"""Canonical entries: the bytes that are stored, hashed and proved.

An entry is the JCS form (RFC 8785) of ``{"b": body, "p": leaf hash of the entry before, "s": index}``. Its
keys sort b < p < s, so the body, which is most of the work, is encoded before the ledger's lock is taken, and
the head's two values are spliced in under it.

The profile is narrower than JSON: ASCII keys, no floats, integers within ±(2^53 - 1), no duplicate keys,
valid Unicode. In it `json.dumps` with sorted keys is JCS to the byte, and no two readers can differ about a value.
"""

from __future__ import annotations

import json
import re
from binascii import b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from .errors import EntryError
from .merkle import HASH
from .text import decode_base64

MAX_ENTRY = 16_384
"""Largest entry in bytes. (An entry bundle of C2SP tlog-tiles holds at most 65,535.)"""
MAX_INTEGER = 2**53 - 1
MAX_DEPTH = 16
GENESIS_PREV = bytes(HASH)
"""What stands for the hash of the entry before entry 0."""
HEAD = b'{"b":'
MAX_BODY = MAX_ENTRY - len(HEAD + b',"p":"","s":}') - 44 - len(str(MAX_INTEGER))
"""Longest encoded body that fits into an entry at any index."""

# No hour 24, which Python reads from 3.13 on as the next day: a moment has one spelling.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d:\d\d\.\d{6}Z", re.ASCII)
_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as read.

    Attributes:
        body: what was recorded.
        prev: leaf hash of the entry before, 32 bytes.
        seq: index in the ledger, which is the index of its leaf in the tree.
    """

    body: dict[str, object]
    prev: bytes
    seq: int


def encode_body(body: Mapping[str, object]) -> bytes:
    """The canonical bytes of a body.

    Raises:
        EntryError: it breaks the profile, and the message says where; or its entry would exceed 16 KiB.
    """
    _check_profile(body, "body", 0)
    try:
        encoded = _encode(body).encode("utf-8")
    except UnicodeEncodeError:
        raise EntryError("body: a text holds half of a surrogate pair, which is not Unicode") from None
    if len(encoded) > MAX_BODY:
        raise EntryError(
            f"body: {len(encoded)} bytes; an entry takes at most {MAX_BODY}. Record a count and a commitment "
            "instead of the list itself, or several entries."
        )
    return encoded


def tail(prev: bytes, seq: int) -> bytes:
    """What follows the body in entry `seq`, after an entry with leaf hash `prev`."""
    return b',"p":"%b","s":%d}' % (b2a_base64(prev, newline=False), seq)


def splice(body: bytes, prev: bytes, seq: int) -> bytes:
    """The entry's bytes: an encoded body, the leaf hash of the entry before, and its index."""
    return HEAD + body + tail(prev, seq)


def parse_entry(data: bytes) -> Entry:
    """Read an entry strictly: only the one canonical spelling of it is accepted.

    Raises:
        EntryError: it is not JSON, not in the profile or not canonical; the message says what.
    """
    if len(data) > MAX_ENTRY:
        raise EntryError(f"entry of {len(data)} bytes; at most {MAX_ENTRY} are allowed")
    try:
        value = _decode(data.decode("utf-8"))
        same = _encode(value).encode("utf-8") == data
    except RecursionError:
        raise EntryError("entry: nested too deeply") from None
    except ValueError as error:  # bad UTF-8, bad JSON, a surrogate, a number of 5,000 digits
        raise EntryError(f"entry: {error}") from None
    # Equal to its canonical form and ASCII, it can break the profile only by its depth.
    if not same or not data.isascii() or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        _explain(data, value, same)
    return _entry(value)


def format_time(moment: datetime) -> str:
    """RFC 3339 in UTC with six digits, as entries hold every time.

    Raises:
        EntryError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise EntryError("a time without a time zone cannot be recorded")
    # Not strftime: it writes years before 1000 with fewer digits on some systems.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse_time(text: str) -> datetime:
    """The moment that `format_time` wrote.

    Raises:
        EntryError: any other spelling, or a date that does not exist.
    """
    if not _TIME.fullmatch(text):
        raise EntryError(f"{text!r} is not a time like 2026-11-23T06:34:00.123456Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise EntryError(f"{text!r} is not a date of the calendar") from None


def _check_profile(value: object, path: str, depth: int) -> None:
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return
    if isinstance(value, Mapping):
        if not isinstance(value, dict):
            raise EntryError(f"{path}: a mapping must be a dict, not {kind.__name__}")
        if depth == MAX_DEPTH:
            raise EntryError(f"{path}: nested more than {MAX_DEPTH} deep")
        for key, item in value.items():
            if not (isinstance(key, str) and key.isascii()):
                raise EntryError(f"{path}: the key {key!r} is not ASCII text")
            if type(item) is not str:
                _check_profile(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        if depth == MAX_DEPTH:
            raise EntryError(f"{path}: nested more than {MAX_DEPTH} deep")
        for at, item in enumerate(value):
            if type(item) is not str:
                _check_profile(item, f"{path}[{at}]", depth + 1)
    elif isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise EntryError(f"{path}: the number is beyond ±(2^53 - 1), where readers of JSON differ")
    elif isinstance(value, float):
        raise EntryError(f"{path}: fractions are written differently by different programs; use a text")
    elif not isinstance(value, str):
        raise EntryError(f"{path}: {kind.__name__} has no place in an entry")


def _bounded_integer(digits: str) -> int:
    value = int(digits) if len(digits) <= 17 else MAX_INTEGER + 1
    if not -MAX_INTEGER <= value <= MAX_INTEGER:
        raise EntryError(f"entry: the number {digits[:20]} is beyond ±(2^53 - 1)")
    return value


def _no_fraction(digits: str) -> object:
    raise EntryError(f"entry: {digits[:20]} is a fraction; entries hold none")


_decode = json.JSONDecoder(
    parse_int=_bounded_integer, parse_float=_no_fraction, parse_constant=_no_fraction
).decode


def _explain(data: bytes, value: object, same: bool) -> None:
    """Raise with the reason why `data` is not canonical or not in the profile; return where it is both."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise EntryError(f"entry: the key {key!r} stands twice in one object")
        return dict(pairs)

    json.loads(data, object_pairs_hook=unique)
    _check_profile(value, "entry", -1)  # the entry's own object does not count as depth of the body
    if not same:
        raise EntryError("entry: valid JSON, but not in canonical form (order, spaces or escapes)")


def _entry(value: object) -> Entry:
    if not isinstance(value, dict) or value.keys() != {"b", "p", "s"}:
        raise EntryError("entry: not an object of exactly b, p and s")
    body, prev, seq = value["b"], value["p"], value["s"]
    if not isinstance(body, dict):
        raise EntryError("entry: the body is not an object")
    if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
        raise EntryError("entry: s is not an index")
    decoded = decode_base64(prev, HASH) if isinstance(prev, str) else None
    if decoded is None:
        raise EntryError("entry: p is not the base64 of a 32-byte hash")
    return Entry(body, decoded, seq)
