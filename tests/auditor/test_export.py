"""What an auditor does with the ledger's wheel alone and an export: no database, nothing of the department's."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from alpr_ledger.export import export
from alpr_ledger.source import open_source

LEDGER = Path(__file__).with_name("ledger.db")
EXPORT = Path(__file__).with_name("export")
VKEY = "auditor.example/ledger+02053c9a+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"


def verify(target, *options):
    return subprocess.run(
        [sys.executable, "-m", "alpr_ledger", "verify", str(target), "--vkey", VKEY, *map(str, options)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def files(folder):
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(EXPORT, tmp_path / "copy"))


def test_the_evidence_verifies():
    done = verify(EXPORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "complete up to size 12, signed by auditor.example/ledger" in done.stdout
    assert "not anchored: the department could still rewrite this" in done.stdout


def test_it_is_byte_for_byte_what_the_database_exports_to(tmp_path):
    with open_source(LEDGER) as source:
        export(source, tmp_path / "export")
    assert files(tmp_path / "export") == files(EXPORT)


def test_it_verifies_at_its_address():
    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=EXPORT))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        done = verify(f"http://127.0.0.1:{server.server_port}/")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (done.returncode, done.stderr) == (0, "")


def test_a_sample_and_a_later_run_work_too(tmp_path):
    assert verify(EXPORT, "--sample", 1).returncode == 0
    assert verify(EXPORT, "--keep", tmp_path / "state").returncode == 0
    assert "0 new entries" in verify(LEDGER, "--since", tmp_path / "state").stdout


@pytest.mark.parametrize("path", ["tile/entries/000.p/12", "tile/0/000.p/12", "checkpoint"])
def test_a_changed_or_missing_file_is_refused(copy, path):
    data = (copy / path).read_bytes()
    (copy / path).write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    done = verify(copy)
    assert (done.returncode, done.stdout) == (4, "")
    (copy / path).unlink()
    assert verify(copy).returncode == (2 if path == "checkpoint" else 4)
