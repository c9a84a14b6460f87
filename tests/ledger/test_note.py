"""Signed notes, verifier keys and checkpoints, to the byte as C2SP writes them."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.checkpoint import Checkpoint, parse_checkpoint
from alpr_ledger.errors import KeyRefused, NoteError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import NoteSignature, Vkey, format_note, parse_note, verify_note

# The example of golang.org/x/mod/sumdb/note: a key and what it signed, made by another program.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_NOTE = """\
If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
""".encode()

KEY = SigningKey("log.example/ledger", bytes(range(32)))
OTHER = SigningKey("log.example/ledger", bytes(32))
ROOT = bytes(range(32))


def test_another_programs_note_verifies():
    assert verify_note(parse_note(PETER_NOTE), [Vkey.parse(PETER)]) == (Vkey.parse(PETER),)


def test_a_verifier_key_is_written_as_it_was_read():
    assert str(Vkey.parse(PETER)) == PETER
    assert Vkey.parse(str(KEY.vkey)) == KEY.vkey


@pytest.mark.parametrize(
    "text",
    ["", "name", "name+12345678", PETER.replace("c74f20a3", "c74f20a4"), PETER.replace("ARpc", "ARpd"), PETER[:-1],
     PETER + "=", PETER.replace("Peter", "Peter "), "+c74f20a3+ARpc", "x+00000000+Ag==", "x+00000000+AQ==",
     PETER.replace("+c74f20a3", "+C74F20A3"), "Peter\x00+00000000+" + "A" * 44, PETER + "\n"],
)  # fmt: skip
def test_a_mistyped_or_altered_verifier_key_is_refused(text):
    with pytest.raises(KeyRefused):
        Vkey.parse(text)


def test_a_checkpoint_is_three_lines_and_its_signature():
    lines = KEY.sign_checkpoint(42, ROOT).decode().split("\n")
    assert lines[:4] == ["log.example/ledger", "42", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith("— log.example/ledger ")
    assert len(lines) == 6


def test_signatures_by_unknown_keys_are_passed_over():
    text = Checkpoint("log.example/ledger", 1, ROOT).text()
    known = NoteSignature(KEY.name, KEY.vkey.key_id, KEY.sign(text.encode()))
    unknown = NoteSignature("witness.example", b"1234", b"anything")
    note = parse_note(format_note(text, [unknown, known, *[unknown] * 20]))
    assert verify_note(note, [KEY.vkey]) == (KEY.vkey,)


def test_a_note_that_no_known_key_signed_is_refused():
    with pytest.raises(VerificationError, match="none of the known keys"):
        verify_note(parse_note(KEY.sign_checkpoint(1, ROOT)), [OTHER.vkey])


def test_a_wrong_signature_of_a_known_key_refuses_the_whole_note():
    text = Checkpoint("log.example/ledger", 1, ROOT).text()
    good = NoteSignature(KEY.name, KEY.vkey.key_id, KEY.sign(text.encode()))
    bad = NoteSignature(KEY.name, KEY.vkey.key_id, OTHER.sign(text.encode()))
    with pytest.raises(VerificationError, match="wrong"):
        verify_note(parse_note(format_note(text, [good, bad])), [KEY.vkey])


NOTE = KEY.sign_checkpoint(42, ROOT)


@given(st.integers(0, len(NOTE) - 1), st.integers(1, 255))
def test_a_note_with_any_byte_changed_is_refused(at, change):
    changed = NOTE[:at] + bytes([NOTE[at] ^ change]) + NOTE[at + 1 :]
    with pytest.raises((NoteError, VerificationError)):
        verify_note(parse_note(changed), [KEY.vkey])


@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_reading_bytes_of_any_kind_raises_nothing_but_note_errors(data):
    with pytest.raises(NoteError):
        parse_checkpoint(parse_note(data).text)


@pytest.mark.parametrize(
    "signature",
    ["— name", "- name AAAAAAA=", "— na+me AAAAAAA=", "— name AAAA", "— name AAAAAAA", "— name  AAAAAAA=",
     "— name AAAAAAB=", "— name AAAA AAA=", "— name é", "— name AAAAAAA=\n", "", "— \u00a0 AAAAAAA="],
)  # fmt: skip
def test_a_malformed_signature_line_is_refused(signature):
    with pytest.raises(NoteError):
        parse_note(f"text\n\n{signature}\n".encode())


ZEROS = "A" * 43 + "="


@pytest.mark.parametrize(
    "text",
    [
        "o\n1\n",
        f"o\n1\n{ZEROS}",
        f"\n1\n{ZEROS}\n",
        f"o\n01\n{ZEROS}\n",
        f"o\n-1\n{ZEROS}\n",
        f"o\n1_0\n{ZEROS}\n",
        f"o\n١\n{ZEROS}\n",
        f"o\n9223372036854775808\n{ZEROS}\n",
        "o\n" + "1" * 5000 + f"\n{ZEROS}\n",
        "o\n1\nAAAA\n",
        "o\n1\n" + "A" * 43 + "\n",
        "o\n1\n" + "A" * 42 + "B=\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)


def test_extension_lines_are_read_and_kept():
    signed = Checkpoint("o", 1, ROOT, ("more",))
    assert parse_checkpoint(signed.text()) == signed
