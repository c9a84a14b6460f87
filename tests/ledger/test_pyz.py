"""The verifier as one file, and Ed25519 by whatever the machine has: the verdict is the same."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from alpr_ledger import ed25519, ed25519_elsewhere
from alpr_ledger.errors import KeyRefused, SourceError

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = ROOT / "tests" / "auditor" / "ledger.db"
SEED = bytes(range(32))
needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")


@pytest.fixture(scope="module")
def pyz(tmp_path_factory) -> Path:
    """The one file, built from the sources."""
    path = tmp_path_factory.mktemp("pyz") / "alpr_ledger.pyz"
    runpy.run_path(str(ROOT / "ledger" / "build_pyz.py"))["build"](path)
    return path


def run(pyz: Path, *words: str, isolated: bool) -> subprocess.CompletedProcess[str]:
    """Run it; isolated, Python sees no installed package at all."""
    flags = ["-I", "-S"] if isolated else ["-I"]
    return subprocess.run(
        [sys.executable, *flags, str(pyz), *words], capture_output=True, text=True, timeout=60, check=False
    )


@needs_openssl
def test_on_a_bare_python_it_verifies_with_the_openssl_command_and_says_so(pyz) -> None:
    done = run(pyz, "verify", str(EVIDENCE), isolated=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "complete up to size 12" in done.stdout
    assert "the openssl command" in run(pyz, "--version", isolated=True).stdout


def test_with_pynacl_it_uses_that(pyz) -> None:
    assert "PyNaCl" in run(pyz, "--version", isolated=False).stdout


@needs_openssl
def test_a_tampered_ledger_is_refused_by_it(pyz, tmp_path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_bytes(EVIDENCE.read_bytes().replace(b'"p-01"', b'"p-02"', 1))
    done = run(pyz, "verify", str(copy), isolated=True)
    assert (done.returncode, "entry 1" in done.stderr) == (4, True)


def test_the_same_sources_make_the_same_file(pyz, tmp_path) -> None:
    runpy.run_path(str(ROOT / "ledger" / "build_pyz.py"))["build"](tmp_path / "again.pyz")
    assert (tmp_path / "again.pyz").read_bytes() == pyz.read_bytes()


@pytest.fixture(params=["cryptography", "openssl"])
def elsewhere(request, monkeypatch):
    """Verification as it is without PyNaCl, by each of the two ways."""
    if request.param == "openssl":
        if shutil.which("openssl") is None:
            pytest.skip("needs openssl")
        monkeypatch.setattr(ed25519_elsewhere, "Ed25519PublicKey", None)
    return ed25519_elsewhere.library_verifies


def test_a_signature_is_accepted_and_a_changed_one_refused(elsewhere) -> None:
    public = ed25519.public_key(SEED)
    signature = ed25519.sign(SEED, public, b"text")
    assert elsewhere(public, b"text", signature)
    assert not elsewhere(public, b"texts", signature)
    assert not elsewhere(public, b"text", signature[:40] + bytes([signature[40] ^ 1]) + signature[41:])
    assert not elsewhere(ed25519.public_key(bytes(32)), b"text", signature)


def test_of_914_edge_cases_every_enrolled_key_has_one_verdict_whatever_the_machine_has(
    shared, elsewhere
) -> None:
    cases = json.loads((shared / "vectors" / "ed25519vectors.json").read_text())
    enrolled = 0
    for case in cases:
        key, signature = bytes.fromhex(case["key"]), bytes.fromhex(case["sig"])
        assert ed25519_elsewhere.is_valid_point(key) == ed25519.is_valid_point(key), case
        if ed25519.is_valid_point(key):
            enrolled += 1
            message = case["msg"].encode()
            assert elsewhere(key, message, signature) == ed25519.verifies(key, message, signature), case
    assert 0 < enrolled < len(cases)


@pytest.mark.parametrize("flag", ["low_order_A", "non_canonical_A", "low_order_component_A"])
def test_keys_about_which_verifiers_disagree_are_refused(shared, flag) -> None:
    cases = json.loads((shared / "vectors" / "ed25519vectors.json").read_text())
    keys = {case["key"] for case in cases if flag in (case["flags"] or ())}
    assert keys
    for key in keys:
        with pytest.raises(KeyRefused):
            ed25519.check_public_key(bytes.fromhex(key))


def test_without_any_of_the_three_it_says_what_to_do(monkeypatch) -> None:
    monkeypatch.setattr(ed25519_elsewhere, "Ed25519PublicKey", None)
    monkeypatch.setattr(ed25519_elsewhere, "which", lambda name: None)
    public = ed25519.public_key(SEED)
    with pytest.raises(SourceError, match="neither PyNaCl nor cryptography nor the openssl command"):
        ed25519_elsewhere.library_verifies(public, b"text", ed25519.sign(SEED, public, b"text"))
