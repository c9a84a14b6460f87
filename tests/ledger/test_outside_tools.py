"""Tools that nobody here wrote agree with this ledger to the byte: a large export, pymerkle's trees and proofs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from alpr_ledger import stamped
from alpr_ledger.export import export
from alpr_ledger.log import draft
from alpr_ledger.merkle import leaf_hash
from alpr_ledger.note import parse_note
from alpr_ledger.reader import Reader
from alpr_ledger.source import open_source
from alpr_ledger.timestamp import Authorities, load_certificates

SIZE = 70_000


@pytest.fixture(scope="module")
def large(make_ledger, make_body, tmp_path_factory):
    """The export of a ledger of 70,000 entries, and its key."""
    folder = tmp_path_factory.mktemp("large")
    ledger = make_ledger(folder / "ledger.db")
    for first in range(1, SIZE, 5000):
        ledger.append(*(draft(make_body(n)) for n in range(first, min(first + 5000, SIZE))))
    with open_source(ledger.target) as source:
        export(source, folder / "export")
    return folder / "export", str(ledger.log.key.vkey)


def test_an_export_of_70_000_entries_is_accepted(large, foreign) -> None:
    folder, vkey = large
    status, said = foreign(folder, vkey)
    assert (status, said.startswith("as signed: 70000 entries")) == (0, True), said


@pytest.mark.parametrize(
    "place", ["tile/entries/100", "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
)
def test_one_byte_of_it_is_refused(large, foreign, place) -> None:
    folder, vkey = large
    file = folder / place
    before = file.read_bytes()
    file.write_bytes(_changed(before))
    try:
        status, said = foreign(folder, vkey)
    finally:
        file.write_bytes(before)
    assert (status, said.startswith("REFUSED ")) == (1, True), said


def _changed(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_pymerkle_computes_the_same_roots_and_proofs(sqlite_ledger) -> None:
    pymerkle = pytest.importorskip("pymerkle")
    for count in (4, 8, 30):
        sqlite_ledger.append_some(count)
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    with sqlite_ledger.reading() as connection:
        ours = Reader(connection)
        entries = list(ours.entries())
        for one in entries:
            tree.append_entry(one.data)
        size = ours.size()
        for at in (1, 5, 13, size):
            assert tree.get_root(at) == ours.root(at)
            theirs = tree.prove_consistency(at, size)
            if at not in {1, size}:
                assert sorted(theirs.path) == sorted(ours.consistency_proof(at, size))
        for one in entries:
            proof = tree.prove_inclusion(
                one.idx + 1, size
            )  # pymerkle counts from 1, and begins with the leaf itself
            proof.path = [leaf_hash(one.data), *ours.inclusion_proof(one.idx, size)]
            pymerkle.verify_inclusion(one.leaf, ours.root(size), proof)
            proof.path[1] = bytes(32)
            with pytest.raises(pymerkle.InvalidProof):
                pymerkle.verify_inclusion(one.leaf, ours.root(size), proof)


def test_the_commands_for_openssl_in_the_documentation_verify_a_checkpoint(
    sqlite_ledger, key, tmp_path
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    page = (Path(__file__).resolve().parents[2] / "docs" / "auditors.md").read_text()
    commands, _ = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    checkpoint = sqlite_ledger.append_some(3).checkpoint
    for note, status in ((checkpoint, 0), (checkpoint.replace(b"\n4\n", b"\n5\n"), 1)):
        (tmp_path / "checkpoint").write_bytes(note)
        done = subprocess.run(
            ["sh", "-ec", commands],
            cwd=tmp_path,
            env={**os.environ, "VKEY": str(key.vkey)},
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == status, done


def test_the_commands_for_openssl_in_the_documentation_verify_a_time_stamp(
    sqlite_ledger, authority, tmp_path
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "auditors.md").read_text()
    _, commands = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
    sqlite_ledger.append_some(3)
    with sqlite_ledger.transaction() as connection:
        text = parse_note(Reader(connection).checkpoint(4)).text
        token = Authorities(load_certificates(authority.root)).ask(authority.url, text).token
        stamped.save(connection, 4, "tsa.example", token)
    sqlite_ledger.append_some(3)
    folder = tmp_path / "export"
    with open_source(sqlite_ledger.target) as source:
        export(source, folder)
    shutil.copy(authority.root, folder / "time-root.pem")
    note = folder / "checkpoint.stamped"
    for change, status in ((b"\n4\n", 0), (b"\n04\n", 1)):
        note.write_bytes(note.read_bytes().replace(b"\n4\n", change))
        (folder / "timestamp" / "04.1.tst").write_bytes(token)
        done = subprocess.run(
            ["sh", "-ec", commands], cwd=folder, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == status, done
