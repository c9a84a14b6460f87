"""How long a decision takes under the largest pack with two overlays, and how long those take to read.

python benchmarks/policy.py [--rounds 20000]
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime

from alpr_core.entries import ACTIONS
from alpr_core.models import Actor, Request
from alpr_core.policy import Gate, Policy, lay_over, load_pack, pack_names

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def largest() -> Policy:
    """The pack with the most clauses, under every overlay there is."""
    packs = [load_pack(name, actions=ACTIONS) for name in pack_names()]
    overlays = [load_pack(name, kind="overlay", actions=ACTIONS) for name in pack_names("overlay")]
    return lay_over([max(packs, key=lambda pack: len(pack.clauses)), *overlays])


REQUESTS = {
    "a search": Request(
        action="search.run",
        actor=Actor(id="p1", roles=frozenset({"officer"})),
        at=NOW,
        purpose="stolen_vehicle",
        case="26-1041",
        facts={"trained": ("access",), "authority": ("department",), "names_one": True},
    ),
    "a release": Request(
        action="release.make",
        actor=Actor(id="p1", roles=frozenset({"officer"})),
        at=NOW,
        purpose="stolen_vehicle",
        facts={"trained": ("access",), "recipient": "law_enforcement", "recipient_verified": True},
    ),
    "a purge": Request(
        action="read.purge",
        actor=Actor(id="p1", roles=frozenset({"program_manager"})),
        at=NOW,
        facts={"captured_at": datetime(2026, 1, 1, tzinfo=UTC), "held": False},
    ),
    "nobody, and nothing that a clause names": Request(
        action="never.named", actor=Actor(id="anonymous"), at=NOW
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20_000)
    rounds = parser.parse_args().rounds
    start = time.perf_counter()
    policy = largest()
    read = time.perf_counter() - start
    gate = Gate(policy)
    print(
        f"policy: {policy.id}, {len(list(policy.clauses))} clauses; every pack and overlay read in {read:.2f} s"
    )
    for name, request in REQUESTS.items():
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            gate.decide(request)
            times.append(time.perf_counter() - start)
        times.sort()
        verdict = gate.decide(request).verdict
        median, late = statistics.median(times) * 1e6, times[int(rounds * 0.99)] * 1e6
        print(f"{name}: {verdict}, median {median:.0f} µs, 99th percentile {late:.0f} µs")


if __name__ == "__main__":
    main()
