"""Signing keys: their files are secret, and unsafe public keys are not enrolled."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from alpr_ledger import ed25519
from alpr_ledger.errors import KeyRefused
from alpr_ledger.keys import SigningKey


def test_a_key_comes_back_from_its_file_as_it_was(tmp_path: Path):
    made = SigningKey.generate("log.example/ledger")
    made.save(tmp_path / "key")
    loaded = SigningKey.load(tmp_path / "key")
    assert loaded.vkey == made.vkey
    assert ed25519.verifies(made.vkey.key, b"message", loaded.sign(b"message"))


def test_a_key_file_is_readable_by_its_owner_alone(tmp_path: Path):
    SigningKey.generate("log.example").save(tmp_path / "key")
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode):
    path = tmp_path / "key"
    SigningKey.generate("log.example").save(path)
    path.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        SigningKey.load(path)


def test_a_key_file_is_never_replaced(tmp_path: Path):
    path = tmp_path / "key"
    SigningKey.generate("log.example").save(path)
    before = path.read_bytes()
    with pytest.raises(KeyRefused, match="already"):
        SigningKey.generate("log.example").save(path)
    assert path.read_bytes() == before


def test_a_missing_key_and_a_folder_are_refused_in_words(tmp_path: Path):
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(KeyRefused, match=str(path)):
            SigningKey.load(path)


@pytest.mark.parametrize(
    "text", ["", "x", "PRIVATE+KEY+", "PRIVATE+KEY+n+00000000+AQ==", "PRIVATE+KEY+n+0+é", "\x00" * 5000]
)
def test_what_is_no_key_is_refused_without_showing_it(tmp_path: Path, text):
    path = tmp_path / "key"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(KeyRefused, match="not a signing key"):
        SigningKey.load(path)


def test_a_key_does_not_show_its_seed():
    key = SigningKey("log.example", bytes(range(32)))
    assert bytes(range(32)).hex() not in repr(key)
    assert "AAECAwQ" not in repr(key)


@pytest.mark.parametrize(
    "name", ["", "two words", "a+b", "tab\t", "line\n", "\ud800", "nul\x00", "\x9b2J", "\u202e", "\u3000"]
)
def test_a_name_that_a_note_cannot_hold_is_refused(name):
    with pytest.raises(KeyRefused, match="name"):
        SigningKey.generate(name)


def test_public_keys_of_low_order_or_in_a_non_canonical_form_are_refused(shared: Path):
    unsafe = {"low_order_A", "non_canonical_A", "low_order_component_A"}
    cases = json.loads((shared / "vectors" / "ed25519vectors.json").read_text())
    assert len(cases) == 914
    for case in cases:
        key = bytes.fromhex(case["key"])
        if unsafe & set(case["flags"] or ()):
            with pytest.raises(KeyRefused):
                ed25519.check_public_key(key)
        else:
            ed25519.check_public_key(key)


def test_no_edge_case_of_an_enrolled_key_verifies_here_and_fails_under_openssl(shared: Path):
    cases = json.loads((shared / "vectors" / "ed25519vectors.json").read_text())
    enrolled = 0
    for case in cases:
        key, message, signature = bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"])
        try:
            ed25519.check_public_key(key)
        except KeyRefused:
            continue
        enrolled += 1
        if ed25519.verifies(key, message, signature):
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    assert enrolled


def test_a_signature_of_the_wrong_length_does_not_verify():
    key = SigningKey("log.example", bytes(32))
    signature = key.sign(b"m")
    assert ed25519.verifies(key.vkey.key, b"m", signature)
    for wrong in (b"", signature[:-1], signature + b"\x00"):
        assert not ed25519.verifies(key.vkey.key, b"m", wrong)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(key.vkey.key).verify(signature, b"n")
