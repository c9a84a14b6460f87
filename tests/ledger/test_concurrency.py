"""Several processes append to one ledger: no fork, no gap, no lost entry; and a killed one leaves no damage."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alpr_ledger.last_signed import LastSigned
from alpr_ledger.lock import FileLock, QueuedLock
from alpr_ledger.log import Log
from alpr_ledger.report import Report
from alpr_ledger.source import open_source
from alpr_ledger.verify import verify

APPENDER = Path(__file__).with_name("appender.py")
PROCESSES = 8


@dataclass
class Appenders:
    """Processes that append to one ledger, each for so many seconds."""

    ledger: Any
    folder: Path

    @property
    def signed(self) -> Path:
        """Where they remember what they signed."""
        return self.folder / "signed"

    def start(self, workers: Iterable[str], seconds: float) -> list[subprocess.Popen[str]]:
        """Start them all, and let them go at once."""
        lock = self.folder / "ledger.lock"
        processes = [
            subprocess.Popen(
                [sys.executable, APPENDER, self.ledger.url, lock, self.signed, worker, str(seconds)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for worker in workers
        ]
        for process in processes:
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        return processes

    def check(self, acknowledged: Mapping[int, str]) -> Report:
        """Every acknowledged entry is there, every checkpoint fits, and a node starts on it and appends."""
        stored = dict(self.ledger.query("SELECT idx, req FROM entry WHERE idx > 0"))
        assert {idx: stored.get(idx) for idx in acknowledged} == acknowledged
        with open_source(self.ledger.target) as source:
            report = verify(source, all_checkpoints=True)
        assert (report.size, report.signatures) == (1 + len(stored), report.checkpoints)
        log = Log(self.ledger.log.key, last_signed=LastSigned(self.signed))
        with self.ledger.reading() as connection:
            log.check(connection)
        return report


def told(lines: Iterable[str]) -> dict[int, str]:
    """The entries that a process has acknowledged; of a killed one the last line may be half a line."""
    whole = [line.split() for line in lines if line.endswith("\n")]
    return {int(idx): req for idx, req in whole}


@pytest.fixture
def appenders(ledger, tmp_path) -> Appenders:
    ledger.engine.dispose()
    return Appenders(ledger, tmp_path)


@pytest.mark.parametrize("seconds", [1.5, pytest.param(60, marks=pytest.mark.soak)])
def test_eight_processes_leave_one_gapless_ledger_and_on_sqlite_each_gets_its_share(appenders, seconds):
    processes = appenders.start(map(str, range(PROCESSES)), seconds)
    with ThreadPoolExecutor(PROCESSES) as pool:
        ended = list(pool.map(lambda process: process.communicate(timeout=seconds + 60), processes))
    assert [process.returncode for process in processes] == [0] * PROCESSES, ended
    each = [told(out.splitlines(keepends=True)) for out, _ in ended]
    counts = [len(one) for one in each]
    acknowledged = {idx: req for one in each for idx, req in one.items()}
    print("commits of each process:", *counts)
    assert len(acknowledged) == sum(counts)  # nobody was told of another's entry
    report = appenders.check(acknowledged)
    assert (report.size, report.checkpoints) == (
        1 + sum(counts),
        1 + sum(counts),
    )  # nothing lost, nothing more
    assert LastSigned(appenders.signed).size == report.size
    if appenders.ledger.path:
        assert min(counts) >= sum(counts) / PROCESSES / 2, counts


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.soak)])
def test_after_each_kill_every_acknowledged_entry_is_there_and_the_ledger_goes_on(appenders, rounds):
    chance, acknowledged = random.Random(rounds), {}
    for number in range(rounds):
        processes = appenders.start((f"{number}.{worker}" for worker in range(2)), 60)
        for process in processes:
            lines = [process.stdout.readline() for _ in range(chance.randrange(1, 30))]
            acknowledged |= told(lines)
        for process in processes:
            os.kill(process.pid, signal.SIGKILL)  # wherever in an append it happens to be
        for process in processes:
            rest, _ = process.communicate(timeout=60)
            assert process.returncode == -signal.SIGKILL
            acknowledged |= told(rest.splitlines(keepends=True))
        report = appenders.check(acknowledged)
    print(f"{rounds} kills of two, {len(acknowledged)} acknowledged, {report.size} entries, all in order")
    assert appenders.ledger.append_some(1).first == report.size


@pytest.mark.parametrize("kind", [FileLock, QueuedLock])
def test_threads_take_the_file_lock_one_at_a_time(tmp_path, kind):
    lock = kind(tmp_path / "lock")
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


def test_who_holds_a_queued_lock_learns_that_somebody_waits_for_it(tmp_path):
    lock, told = QueuedLock(tmp_path / "lock"), []

    def wait():
        with QueuedLock(tmp_path / "lock"):
            told.append(lock.is_awaited())

    waiter = threading.Thread(target=wait)
    with lock:
        assert not lock.is_awaited()
        waiter.start()
        until = time.monotonic() + 30
        while not lock.is_awaited() and time.monotonic() < until:
            pass
        assert lock.is_awaited()
    waiter.join()
    assert told == [False]
    assert (tmp_path / "lock.queue").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("kind", [FileLock, QueuedLock])
def test_a_thread_that_would_wait_for_itself_is_told_so(tmp_path, kind):
    lock = kind(tmp_path / "lock")
    with lock, pytest.raises(RuntimeError, match="already"), lock:
        pass
    with lock:
        pass


def test_the_lock_file_is_private(tmp_path):
    with FileLock(tmp_path / "lock"):
        assert (tmp_path / "lock").stat().st_mode & 0o077 == 0
