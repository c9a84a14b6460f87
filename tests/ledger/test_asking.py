"""Asking the witnesses what they remember: all at once, not for long, and nothing unverified counts."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.asking import ask, read_word
from alpr_ledger.checkpoint import Checkpoint
from alpr_ledger.cosignature import cosign, witness_vkey
from alpr_ledger.errors import WitnessError
from alpr_ledger.keys import SigningKey, sign_note
from alpr_ledger.note import NoteSignature, format_note, parse_note
from alpr_ledger.policy import Party, read_policy
from alpr_ledger.proof import ConsistencyProof
from alpr_ledger.witness import Witness
from alpr_ledger.witness_http import WitnessServer

ORIGIN = "ledger.example/test"
AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
LOG = SigningKey(ORIGIN, bytes(range(32)))
CLERK = SigningKey("witness.example/clerk", bytes([7]) * 32)
OTHER = SigningKey("witness.example/other", bytes([8]) * 32)
PARTY = Party("clerk", witness_vkey(CLERK))


def party(key: SigningKey, url: str) -> Party:
    return Party(key.name.rpartition("/")[2], witness_vkey(key), url)


def memory(
    size: int = 3,
    root: bytes = bytes(32),
    *,
    origin: str = ORIGIN,
    by: SigningKey = CLERK,
    extensions: tuple[str, ...] = (),
    more: tuple[NoteSignature, ...] = (),
) -> bytes:
    """What a witness would show."""
    text = Checkpoint(origin, size, root, extensions).text()
    log = SigningKey(origin, bytes(range(32)))
    signed = parse_note(sign_note(text, [log])).signatures
    return format_note(text, [*signed, *more, cosign(by, text, AT)])


def test_a_word_is_what_the_witness_cosigned_and_when():
    word = read_word(PARTY, ORIGIN, memory())
    assert (word.witness, word.name, word.time) == (str(PARTY.vkey), "clerk", AT)
    assert word.checkpoint == Checkpoint(ORIGIN, 3, bytes(32))
    assert word.note == memory()
    assert read_word(PARTY, ORIGIN, None).note == b""


def with_a_bit_changed(data: bytes) -> bytes:
    return data[:-10] + bytes([data[-10] ^ 1]) + data[-9:]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "cannot be read"),
        (b"\xff\x00garbage", "cannot be read"),
        (b"x" * 1_000_001, "too long"),
        (memory(origin="ledger.example/other"), "another ledger"),
        (memory(by=OTHER), "did not cosign"),
        (LOG.sign_checkpoint(3, bytes(32)), "did not cosign"),
        (memory(extensions=("more",)), "never signs"),
        (memory(0, bytes(32)), "never signs"),
        (with_a_bit_changed(memory()), "cannot be read"),
    ],
)
def test_what_is_no_word_of_this_witness_about_this_ledger_is_trouble(data, told):
    with pytest.raises(WitnessError, match=told):
        read_word(PARTY, ORIGIN, data)


@given(st.integers(0, len(memory()) - 1), st.integers(1, 255))
def test_any_byte_changed_gives_the_same_checkpoint_or_trouble(at, change):
    data = bytearray(memory())
    data[at] ^= change
    try:
        word = read_word(PARTY, ORIGIN, bytes(data))
    except WitnessError:
        return
    assert word.checkpoint == Checkpoint(ORIGIN, 3, bytes(32))


def test_what_a_witness_adds_to_its_word_is_not_kept():
    padding = tuple(NoteSignature(ORIGIN, bytes([n] * 4), bytes(64)) for n in range(50))
    long = tuple(NoteSignature(ORIGIN, bytes([n] * 4), bytes(5000)) for n in range(40))
    word = read_word(PARTY, ORIGIN, memory(more=padding + long))
    assert len(word.note) < 1000
    assert word.checkpoint.size == 3


@pytest.fixture
def serve(tmp_path):
    """``serve(key, size)``: a real witness over HTTP that remembers a checkpoint of that size; returns its URL."""
    running = []

    def start(key: SigningKey, size: int) -> str:
        folder = tmp_path / key.name.rpartition("/")[2]
        folder.mkdir()
        policy = read_policy(f"log {LOG.vkey}\nquorum none\n".encode())
        witness = Witness(key, policy, folder, lambda: AT)
        if size:
            request = ConsistencyProof(0, (), LOG.sign_checkpoint(size, bytes(32)))
            assert witness.add_checkpoint(request.to_bytes()).status == 200
        server = WitnessServer(witness, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def silent():
    """The URL of somebody who takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_every_witness_with_a_url_is_asked_and_each_gives_its_own_word(serve):
    parties = [party(CLERK, serve(CLERK, 5)), PARTY, party(OTHER, serve(OTHER, 0))]
    one, other = ask(parties, ORIGIN)
    assert (one.name, one.checkpoint.size, one.trouble) == ("clerk", 5, "")
    assert (other.name, other.note, other.trouble) == ("other", b"", "")


def test_who_cannot_be_asked_is_told_and_holds_nobody_else_up(serve, silent):
    parties = [party(OTHER, silent), party(CLERK, serve(CLERK, 5))]
    slow, one = ask(parties, ORIGIN, seconds=0.3)
    assert (slow.name, slow.note) == ("other", b"")
    assert "no answer within 0.3 s" in slow.trouble or "cannot be reached" in slow.trouble
    assert one.checkpoint.size == 5


def test_another_witness_behind_the_url_is_trouble(serve):
    (word,) = ask([party(OTHER, serve(CLERK, 5))], ORIGIN)
    assert (word.note, "did not cosign" in word.trouble) == (b"", True)


def test_nobody_with_a_url_is_nobody_asked():
    assert ask([PARTY], ORIGIN) == []


def test_what_a_hostile_server_says_is_trouble_of_bounded_length():
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with suppress(OSError):
                peer, _ = listener.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(b"HTTP/1.1 " + b"\x1b[2J" * 1000 + b"\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        (word,) = ask([party(CLERK, f"http://127.0.0.1:{listener.getsockname()[1]}")], ORIGIN)
        thread.join()
    assert word.trouble
    assert len(word.trouble) <= 200
