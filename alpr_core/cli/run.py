"""``alpr-core run``: the node's daemon."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation


@open_to_all
@click.command()
@pass_invocation
def run(invocation: Invocation) -> None:
    """Run this node's jobs, again and again, until it is stopped.

    Of all processes that share the node's database one runs the jobs; any other waits, and goes on where it ends. It
    works until SIGTERM or Ctrl-C: then it finishes the jobs in hand. What it does is logged on stderr, without plates
    and names. On a server systemd starts it (deploy/).

    Jobs act on the authority of a person whom alpr.toml names: [jobs] by.
    """
    import logging
    import signal
    import threading

    from alpr_core.errors import ConfigError
    from alpr_core.node import Node
    from alpr_core.scheduler import Ended

    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", force=True)
    logger = logging.getLogger("alpr_core")
    logger.setLevel(logging.INFO)
    ended = Ended.OUTDATED
    while ended is Ended.OUTDATED and not stop.is_set():
        with Node.open(invocation.folder()) as node:
            if node.pending is not None:
                problem = (
                    f"{node.pending.headline}. No job runs until that is settled: alpr-core config apply"
                )
                raise ConfigError([problem], where=str(node.settings.file))
            for problem in node.host.problems:
                logger.warning("%s", problem)
            for each in node.cut_off:
                logger.warning("%s of entry %s was cut off; nobody knows how it ended", each.kind, each.entry)
            ended = node.daemon().serve(stop)
        if ended is Ended.OUTDATED:
            logger.info("other settings were accepted: starts anew under them")
    logger.info("stopped")
