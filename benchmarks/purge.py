"""How fast reads are purged while searches go on, with a plain DELETE beside.

    python benchmarks/purge.py [--reads 10000000] [--plates 3000000] [--database sqlite|postgresql] [--seed 1]

It builds reads of 90 days, an image and the vault's values with each, and holds one in a hundred at random. Then the
first tenth is due, and is purged; a process of its own searches meanwhile, as it did before. The plain DELETE beside
takes the next tenth out of the same tables in one transaction: no entry, no hold, no key, no plate looked after.
Nothing is asserted. "wanted" is the figure of a machine with two cores: a million of ten within 90 s, and searches at
no more than twice their usual 95th percentile.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import secrets
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from search import BATCH, DAYS, WHY, fill_plates, on_both, read_rows

from alpr_core.act import Act
from alpr_core.models import Actor, ReadFilter, ReadKey
from alpr_core.node import Node
from alpr_core.retention import RetentionOffice
from alpr_core.services.purging import purge
from alpr_core.services.search import search_reads
from alpr_core.services.timekeeping import confirm_clock
from alpr_core.store.holds import Hold
from alpr_core.store.tables import hold_read, image, read
from alpr_ledger import store as ledger_store

BEGIN = datetime(2026, 8, 25, tzinfo=UTC)
HELD = 0.01
OF_AN_ENTRY = 50
USUAL = 30.0
"""Seconds of searching before the purge."""


def fill(node: Node, reads: int, texts: Sequence[str], rng: np.random.Generator) -> None:
    """Store plates, reads, images and vault values, past the ledger: this measures purging."""
    engine = node.site.store.engine
    fill_plates(node, texts)
    done = 0
    for batch in read_rows(reads, len(texts), rng):
        for place, row in enumerate(batch):
            entry, item = divmod(done + place, OF_AN_ENTRY)
            row |= {"entry": 1_000_000 + entry, "item": item}
        with engine.begin() as connection:
            connection.execute(sa.insert(read), batch)
            connection.execute(sa.insert(image), [one for row in batch for one in images_of(row)])
            connection.execute(sa.insert(ledger_store.vault), list(values_of(batch)))
        done += len(batch)
    for day in range(DAYS):
        node.site.keys.current("read", f"{BEGIN + timedelta(days=day):%Y-%m-%d}/default")
    held = rng.choice(reads, int(reads * HELD), replace=False)
    hold = Hold(
        read=ReadKey(day="2026-08-25", id="0"),
        reason_code="criminal",
        case="26-1041",
        placed_by="p1",
        placed_at=BEGIN,
        review_on=date(2027, 1, 1),
    )
    with node.site.store.writing() as work:
        number = work.holds.add(hold)
        step = timedelta(days=DAYS) / reads
        keys = [ReadKey(day=(BEGIN + int(n) * step).date().isoformat(), id=f"{int(n):036}") for n in held]
        for first in range(0, len(keys), BATCH):
            work.holds.cover(number, keys[first : first + BATCH], covered=True)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def images_of(row: dict[str, object]) -> Iterator[dict[str, object]]:
    """The frame, and the plate cut out of it, as a capture stores them."""
    for kind, size in (("frame", 100_000), ("plate", 4_000)):
        yield {
            "day": row["day"],
            "read_id": row["id"],
            "kind": kind,
            "sha256": secrets.token_hex(32),
            "size": size,
            "key_id": f"read/{row['day']}/default",
            "wrapped_key": secrets.token_bytes(60),
        }


def values_of(rows: Sequence[dict[str, object]]) -> Iterator[dict[str, object]]:
    """The vault's values behind reads, as a capture stores them: IDs ascend, and no plate has an index of its own."""
    for row in rows:
        for number, (field, size) in enumerate((("plate", 70), ("record", 420), ("camera", 70))):
            if field == "camera" and row["item"]:
                continue
            yield {
                "id": f"{row['entry']:012x}{row['item']:04x}{number:04x}{secrets.token_hex(6)}",
                "idx": row["entry"],
                "field": field,
                "item": row["item"],
                "vault_class": "read",
                "key_id": f"read/{row['day']}/default",
                "sealed": secrets.token_bytes(size),
                "lookup": b"",
            }


