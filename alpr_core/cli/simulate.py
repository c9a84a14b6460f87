"""``alpr-core simulate``: what stands in for a state's system, for training and for trying things out."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import say
from alpr_core.interfaces import SimulatorSettings
from alpr_core.plugins import make_simulator


@open_to_all
@click.command()
@click.argument("name")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where it listens, at 127.0.0.1. Default: any that is free.",
)
@click.option("--dialect", default="", help="What it speaks: nlets-niem by default, nlets-text.")
@click.option("--seed", type=int, default=0, show_default=True, help="What it invents follows from this.")
@click.option(
    "--latency",
    type=click.FloatRange(0, 3600),
    default=0.5,
    show_default=True,
    help="Seconds until it answers.",
)
@click.option(
    "--fault",
    default="",
    help="What goes wrong: late, duplicate, garbled, half, silence, outage, reorder, reject.",
)
@click.option("--key", "keys", metavar="NAME=KEY", multiple=True, help="As the source's option keys has it.")
@pass_invocation
def simulate(
    invocation: Invocation,
    name: str,
    port: int,
    dialect: str,
    seed: int,
    latency: float,
    fault: str,
    keys: Sequence[str],
) -> None:
    """Stand in for the system that the data source NAME asks, until it is stopped.

    Needs neither node nor session. Everything that it answers is invented, and marked SIMULATED; a node that is live
    takes nothing from it. The same seed and the same questions have the same answers.

    \b
    Example:
      alpr-core simulate leds --port 7001 --fault reorder
    """
    settings = SimulatorSettings(
        port=port, dialect=dialect, seed=seed, latency=latency, fault=fault, keys=_pairs(keys)
    )
    simulator = make_simulator(invocation.host(), name, settings)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    simulator.serve(stop, _announce)


def _pairs(written: Sequence[str]) -> dict[str, str]:
    pairs = dict(each.partition("=")[::2] for each in written)
    if not all(name and key for name, key in pairs.items()):
        raise click.BadParameter("write it as NAME=KEY, like state_file=XX.", param_hint="--key")
    return pairs


def _announce(port: int, lines: Sequence[str]) -> None:
    say("\n".join([*lines, f"Listening on 127.0.0.1, port {port}. Ctrl-C stops it."]))
