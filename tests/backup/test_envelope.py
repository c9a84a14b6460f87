"""A sealed stream opens whole and in its order, under its key and as what it was sealed as, or not at all."""

from __future__ import annotations

import io
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_core.backup.envelope import CHUNK, MAGIC, SALT, TAG, Sealing, lines, opened
from alpr_core.errors import InputError, VerificationFailed

KEY = bytes(range(32))
HEADER = len(MAGIC) + 1 + SALT


def sealed(data: bytes, *, key: bytes = KEY, label: str = "rest") -> bytes:
    file = io.BytesIO()
    with Sealing(file, key, label) as stream:
        stream.write(data)
    return file.getvalue()


def unsealed(data: bytes, *, key: bytes = KEY, label: str = "rest") -> bytes:
    return b"".join(opened(io.BytesIO(data), key, label, name="a part"))


@given(st.lists(st.binary(max_size=3 * CHUNK), max_size=4))
def test_what_was_written_comes_back(pieces: list[bytes]) -> None:
    file = io.BytesIO()
    with Sealing(file, KEY, "rest") as stream:
        for piece in pieces:
            stream.write(piece)
    assert unsealed(file.getvalue()) == b"".join(pieces)


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_every_length_around_a_chunk_comes_back(length: int) -> None:
    data = secrets.token_bytes(length)
    assert unsealed(sealed(data)) == data


@given(st.data())
def test_one_changed_bit_anywhere_is_found(data: st.DataObject) -> None:
    whole = bytearray(sealed(b"x" * (CHUNK + 100)))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((VerificationFailed, InputError)):
        unsealed(bytes(whole))


@given(st.integers(0, HEADER + 3 * CHUNK))
def test_a_cut_is_found_wherever_it_is(length: int) -> None:
    whole = sealed(b"x" * (3 * CHUNK))
    with pytest.raises((VerificationFailed, InputError)):
        unsealed(whole[:length])


def test_a_cut_between_two_chunks_is_found() -> None:
    whole = sealed(b"x" * (3 * CHUNK))
    with pytest.raises(VerificationFailed):
        unsealed(whole[: HEADER + CHUNK + TAG])


def test_chunks_in_another_order_are_found() -> None:
    whole = sealed(b"a" * CHUNK + b"b" * CHUNK + b"c")
    one, two = (whole[HEADER + at : HEADER + at + CHUNK + TAG] for at in (0, CHUNK + TAG))
    with pytest.raises(VerificationFailed):
        unsealed(whole[:HEADER] + two + one + whole[HEADER + 2 * (CHUNK + TAG) :])


def test_something_behind_the_end_is_found() -> None:
    with pytest.raises(VerificationFailed):
        unsealed(sealed(b"x") + b"y")


def test_another_key_or_another_label_opens_nothing() -> None:
    whole = sealed(b"x")
    with pytest.raises(VerificationFailed, match="another key"):
        unsealed(whole, key=bytes(32))
    with pytest.raises(VerificationFailed, match="another key"):
        unsealed(whole, label="read/2026-11-23/default")


def test_a_file_of_something_else_or_of_a_newer_format_is_told() -> None:
    with pytest.raises(InputError, match="no part of a backup"):
        unsealed(b"PK\x03\x04")
    whole = bytearray(sealed(b"x"))
    whole[len(MAGIC)] = 9
    with pytest.raises(InputError, match="format 9"):
        unsealed(bytes(whole))


@given(st.lists(st.binary(max_size=50).map(lambda b: b.replace(b"\n", b"")), max_size=20), st.integers(1, 9))
def test_lines_come_out_as_they_went_in_however_they_are_cut(texts: list[bytes], size: int) -> None:
    data = b"".join(text + b"\n" for text in texts)
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    assert list(lines(chunks, name="a part")) == texts
