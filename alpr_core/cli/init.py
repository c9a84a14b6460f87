"""``alpr-core init``: make a node."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import note, say
from alpr_core.cli.passphrases import new_passphrase, passphrase_file_option


@open_to_all
@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", prompt="Name of this node", help="Short, without spaces: medford-server.")
@click.option(
    "--origin",
    prompt="Name of its ledger, as HOST/ledger/ID (it never changes)",
    help="For example alpr.medford.example/ledger/2026.",
)
@click.option("--role", type=click.Choice(["server", "vehicle"]), default="server", show_default=True)
@click.option("--timezone", prompt="Time zone", default="UTC", show_default=True, help="America/Los_Angeles")
@click.option("--pack", default="minimal", show_default=True, help="Policy pack: a name, or a .toml file.")
@click.option(
    "--overlay",
    "overlays",
    multiple=True,
    help="Law laid over the pack; may be given again. Default: those that come with the program for its state.",
)
@click.option(
    "--store", "store_url", default="sqlite:///var/alpr.db", show_default=True, help="Database URL."
)
@click.option("--badge", prompt="Your badge number", help="Of the first person, who administers the node.")
@click.option("--person", prompt="Your legal name", help="Of the first person.")
@passphrase_file_option
@pass_invocation
def init(
    invocation: Invocation,
    directory: Path,
    name: str,
    origin: str,
    role: str,
    timezone: str,
    pack: str,
    overlays: tuple[str, ...],
    store_url: str,
    badge: str,
    person: str,
    passphrase_file: Path | None,
) -> None:
    """Make a node in DIRECTORY: settings, keys, database, ledger and the first person.

    \b
    Example:
      alpr-core init ~/medford --name medford-server --origin alpr.medford.example/ledger/1
    """
    from alpr_core.cli.clerk_page import clerk_page
    from alpr_core.config import Answers
    from alpr_core.entries import ACTIONS
    from alpr_core.node import FirstPerson, Node
    from alpr_core.policy import RuleKinds, load_pack, overlays_for
    from alpr_core.policy.words import notices, reminders

    if not overlays:
        kinds = RuleKinds(invocation.host().policy_rules())
        overlays = overlays_for(load_pack(pack, kinds=kinds, actions=ACTIONS).state)
    answers = Answers(
        name=name,
        origin=origin,
        role=role,
        timezone=timezone,
        pack=pack,
        overlays=overlays,
        store_url=store_url,
    )
    first = FirstPerson(badge=badge, name=person, passphrase=new_passphrase(passphrase_file))
    node = Node.create(directory, answers, first)
    invocation.adopt(node)
    policy = node.site.gate.policy
    today = policy.day(node.site.clock())
    say(f"Node {name} is ready in {directory}.")
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
