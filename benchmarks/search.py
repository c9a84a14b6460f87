"""How fast stored reads are searched: gate, entry and the first 100 rows included, with a plain query beside.

    python benchmarks/search.py [--reads 10000000] [--plates 3000000] [--database sqlite|postgresql] [--seed 1]

It builds reads of 90 days whose plates follow Zipf's law, in a folder that it removes. Nothing is asserted. "wanted"
is the figure of a machine with two cores: 95 of 100 exact searches within 50 ms above the disk's fsync on both
databases, partial ones within 600 ms on PostgreSQL and 800 ms on SQLite.
"""

from __future__ import annotations

import argparse
import itertools
import os
import statistics
import string
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from alpr_core import plates
from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.models import Actor, ReadFilter
from alpr_core.node import FirstPerson, Node
from alpr_core.places import Circle
from alpr_core.services.search import search_reads
from alpr_core.store.tables import plate, read
from ledger import postgresql

DAYS = 90
BATCH = 20_000
TIMES = 40
WHY = {"purpose": "stolen_vehicle", "case": "26-1041"}
LETTERS = np.array(list(string.ascii_uppercase + string.digits))


def make_plates(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct plates of seven characters."""
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = LETTERS[rng.integers(0, len(LETTERS), (count - len(found) + 1000, 7))]
        found.update(dict.fromkeys("".join(row) for row in drawn))
    return list(itertools.islice(found, count))


def read_rows(count: int, known: int, rng: np.random.Generator) -> Iterator[list[dict[str, object]]]:
    """Reads in the order of their time, as a server gets them."""
    begin = datetime(2026, 8, 25, tzinfo=UTC)
    weights = 1 / np.arange(1, known + 1)
    share = np.cumsum(weights / weights.sum())
    step = timedelta(days=DAYS) / count
    for first in range(0, count, BATCH):
        size = min(BATCH, count - first)
        which = np.minimum(np.searchsorted(share, rng.random(size)), known - 1)
        yield [
            {
                "day": (at := begin + (first + n) * step).date().isoformat(),
                "id": f"{first + n:036}",
                "plate_id": int(number) + 1,
                "candidates": [["ABC1234", 0.9]],
                "confidence": 0.9,
                "detection_confidence": 0.9,
                "region": "us-or",
                "region_confidence": 0.8,
                "captured_at": at,
                "last_seen": at,
                "frames": 3,
                "camera": f"car-{(first + n) % 20}",
                "box": [[0, 0], [9, 0], [9, 9], [0, 9]],
                "latitude": 44.9 + 0.001 * int(number % 100),
                "longitude": -123.0 + 0.001 * int((first + n) % 100),
                "retention_class": "default",
                "stored_at": at,
            }
            for n, number in enumerate(which)
        ]


def fill_plates(node: Node, texts: Sequence[str]) -> None:
    """Store plates, past the ledger, numbered from 1."""
    for first in range(0, len(texts), BATCH):
        rows = [
            {"id": first + n + 1, "text": text, "skeleton": plates.skeleton(text)}
            for n, text in enumerate(texts[first : first + BATCH])
        ]
        with node.site.store.engine.begin() as connection:
            connection.execute(sa.insert(plate), rows)


def fill(node: Node, reads: int, texts: Sequence[str], rng: np.random.Generator) -> None:
    """Store plates and reads, past the ledger: this measures searching."""
    engine = node.site.store.engine
    fill_plates(node, texts)
    for batch in read_rows(reads, len(texts), rng):
        with engine.begin() as connection:
            connection.execute(sa.insert(read), batch)
    with engine.begin() as connection:
        connection.exec_driver_sql("ANALYZE")


def timed(call: Callable[[str], object], wanted: Sequence[str]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds."""
    spent = []
    for one in wanted:
        begin = time.perf_counter()
        call(one)
        spent.append(1000 * (time.perf_counter() - begin))
    return statistics.median(spent), statistics.quantiles(spent, n=20)[-1]


def fsync_of(folder: Path) -> float:
    """95th percentile of an fsync there, in milliseconds."""
    spent = []
    with (folder / "fsync").open("wb") as file:
        for _ in range(100):
            file.write(b"x" * 4096)
            begin = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            spent.append(1000 * (time.perf_counter() - begin))
    return statistics.quantiles(spent, n=20)[-1]


def measure(node: Node, texts: Sequence[str], rng: np.random.Generator, folder: Path, most: int) -> None:
    officer = Act(node.site, Actor(id="system:bench", roles=frozenset({"officer"}), delegated_by="p1"))
    ranks = np.unique(np.geomspace(1, len(texts), TIMES).astype(int)) - 1
    exact = [texts[int(rank)] for rank in rng.permutation(ranks)]
    as_it_is = ReadFilter(confusable=False)
    near = Circle(44.95, -122.95, 300)
    kinds = {
        "exact": (exact, as_it_is, f"{fsync_of(folder) + 50:.0f}"),
        "partial, ends open": ([f"{text[:4]}*" for text in exact], as_it_is, str(most)),
        "partial, begins open": ([f"*{text[-4:]}" for text in exact], as_it_is, str(most)),
        "partial, one unknown": ([f"{text[:3]}?{text[4:]}" for text in exact], as_it_is, str(most)),
        "one edit": (exact, ReadFilter(fuzzy=True), str(most)),
        "by place": (["" for _ in exact], ReadFilter(near=near), str(most)),
        "plate and place": (exact, ReadFilter(near=near), str(most)),
    }
    engine = node.site.store.engine
    for name, (wanted, how, limit) in kinds.items():
        ours = timed(lambda text, how=how: search_reads(officer, replace(how, plate=text), **WHY), wanted)
        if how is not as_it_is:
            print(f"  {name:22} p50 {ours[0]:8.1f} ms  p95 {ours[1]:8.1f} ms  wanted {limit:>4} ms")
            continue
        is_exact = wanted is exact
        query = sa.select(read).join(plate).order_by(read.c.captured_at.desc()).limit(100)

        def plain(text: str, query: sa.Select = query, is_exact: bool = is_exact) -> None:
            meets = plate.c.text == text if is_exact else plate.c.text.like(plates.Partial.parse(text).like)
            with engine.connect() as connection:
                connection.execute(query.where(meets)).all()

        bare = timed(plain, wanted)
        print(
            f"  {name:22} p50 {ours[0]:8.1f} ms  p95 {ours[1]:8.1f} ms  wanted {limit:>4} ms"
            f"   plain query p50 {bare[0]:8.1f} p95 {bare[1]:8.1f} ms"
        )


Measure = Callable[[str, Node, Sequence[str], np.random.Generator, Path, argparse.Namespace], None]
"""Builds what it needs on a new node and prints what it measures; given the plates to use."""


def on_both(about: str | None, measure: Measure) -> None:
    """Measure a new node on SQLite and one on PostgreSQL, as the command line asks for it."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--reads", type=int, default=10_000_000)
    parser.add_argument("--plates", type=int, default=3_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        if options.database != "postgresql":
            _on_one("sqlite", "sqlite:///var/alpr.db", folder, options, measure)
        if options.database != "sqlite":
            with postgresql(folder) as make_url:
                _on_one("postgresql", make_url("bench"), folder, options, measure)


def _on_one(name: str, url: str, folder: Path, options: argparse.Namespace, measure: Measure) -> None:
    rng = np.random.default_rng(options.seed)
    texts = make_plates(options.plates, rng)
    answers = Answers(name="bench", origin=f"bench.example/{name}", store_url=url, last_signed="var/last")
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase="correct horse battery staple")
    with Node.create(folder / name, answers, first) as node:
        measure(name, node, texts, rng, folder / name, options)


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
        f"{name}: {options.reads:,} reads of {len(texts):,} plates in {time.perf_counter() - begin:.0f} s; "
        f"seed {options.seed}, load {os.getloadavg()[0]:.1f}"
    )
    measure(node, texts, rng, folder, 800 if name == "sqlite" else 600)


if __name__ == "__main__":
    on_both(__doc__, run)
