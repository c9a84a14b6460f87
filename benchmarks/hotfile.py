"""How fast a hotlist is imported over another, while reads arrive and are matched, with a plain INSERT beside.

    python benchmarks/hotfile.py [--plates 3000000] [--database sqlite|postgresql] [--seed 1]

A file is imported, and then a second one of as many lines over it. Meanwhile a process of its own stores one read
after the other, each matched against the list, as it did before; the longest that one took is what a car waits.
Beside it the same rows are stored by a plain INSERT in one transaction, which every read would wait for. Nothing is
asserted. "wanted" is the figure of a machine with two cores: three million lines within two minutes.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import numpy as np
from search import on_both

from alpr_core.act import Act
from alpr_core.models import Actor, Box, Candidate, Frame, HotlistEntry, Reading, Sighting
from alpr_core.node import Node
from alpr_core.services.hotlist_import import import_hotlist
from alpr_core.services.ingest import record_sightings
from alpr_core.store.hotlist_rows import PackedEntries, insert_rows
from alpr_core.store.hotlists import begin_generation

USUAL = 10.0
"""Seconds of reads before the import."""

LINE = "{},OR,PC,HOND,ACC,BLK,V{:09},stolen_vehicle,5,2026-11-01,2027-11-01\n"


def write_file(path: Path, texts: Sequence[str]) -> None:
    with path.open("w") as file:
        file.write("LIC,LIS,LIT,VMA,VMO,VCO,NIC,category,priority,effective,expires\n")
        file.writelines(LINE.format(text, n) for n, text in enumerate(texts))


def sighting_of(text: str) -> Sighting:
    now = datetime.now(UTC)
    reading = Reading(
        candidates=(Candidate(text=text, confidence=0.9),),
        characters=(0.9,) * len(text),
        box=Box.rectangle(10, 10, 60, 30),
        detection_confidence=0.9,
    )
    frame = Frame(source="car-7", taken_at=now, image=np.zeros((60, 80, 3), np.uint8))
    return Sighting(reading=reading, frame=frame, first_seen=now, last_seen=now, frames=1)


def reads_arrive(folder: Path, texts: Sequence[str], stop: Event, spent: mp.Queue) -> None:
    """Store one read after the other until told to stop; what each took, in milliseconds."""
    times = []
    with Node.open(folder) as node:
        officer = Act(node.site, Actor(id="system:bench", roles=frozenset({"officer"}), delegated_by="p1"))
        for text in texts:
            if stop.is_set():
                break
            begin = time.perf_counter()
            record_sightings(officer, [sighting_of(text)], camera="car-7")
            times.append(1000 * (time.perf_counter() - begin))
            time.sleep(0.05)
    spent.put(times)


class Arriving:
    """Reads in a process of its own, as long as the body runs."""

    def __init__(self, folder: Path, texts: Sequence[str]) -> None:
        context = mp.get_context("spawn")
        self._stop, self._spent = context.Event(), context.Queue()
        arguments = (folder, texts, self._stop, self._spent)
        self._process = context.Process(target=reads_arrive, args=arguments)
        self.times: list[float] = []

    def __enter__(self) -> Arriving:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.times = self._spent.get()
        self._process.join()

    def __str__(self) -> str:
        middle, longest = statistics.median(self.times), max(self.times)
        return f"median {middle:6.1f} ms, longest {longest:7.1f} ms of {len(self.times)}"


def run(
    name: str,
    node: Node,
    texts: Sequence[str],
    rng: np.random.Generator,
    folder: Path,
    options: argparse.Namespace,
) -> None:
    strangers = [f"XX{int(n):06}" for n in rng.integers(0, 1_000_000, 20_000)]
    source = node.host.data_source("hotfile", {})
    admin = Act(node.site, Actor(id="system:bench", roles=frozenset({"admin"}), delegated_by="p1"))
    file = folder / "stolen.csv"
    took = []
    with Arriving(folder, strangers) as usual:
        time.sleep(USUAL)
    with Arriving(folder, strangers) as meanwhile:
        for turn in range(2):
            write_file(file, texts if turn else texts[::-1])
            begin = time.perf_counter()
            import_hotlist(
                admin, file, source, source_name="hotfile", purpose="administration", reason="a benchmark"
            )
            took.append(time.perf_counter() - begin)
    packed = PackedEntries(
        HotlistEntry(plate=text, state="OR", category="stolen_vehicle", fields={"NIC": f"V{n:09}"})
        for n, text in enumerate(texts)
    )
    packed.sort()
    begin = time.perf_counter()
    with node.site.store.writing() as work:
        generation = begin_generation(work.connection, node="", process="", at=datetime.now(UTC))
        insert_rows(work.connection, generation, packed.rows)
    plain = time.perf_counter() - begin
    lines = len(texts)
    print(
        f"{name}: {lines:,} lines, seed {options.seed}\n"
        f"  the first import {took[0]:6.1f} s, {lines / took[0]:,.0f} a second   over another {took[1]:6.1f} s, "
        f"{lines / took[1]:,.0f} a second   wanted {120 * lines / 3_000_000:.0f} s\n"
        f"  plain INSERT     {plain:6.1f} s, {lines / plain:,.0f} a second; ratio {took[1] / plain:.1f}\n"
        f"  a read           usual {usual}\n"
        f"                   meanwhile {meanwhile}",
        flush=True,
    )


if __name__ == "__main__":
    on_both(__doc__, run)