def search_on(folder: Path, texts: Sequence[str], stop: Event, spent: mp.Queue) -> None:
    """Search one plate after the other until told to stop; what each took, in milliseconds."""
    times = []
    with Node.open(folder) as node:
        officer = Act(node.site, Actor(id="system:bench", roles=frozenset({"officer"}), delegated_by="p1"))
        for text in texts:
            if stop.is_set():
                break
            begin = time.perf_counter()
            search_reads(officer, ReadFilter(plate=text, confusable=False), **WHY)
            times.append(1000 * (time.perf_counter() - begin))
            time.sleep(0.02)  # a person, not a flood
    spent.put(times)


class Searching:
    """Searches in a process of its own, as long as the body runs."""

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        self._folder = folder
        self._texts = texts
        self.times: list[float] = []

    def __enter__(self) -> Searching:
        context = mp.get_context("spawn")
        self._stop, self._spent = context.Event(), context.Queue()
        arguments = (self._folder, self._texts, self._stop, self._spent)
        self._process = context.Process(target=search_on, args=arguments)
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.times = self._spent.get()
        self._process.join()

    @property
    def p95(self) -> float:
        return statistics.quantiles(self.times, n=20)[-1]


def run(
    name: str,
    node: Node,
    texts: Sequence[str],
    rng: np.random.Generator,
    folder: Path,
    options: argparse.Namespace,
) -> None:
    begin = time.perf_counter()
    fill(node, options.reads, texts, rng)
    print(
        f"{name}: {options.reads:,} reads in {time.perf_counter() - begin:.0f} s; seed {options.seed}",
        flush=True,
    )
    wanted = [texts[int(n)] for n in rng.integers(0, len(texts), 100_000)]
    due = BEGIN + timedelta(days=DAYS / 10)
    office = RetentionOffice(
        lambda _: ("fixed", lambda: node.host.retention_strategy("fixed", {"period": "P90D"}))
    )
    site = replace(node.site, retention=office, clock=lambda: due + timedelta(days=90))
    boss = Act(site, Actor(id="system:purge", roles=frozenset({"admin"}), delegated_by="p1"))
    confirm_clock(boss, reason="this is a benchmark")
    with Searching(folder, wanted) as usual:
        time.sleep(USUAL)
    begin = time.perf_counter()
    with Searching(folder, wanted) as meanwhile:
        purged = purge(boss)
        ours = time.perf_counter() - begin
    bare, deleted = plain_delete(node, due)
    done = purged.reads if purged else 0
    limit = 90 * options.reads / 10_000_000
    print(
        f"  purge {done:,} reads: {ours:6.1f} s   wanted {limit:.0f} s   plain DELETE {deleted:,} reads: "
        f"{bare:6.1f} s, ratio for each read {(ours / max(1, done)) / (bare / max(1, deleted)):.1f}\n"
        f"  search p95: usual {usual.p95:6.1f} ms of {len(usual.times)}, meanwhile {meanwhile.p95:6.1f} ms of "
        f"{len(meanwhile.times)}, ratio {meanwhile.p95 / usual.p95:.1f}   wanted 2.0",
        flush=True,
    )


def plain_delete(node: Node, due: datetime) -> tuple[float, int]:
    """Seconds that one transaction takes for the next tenth, and how many reads that was."""
    chosen = sa.and_(read.c.captured_at < due + timedelta(days=DAYS / 10), read.c.captured_at >= due)
    is_held = sa.exists().where(hold_read.c.day == read.c.day, hold_read.c.read_id == read.c.id)
    keys = sa.select(read.c.day, read.c.id).where(chosen, ~is_held)
    entries = sa.select(read.c.entry).where(chosen)
    begin = time.perf_counter()
    with node.site.store.writing() as work:
        connection = work.connection
        connection.execute(sa.delete(ledger_store.vault).where(ledger_store.vault.c.idx.in_(entries)))
        connection.execute(sa.delete(image).where(sa.tuple_(image.c.day, image.c.read_id).in_(keys)))
        deleted = connection.execute(sa.delete(read).where(chosen, ~is_held)).rowcount
    return time.perf_counter() - begin, deleted


if __name__ == "__main__":
    on_both(__doc__, run)
