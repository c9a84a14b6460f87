"""Several processes append to one ledger: no fork, no gap, no lost entry; and a killed one leaves no damage."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alpr_ledger.lock import FileLock
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

APPENDER = Path(__file__).with_name("appender.py")


def start(ledger, tmp_path, worker, count):
    arguments = [str(APPENDER), ledger.url, str(tmp_path / "ledger.lock"), str(worker), str(count)]
    return subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_processes_that_append_at_once_leave_one_gapless_ledger(ledger, tmp_path):
    ledger.engine.dispose()
    processes = [start(ledger, tmp_path, worker, 25) for worker in range(4)]
    acknowledged = []
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        acknowledged += [int(line) for line in out.split()]
    assert sorted(acknowledged) == list(range(1, 101))
    with open_source(ledger.target) as source:
        report = verify(source)
    assert (report.size, report.checkpoints) == (101, 101)


def test_after_a_kill_every_acknowledged_entry_is_there_and_the_ledger_verifies(ledger, tmp_path):
    ledger.engine.dispose()
    acknowledged = set()
    for worker in range(3):
        process = start(ledger, tmp_path, worker, 10_000)
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(10 * (worker + 1))]
        os.kill(process.pid, signal.SIGKILL)
        rest, _ = process.communicate(timeout=60)
        acknowledged |= {int(line) for line in [*lines, *rest.splitlines()[:-1]]}
    assert acknowledged
    with open_source(ledger.target) as source:
        report = verify(source)
    assert max(acknowledged) < report.size
    receipt = ledger.append_some(1)
    assert receipt.first == report.size


def test_threads_take_the_file_lock_one_at_a_time(tmp_path):
    lock = FileLock(tmp_path / "lock")
    inside, most = [], []

    def work():
        for _ in range(50):
            with lock:
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(most) == 200
    assert max(most) == 1


def test_another_process_waits_for_the_file_lock_and_gets_it_when_its_holder_dies(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from alpr_ledger.lock import FileLock\n"
        "with FileLock(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    got = threading.Event()

    def wait():
        with FileLock(tmp_path / "lock"):
            got.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not got.wait(0.1)
    holder.kill()
    holder.communicate()
    assert got.wait(10)
    waiter.join()


def test_a_thread_that_would_wait_for_itself_is_told_so(tmp_path):
    lock = FileLock(tmp_path / "lock")
    with lock, pytest.raises(RuntimeError, match="already"), lock:
        pass
    with lock:
        pass


def test_the_lock_file_is_private(tmp_path):
    with FileLock(tmp_path / "lock"):
        assert (tmp_path / "lock").stat().st_mode & 0o077 == 0
