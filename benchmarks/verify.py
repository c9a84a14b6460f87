"""How long a hit waits for its verification beyond the switch's own time, with many queries in flight.

    python benchmarks/verify.py [--queries 600] [--flight 200] [--latency 10] [--database sqlite|postgresql]

A simulated switch in a process of its own answers each query after about so many seconds. So many officers ask at a
time, each about a hit of their own, as the command does: authority and gate, the look at the hit, the intent, the
query, and the outcome with its ledger entry. What the switch took is subtracted, query by query. A bare client beside
asks the same switch without a node. Nothing is asserted. "wanted" is the figure of a machine with two cores: 50 ms.
"""

from __future__ import annotations

import argparse
import multiprocessing as mp
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import numpy as np
from search import WHY

from alpr_core.act import Act
from alpr_core.config import Answers
from alpr_core.interfaces import SimulatorSettings
from alpr_core.models import Actor, Box, Candidate, Frame, HotlistEntry, Reading, Sighting
from alpr_core.node import FirstPerson, Node
from alpr_core.services.authority import grant_authority
from alpr_core.services.hits import list_hits
from alpr_core.services.ingest import record_sightings
from alpr_core.services.people import add_person
from alpr_core.services.state_queries import ask_state
from alpr_core.services.verifying import see_hit
from alpr_core.verification import QueryKind, StateQuery, StateReply
from alpr_source_leds import PROFILE
from alpr_source_switch import SwitchOptions
from alpr_source_switch.message import Message
from alpr_source_switch.simulator import Outgoing, SimulatedSwitch
from alpr_source_switch.source import SwitchSource
from ledger import postgresql

ORI = "OR0000000"
WANTED = 50
PASSPHRASE = "correct horse battery staple"


class TellingSwitch(SimulatedSwitch):
    """A simulator that remembers how long it took for each query."""

    def __init__(self, latency: float) -> None:
        super().__init__(PROFILE, SimulatorSettings(latency=latency))
        self.own: dict[str, float] = {}

    def _with_fault(self, query: Message) -> Iterator[Outgoing]:
        for one in super()._with_fault(query):
            self.own[query.control] = max(one.delay, self.own.get(query.control, 0.0))
            yield one


def simulate(latency: float, port: mp.Queue, stop: mp.Event, told: mp.Queue) -> None:
    switch, ending = TellingSwitch(latency), threading.Event()
    threading.Thread(target=lambda: (stop.wait(), ending.set()), daemon=True).start()
    switch.serve(ending, lambda number, _lines: port.put(number))
    told.put(switch.own)


class Asked:
    """The source, and from when to when it asked what."""

    def __init__(self, port: int) -> None:
        options = SwitchOptions(host="127.0.0.1", port=port, ori=ORI)
        self._source = SwitchSource(PROFILE, options)
        self.system, self.control = self._source.system, threading.local()

    @property
    def simulated(self) -> bool:
        return self._source.simulated

    def ask(self, query: StateQuery, patience: float) -> Iterator[StateReply]:
        self.control.last = query.control
        return self._source.ask(query, patience)


def make_hits(node: Node, count: int) -> tuple[Act, list[str]]:
    """Store reads of listed plates that somebody has looked at, and return who asks, and the hits."""
    boss = Act(node.site, Actor(id="system:bench", roles=frozenset({"admin", "officer"}), delegated_by="p1"))
    at = node.site.clock()
    listed = [HotlistEntry(plate=f"SIM{n:04}", state="OR", category="stolen") for n in range(count)]
    with node.site.store.writing() as work:
        for one in listed:
            work.hotlists.add("stolen", "hand", one, at)
    for one in listed:
        record_sightings(boss, [sighting(one.plate, at)], camera="car-7")
    person = add_person(boss, badge="2001", name="Olive Officer", roles=["officer"], passphrase=PASSPHRASE)
    grant_authority(boss, "2001", "leds", certificate="44-1203", ori=ORI)
    officer = Act(
        node.site, Actor(id="system:ask", roles=frozenset({"admin", "officer"}), delegated_by=person.id)
    )
    hits = list_hits(officer, limit=count)
    for one in hits:
        see_hit(officer, one.id, one.listed.plate, state="OR", **WHY)
    return officer, [one.id for one in hits]


def sighting(plate: str, at: datetime) -> Sighting:
    reading = Reading(
        candidates=(Candidate(text=plate, confidence=0.9),),
        characters=(0.9,) * len(plate),
        box=Box.rectangle(1, 1, 6, 3),
        detection_confidence=0.9,
    )
    frame = Frame(source="car-7", taken_at=at, image=np.zeros((8, 12, 3), np.uint8))
    return Sighting(reading=reading, frame=frame, first_seen=at, last_seen=at, frames=1)


def in_flight(count: int, flight: int, spread: float, ask: object) -> dict[str, float]:
    """Ask so many times, so many at once, begun evenly; return the seconds of each by its control field."""
    spent: dict[str, float] = {}

    def one(number: int) -> None:
        if number < flight:
            time.sleep(spread * number / flight)
        begin = time.perf_counter()
        control = ask(number)
        spent[control] = time.perf_counter() - begin

    with ThreadPoolExecutor(flight) as pool:
        list(pool.map(one, range(count)))
    return spent


def said(what: str, spent: dict[str, float], own: dict[str, float]) -> None:
    above = [1000 * (seconds - own[control]) for control, seconds in spent.items()]
    print(
        f"  {what:10} above the switch's own time: p50 {statistics.median(above):6.1f} ms, "
        f"p95 {statistics.quantiles(above, n=20)[-1]:6.1f} ms, most {max(above):6.1f} ms of {len(above)}",
        flush=True,
    )


def run(name: str, url: str, folder: Path, options: argparse.Namespace) -> None:
    answers = Answers(name="bench", origin=f"bench.example/{name}", store_url=url, last_signed="var/last")
    first = FirstPerson(badge="1001", name="Alex Doe", passphrase=PASSPHRASE)
    context = mp.get_context("spawn")
    port, told, stop = context.Queue(), context.Queue(), context.Event()
    switch = context.Process(target=simulate, args=(options.latency, port, stop, told), daemon=True)
    switch.start()
    source = Asked(port.get())
    with Node.create(folder / name, answers, first) as node:
        officer, hits = make_hits(node, options.queries)
        patience = 4 * options.latency + 10
        print(f"{name}: {options.queries} queries, {options.flight} in flight, {options.latency:g} s each")

        def bare(number: int) -> str:
            query = StateQuery(
                kind=QueryKind.REGISTRATION,
                control=f"B{number:09}",
                ori=ORI,
                operator="44-1203",
                to="OR",
                plate=f"SIM{number:04}",
                state="OR",
            )
            list(source.ask(query, patience))
            return query.control

        def verify(number: int) -> str:
            ask_state(officer, hits[number], lambda _system: source, system="leds", patience=patience, **WHY)
            return source.control.last

        alone = in_flight(options.queries, options.flight, options.latency, bare)
        ours = in_flight(options.queries, options.flight, options.latency, verify)
    stop.set()
    own = told.get()
    switch.join()
    said("the client", alone, own)
    said("recorded", ours, own)
    print(f"  wanted {WANTED} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--queries", type=int, default=600)
    parser.add_argument("--flight", type=int, default=200)
    parser.add_argument("--latency", type=float, default=10.0)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        if options.database != "postgresql":
            run("sqlite", "sqlite:///var/alpr.db", folder, options)
        if options.database != "sqlite":
            with postgresql(folder) as make_url:
                run("postgresql", make_url("bench"), folder, options)


if __name__ == "__main__":
    main()
