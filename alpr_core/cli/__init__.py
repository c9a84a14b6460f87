"""The command line: one file a noun, imported when it is used."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import click

from alpr_core import __version__
from alpr_core.cli.frame import Frame, Invocation, Lazy

COMMANDS = {
    "init": Lazy("alpr_core.cli.init:init", "Make a node: its folder, keys, ledger and first person."),
    "demo": Lazy("alpr_core.cli.demo:demo", "See everything at work on synthetic plates, in two minutes."),
    "doctor": Lazy("alpr_core.cli.doctor:doctor", "Check this machine and the node, and say what to do."),
    "status": Lazy("alpr_core.cli.status:status", "What this node is, holds and last did."),
    "login": Lazy("alpr_core.cli.login:login", "Open a session."),
    "logout": Lazy("alpr_core.cli.logout:logout", "Close the session."),
    "shell": Lazy("alpr_core.cli.shell:shell", "The way in for people: log in, then one command a line."),
    "config": Lazy("alpr_core.cli.config:config", "The node's settings."),
    "upgrade": Lazy("alpr_core.cli.upgrade:upgrade", "Bring the database to this version of the program."),
    "run": Lazy("alpr_core.cli.run:run", "Run this node's jobs, again and again, until it is stopped."),
    "receive": Lazy(
        "alpr_core.cli.receive:receive", "Take the reads that other systems send, until it is stopped."
    ),
    "jobs": Lazy("alpr_core.cli.jobs:jobs", "What runs by itself: when it ran, and how that went."),
    "backup": Lazy("alpr_core.cli.backup:backup", "Make a backup: the data, and apart from it the keys."),
    "restore": Lazy("alpr_core.cli.restore:restore", "Bring a node back from a backup."),
    "policy": Lazy(
        "alpr_core.cli.policy:policy", "The policy pack: what is allowed, and which paragraph says so."
    ),
    "recognize": Lazy("alpr_core.cli.recognize:recognize", "Read plates in images, folders and videos."),
    "capture": Lazy(
        "alpr_core.cli.capture:capture", "Read plates, store them and match them with the hotlists."
    ),
    "reads": Lazy("alpr_core.cli.reads:reads", "Search and show stored reads, import those of others."),
    "acts": Lazy(
        "alpr_core.cli.acts:acts", "Put the case number of an earlier act right; which are to follow."
    ),
    "hotlist": Lazy("alpr_core.cli.hotlist:hotlist", "Import and list hotlists."),
    "hits": Lazy("alpr_core.cli.hits:hits", "Reads that met a hotlist."),
    "incidents": Lazy(
        "alpr_core.cli.incidents:incidents", "Incidents, and plates seen that nobody looks for yet."
    ),
    "canvass": Lazy("alpr_core.cli.canvass:canvass", "What is seen around a scene belongs to its incident."),
    "agencies": Lazy("alpr_core.cli.agencies:agencies", "Agencies and their people, verified."),
    "releases": Lazy("alpr_core.cli.releases:releases", "What was asked for, by whom, and what left."),
    "devices": Lazy(
        "alpr_core.cli.devices:devices", "The readers: where they are, and who approved of that."
    ),
    "holds": Lazy("alpr_core.cli.holds:holds", "What is kept beyond its time, as evidence."),
    "purge": Lazy("alpr_core.cli.purge:purge", "Destroy what is due and under no hold."),
    "retention": Lazy("alpr_core.cli.retention:retention", "What is kept how long, and what falls due when."),
    "clock": Lazy("alpr_core.cli.clock:clock", "Say that the clock is right, where that is in doubt."),
    "people": Lazy("alpr_core.cli.people:people", "Who may do what."),
    "training": Lazy("alpr_core.cli.training:training", "Who is trained, until when, and who is not."),
    "authority": Lazy("alpr_core.cli.authority:authority", "Who may use which system's data."),
    "delegations": Lazy("alpr_core.cli.delegations:delegations", "Who acts for which office."),
    "approvals": Lazy("alpr_core.cli.approvals:approvals", "Approvals: given, refused, waited for."),
    "breach": Lazy("alpr_core.cli.breach:breach", "Who was exposed, and by when it is reported."),
    "audits": Lazy("alpr_core.cli.audits:audits", "For auditors: the logs of vendors' systems."),
    "misuse": Lazy("alpr_core.cli.misuse:misuse", "Files on use that was not authorised."),
    "notify": Lazy("alpr_core.cli.notify:notify", "Notices to persons: whether they arrive."),
    "ledger": Lazy("alpr_core.cli.ledger:ledger", "Read and verify the ledger."),
    "plugins": Lazy("alpr_core.cli.plugins:plugins", "What is installed, and why something is not used."),
    "models": Lazy("alpr_core.cli.models:models", "Model files of recognizers."),
    "simulate": Lazy("alpr_core.cli.simulate:simulate", "Stand in for a state's system, for training."),
}
"""Our own commands, in the order of the help."""


def _remember_directory(
    context: click.Context, _parameter: click.Parameter, value: Path | None
) -> Path | None:
    context.ensure_object(Invocation).directory = value
    return value


def _remember_receipt(context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    if value is not None:
        if value.exists() or not os.access(value.parent, os.W_OK):  # before anything is done
            why = "it is there already" if value.exists() else "its folder cannot be written to"
            raise click.BadParameter(f"{value}: {why}; name a new file.")
        context.ensure_object(Invocation).receipt = value
    return value


@click.group(
    cls=Frame,
    lazy=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit status: 0 done, 1 failed, 2 usage or configuration, 3 denied by policy, 4 verification failed.",
)
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_remember_directory,
    help="The node's folder. Default: $ALPR_HOME, else the nearest folder upward with an alpr.toml.",
)
@click.option(
    "--receipt",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_remember_receipt,
    help="Write proof of what the command put on the ledger, a denial too, to a new file: check it with "
    "python -m alpr_ledger proof.",
)
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Run licence-plate readers under a written policy, and let anyone check that it was kept."""


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # a terminal that lacks a letter still gets the line
    cli(prog_name="alpr-core")
