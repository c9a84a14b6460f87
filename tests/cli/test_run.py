"""alpr-core run: the daemon as systemd starts it, stopped by SIGTERM; and what keeps it from starting."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

START = [sys.executable, "-c", "from alpr_core.cli import main; main()"]
PATIENCE = 60.0


class Daemon:
    """``alpr-core run`` in a process of its own.

    Attributes:
        said: what it has logged so far.
    """

    def __init__(self, folder, **environment: str) -> None:
        self.process = subprocess.Popen(
            [*START, "-C", str(folder), "run"], stderr=subprocess.PIPE, env={**os.environ, **environment}
        )
        self.said = ""

    def until(self, words: str, patience: float = PATIENCE) -> None:
        """Wait until it logs these words."""
        ends = time.monotonic() + patience
        while words not in self.said:
            left = ends - time.monotonic()
            assert left > 0, self.said
            if select.select([self.process.stderr], [], [], left)[0]:
                got = os.read(self.process.stderr.fileno(), 65536)
                assert got, f"it has ended: {self.said}"
                self.said += got.decode()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Stop it, and return its exit status."""
        self.process.send_signal(how)
        return self.end()

    def end(self) -> int:
        """Wait until it ends, and return its exit status."""
        self.said += self.process.communicate(timeout=PATIENCE)[1].decode()
        return self.process.returncode


@pytest.fixture
def start():
    """``start(node)`` starts the daemon of a node."""
    started = []

    def run(node, **environment: str) -> Daemon:
        started.append(Daemon(node.folder, **environment))
        return started[-1]

    yield run
    for daemon in started:
        if daemon.process.poll() is None:
            daemon.process.kill()
            daemon.process.communicate()


@pytest.fixture
def kept(node):
    """A node whose administrator, 1001, answers for its jobs."""
    with (node.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[jobs]\nby = "1001"\n')
    node.accept()
    return node


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_what_is_due_and_ends_cleanly_when_it_is_told_to(kept, start, how) -> None:
    daemon = start(kept)
    for job in ("verify-ledger", "account-review", "disk-health", "notices"):
        daemon.until(f"{job}: done")
    assert daemon.stop(how) == 0
    assert "stopped" in daemon.said
    assert "Traceback" not in daemon.said
    assert kept.entries("ledger.verify")
    assert kept.log_in().exit_code == 0
    assert "nobody runs them" in kept("status").stdout


SLOW = """
import os, select
from datetime import timedelta
from alpr_core import *

class Slow:
    every = timedelta(days=1)
    def __init__(self, options): pass
    def run(self, act):
        with open(os.environ["PIPE"], "rb") as pipe:  # until somebody writes into it
            return {"bytes": len(pipe.read())}

@hookimpl
def register_jobs(register):
    register(Plugin(name="slow", factory=Slow))
"""


def test_it_finishes_the_job_in_hand_before_it_ends(kept, start, plugin_site, tmp_path) -> None:
    plugin_site.install("slow", SLOW)
    with (kept.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[[jobs.plugin]]\nuse = "slow"\n')
    kept.accept()
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    path = os.pathsep.join([str(plugin_site.folder), os.environ.get("PYTHONPATH", "")])
    daemon = start(kept, PIPE=str(pipe), PYTHONPATH=path)
    with pipe.open("wb") as into:  # opens once the job reads
        daemon.process.send_signal(signal.SIGTERM)
        daemon.until("ends once what is in hand is done")
        into.write(b"abc")
    assert daemon.end() == 0
    assert "slow: done {'bytes': 3}" in daemon.said


def test_a_second_one_waits_and_goes_on_where_the_first_ends(kept, start) -> None:
    first = start(kept)
    first.until("this process leads the jobs")
    second = start(kept)
    assert first.stop() == 0
    second.until("this process leads the jobs")
    assert second.stop() == 0


@pytest.mark.soak
def test_where_the_leader_is_killed_another_goes_on_once_its_lease_is_over(kept, start) -> None:
    first = start(kept)
    first.until("notices: done")
    second = start(kept)
    first.stop(signal.SIGKILL)
    second.until("this process leads the jobs", patience=150)
    assert second.stop() == 0


@pytest.mark.soak  # it looks every fifteen seconds; test_daemon does the same by a quicker clock
def test_it_starts_anew_under_settings_that_are_accepted_while_it_runs(kept, start) -> None:
    daemon = start(kept)
    daemon.until("notices: done")
    kept.change_settings("[jobs]", '[jobs.every]\nnotices = "PT1M"\n\n[jobs]')
    daemon.until("other settings were accepted")
    assert daemon.stop() == 0


def test_where_nobody_answers_for_the_jobs_it_says_so_and_does_not_start(node, start) -> None:
    daemon = start(node)
    assert daemon.end() == 2
    assert "[jobs] by: nobody is named" in daemon.said
    assert "Traceback" not in daemon.said


def test_where_whoever_answers_has_no_account_it_says_so_and_does_not_start(node, start) -> None:
    with (node.folder / "alpr.toml").open("a") as toml:
        toml.write('\n[jobs]\nby = "4711"\n')
    node.accept()
    daemon = start(node)
    assert daemon.end() == 2
    assert "badge 4711 has no account here, or has left" in daemon.said


def test_under_settings_that_nobody_accepted_it_does_not_start(kept, start) -> None:
    file = kept.folder / "alpr.toml"
    file.write_text(file.read_text().replace('by = "1001"', 'by = "1002"'))
    daemon = start(kept)
    assert daemon.end() == 2
    assert "alpr-core config apply" in daemon.said


DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None or not DEPLOY.is_dir(), reason="needs systemd, and the checkout"
)
def test_the_unit_is_one_that_systemd_takes_and_calls_hardened(tmp_path) -> None:
    text = (DEPLOY / "alpr-core.service").read_text()
    assert "ExecStart=/opt/alpr/bin/alpr-core -C /srv/alpr/node run\n" in text
    unit = tmp_path / "alpr-core.service"
    unit.write_text(text.replace("/opt/alpr/bin/alpr-core", sys.executable))
    told = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in told.stderr.splitlines() if "alpr-core" in line] == []
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=20", "--no-pager", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout[-500:] + judged.stderr
