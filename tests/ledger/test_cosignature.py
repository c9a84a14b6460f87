"""Cosignatures are those of C2SP tlog-cosignature, to the byte."""

from __future__ import annotations

import shutil
import subprocess
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alpr_ledger.cosignature import cosign, verify_cosignatures, witness_vkey
from alpr_ledger.errors import KeyRefused, NoteError, VerificationError
from alpr_ledger.keys import SigningKey
from alpr_ledger.note import COSIGNATURE, Vkey, parse_note, parse_signatures

TEXT = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
AT = datetime.fromtimestamp(1679315147, UTC)
KEY = SigningKey("witness.example/w1", bytes(range(32)))
WITNESS = witness_vkey(KEY)


def test_what_is_signed_is_the_message_of_the_specification():
    line = cosign(KEY, TEXT, AT)
    message = (
        b"cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n"
        b"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    assert line.signature == (1679315147).to_bytes(8, "big") + KEY.sign(message)
    assert line.line().startswith("\N{EM DASH} witness.example/w1 ")
    assert line.key_id == WITNESS.key_id != KEY.vkey.key_id


def test_openssl_verifies_a_cosignature(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here")
    signature = cosign(KEY, TEXT, AT).signature
    (tmp_path / "message").write_text(f"cosignature/v1\ntime 1679315147\n{TEXT}")
    (tmp_path / "signature").write_bytes(signature[8:])
    # RFC 8410: an Ed25519 public key in DER is these twelve bytes before its own.
    (tmp_path / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + WITNESS.key)
    words = ["pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", "key"]
    files = ["-in", "message", "-sigfile", "signature"]
    done = subprocess.run(["openssl", *words, *files], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_witness_key_made_elsewhere_is_read():
    text = "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
    assert str(Vkey.parse(text, COSIGNATURE)) == text
    with pytest.raises(KeyRefused, match="type 4"):
        Vkey.parse(text)
    with pytest.raises(KeyRefused, match="witness"):
        Vkey.parse(str(KEY.vkey), COSIGNATURE)


def test_the_checkpoint_of_the_specification_with_its_cosignature_is_read():
    note = parse_note(
        TEXT.encode()
        + b"\n\xe2\x80\x94 example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/"
        b"Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\xe2\x80\x94 witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9"
        b"DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    assert int.from_bytes(note.signatures[1].signature[:8], "big") == 1679315147
    assert verify_cosignatures(note.text, note.signatures, [WITNESS]) == ()


def test_it_says_who_and_when():
    (found,) = verify_cosignatures(TEXT, [cosign(KEY, TEXT, AT)], [WITNESS])
    assert (found.witness, found.time) == (WITNESS, AT)
    assert parse_signatures(found.line)[0].signature == cosign(KEY, TEXT, AT).signature


def test_of_two_by_one_witness_the_later_counts():
    later = datetime.fromtimestamp(1679315148, UTC)
    (found,) = verify_cosignatures(TEXT, [cosign(KEY, TEXT, later), cosign(KEY, TEXT, AT)], [WITNESS])
    assert found.time == later


def test_extension_lines_are_signed():
    one = cosign(KEY, TEXT + "extension\n", AT)
    assert verify_cosignatures(TEXT + "extension\n", [one], [WITNESS])
    with pytest.raises(VerificationError, match="wrong"):
        verify_cosignatures(TEXT + "Extension\n", [one], [WITNESS])


def test_a_log_signature_is_no_cosignature_and_a_cosignature_no_log_signature():
    from alpr_ledger.note import format_note, verify_note

    note = parse_note(format_note(TEXT, [cosign(KEY, TEXT, AT)]))
    with pytest.raises(VerificationError, match="none of the known keys"):
        verify_note(note, [KEY.vkey])
    plain = parse_note(KEY.sign_checkpoint(1, bytes(32)))
    assert verify_cosignatures(plain.text, plain.signatures, [WITNESS]) == ()


@given(at=st.integers(0, 8 + 64 + 4 - 1), bit=st.integers(0, 7))
def test_a_cosignature_with_one_bit_changed_is_refused_or_is_nobodys(at, bit):
    line = cosign(KEY, TEXT, AT).line()
    head, encoded = line[:-1].rsplit(" ", 1)
    data = bytearray(b64decode(encoded))
    data[at] ^= 1 << bit
    changed = f"{head} {b64encode(bytes(data)).decode()}\n"
    with suppress(VerificationError):
        assert verify_cosignatures(TEXT, parse_signatures(changed), [WITNESS]) == ()


@pytest.mark.parametrize("lines", ["", "no newline", "\N{EM DASH} name\n", "\N{EM DASH} name AAAA\n", "\n"])
def test_what_is_no_signature_line_is_refused(lines):
    with pytest.raises(NoteError):
        parse_signatures(lines)
