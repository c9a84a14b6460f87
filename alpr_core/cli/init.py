"""``alpr-core init``: make a node."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import note, say
from alpr_core.cli.passphrases import new_passphrase, passphrase_file_option

if TYPE_CHECKING:
    from alpr_core.node import Node


@open_to_all
@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--answers", "answers_file", type=click.Path(path_type=Path), help="Take the answers from a TOML file."
)
@click.option("--department", help="The department's name.")
@click.option("--ori", help="The agency's ORI, nine letters and digits.")
@click.option("--state", help="Two letters: decides which laws are laid over the policy.")
@click.option("--name", help="Of this node; short, without spaces: medford-server.")
@click.option("--origin", help="Of its ledger, for ever: alpr.medford.example/ledger/2026.")
@click.option(
    "--role", type=click.Choice(["server", "vehicle"]), help="Where it stands; a server if left out."
)
@click.option("--timezone", help="America/Los_Angeles; UTC if left out.")
@click.option("--pack", help="Policy pack: a name, or a .toml file; minimal if left out.")
@click.option(
    "--overlay",
    "overlays",
    multiple=True,
    help="Law laid over the pack; may be given again. Default: those that come with the program for its state.",
)
@click.option("--store", help="Database URL; SQLite in var/ if left out.")
@click.option("--badge", help="Badge number of the first person, who sets the node up.")
@click.option("--person", help="Legal name of the first person.")
@passphrase_file_option
@pass_invocation
def init(
    invocation: Invocation,
    /,
    directory: Path,
    answers_file: Path | None,
    passphrase_file: Path | None,
    **options: Any,
) -> None:
    """Make a node in DIRECTORY: settings, keys, database, ledger and the first person.

    It asks one question a line for whatever it was not told: ? explains a question, < goes back, and what the policy
    leaves open may stay unknown for now. Nothing is written before the end.

    \b
    Examples:
      alpr-core init ~/medford
      alpr-core init ~/medford --answers medford.toml --passphrase-file ~/passphrase
    """
    from alpr_core.backup.secret import new_printed
    from alpr_core.cli.backup_pages import backup_pages
    from alpr_core.cli.init_questions import NEEDED, InitQuestions, filled_in, read_answers
    from alpr_core.cli.questions import ask
    from alpr_core.config import Answers
    from alpr_core.entries import ACTIONS
    from alpr_core.node import FirstPerson, Node
    from alpr_core.policy import RuleKinds, load_pack, overlays_for

    given = read_answers(answers_file) if answers_file else {}
    given |= {name: value for name, value in options.items() if value not in (None, ())}
    load = partial(load_pack, kinds=RuleKinds(invocation.host().policy_rules()), actions=ACTIONS)
    if any(name not in given for name in NEEDED):
        given = ask(InitQuestions(load), given)
    pack = given.get("pack") or "minimal"
    if "overlays" not in given:
        given["overlays"] = overlays_for(given.get("state") or load(pack).state)
    answers = Answers(
        name=given["name"],
        origin=given["origin"],
        role=given.get("role") or "server",
        timezone=given.get("timezone") or "UTC",
        department=given.get("department") or "",
        ori=given.get("ori") or "",
        pack=pack,
        overlays=tuple(given["overlays"]),
        values=filled_in(given),
        store_url=given.get("store") or "sqlite:///var/alpr.db",
    )
    first = FirstPerson(
        badge=given["badge"], name=given["person"], passphrase=new_passphrase(passphrase_file)
    )
    recipient, printed = new_printed()
    node = Node.create(directory, answers, first, recipient=recipient)
    invocation.adopt(node)
    _tell(node, directory, given["badge"])
    say(backup_pages(printed, node.settings.node.name))


def _tell(node: Node, directory: Path, badge: str) -> None:
    """Say what was made, what is still open, and what comes next."""
    from alpr_core.cli.clerk_page import clerk_page
    from alpr_core.policy.words import notices, reminders

    policy = node.site.gate.policy
    today = policy.day(node.site.clock())
    say(f"Node {node.settings.node.name} is ready in {directory}.")
    say(f"Policy: {policy.id} ({policy.pack.title}).")
    say("\n".join(f"  {each}" for each in (*notices(policy), *reminders(policy, today))))
    missing = policy.missing(today)
    if missing:
        say("It works in training mode until these are filled in ([policy.values] and [policy.choices]):")
        say("\n".join(f"  {each}" for each in missing))
    say(f"The ledger's verifier key, for whoever checks it one day:\n  {node.site.log.key.vkey}")
    say(f"Settings: {node.settings.file}")
    page = clerk_page(str(node.site.log.key.vkey), node.newest_checkpoint())
    say(f"Print this half page and have it filed outside of the department, by the city clerk say:\n\n{page}")
    note(f"Next: alpr-core -C {directory} login --badge {badge}")
