"""``alpr-core receive``: the server that takes the reads which other systems send, or fetches them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.errors import PluginError
from alpr_core.options import is_this_machine

if TYPE_CHECKING:
    from alpr_core.receiving import Receiver
    from alpr_core.receiving.server import Server

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@open_to_all
@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8787, show_default=True, help="0: a free one.")
@click.option("--tls-certificate", "certificate", type=_FILE, help="PEM file, with those that vouch for it.")
@click.option("--tls-key", "key", type=_FILE, help="PEM file of its private key.")
@click.option(
    "--without-tls",
    is_flag=True,
    help="Listen beyond this machine and let plates and tokens be read on the way: only behind what speaks TLS.",
)
@pass_invocation
def receive(
    invocation: Invocation,
    host: str,
    port: int,
    certificate: Path | None,
    key: Path | None,
    without_tls: bool,
) -> None:
    """Take the reads that other systems send, until it is stopped: POST to /SOURCE with the source's token.

    It answers once they are stored. Each [[source]] whose options have a token may send; where they have a broker,
    messages are fetched there. Reads are stored on the authority of a person whom alpr.toml names: [jobs] by.
    docs/importing-reads.md says how senders are set up.
    """
    import logging
    import signal
    import threading

    from alpr_core.node import Node
    from alpr_core.receiving import Listeners

    if (certificate is None) != (key is None):
        raise click.UsageError("A certificate needs its key, and a key its certificate.")
    if certificate is None and not without_tls and not (host == "localhost" or is_this_machine(host)):
        raise click.UsageError(
            f"Others than this machine reach {host}, so give --tls-certificate and --tls-key; or --without-tls where "
            "a web server before it speaks TLS."
        )
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s", force=True)
    logger = logging.getLogger("alpr_core")
    logger.setLevel(logging.INFO)
    outdated = True
    while outdated and not stop.is_set():
        with Node.open(invocation.folder()) as node:
            if node.pending is not None:  # reads go on being stored, under the settings that were accepted
                logger.warning("%s", node.pending.headline)
            receiver = node.receiver()
            for source in receiver.subscribing:
                logger.info("%s fetches its messages itself", source)
            with Listeners(receiver):
                if receiver.is_sent_to:
                    server = _server(receiver, certificate, key)
                    listening = server.listen(host, port)
                    port = listening.getsockname()[1]  # the same one again, if it starts anew
                    logger.info("listens on %s, port %d, for %s", host, port, ", ".join(receiver.names))
                    outdated = server.serve(listening, stop)
                else:
                    outdated = receiver.wait(stop)
        if outdated:
            logger.info("other settings were accepted: starts anew under them")
    logger.info("stopped")


def _server(receiver: Receiver, certificate: Path | None, key: Path | None) -> Server:
    try:
        from alpr_core.receiving.server import Server, Tls
    except ModuleNotFoundError as error:
        raise PluginError(
            f"the web server is not installed: {error.name} is missing. Run: pip install 'alpr-core[webhooks]'"
        ) from error
    tls = None if certificate is None or key is None else Tls(certificate=certificate, key=key)
    return Server(receiver, tls=tls)
