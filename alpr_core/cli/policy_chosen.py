"""Which policy a command is about: a pack by its name or file, or that of the node."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from alpr_core.cli.confined import NAME_OR_FILE
from alpr_core.cli.output import note
from alpr_core.clock import system_clock

if TYPE_CHECKING:
    from alpr_core.cli.frame import Invocation
    from alpr_core.config import Settings
    from alpr_core.policy import Policy

AT_THE_NODE = "@node"
"""Behind a pack's name: as the node works under it, with overlays, values and choices."""

overlay_option = click.option(
    "--overlay",
    "overlays",
    multiple=True,
    type=NAME_OR_FILE,
    metavar="NAME",
    help="Lay this over the pack; may be given again.",
)
pack_option = click.option(
    "--pack",
    metavar="PACK",
    type=NAME_OR_FILE,
    help="Under this pack, a name or a .toml file, and not that of the node.",
)


def chosen_policy(
    invocation: Invocation, pack: str | None, overlays: tuple[str, ...] = (), *, overlay_alone: bool = True
) -> Policy:
    """Return a pack with overlays over it, or without a name the policy of the node.

    Args:
        invocation: knows the node.
        pack: name or file; ``NAME@node`` is the node's; None too.
        overlays: names or files.
        overlay_alone: whether the name of an overlay will do, to be looked at by itself.

    Raises:
        ConfigError: with every problem of the packs.
        click.UsageError: there is no node, or it works under another pack.
    """
    from alpr_core.entries import ACTIONS
    from alpr_core.policy import Policy, RuleKinds, lay_over, load_pack

    if pack is None or pack.endswith(AT_THE_NODE):
        return _of_the_node(invocation, (pack or "").removesuffix(AT_THE_NODE), overlays)
    kinds = RuleKinds(invocation.host().policy_rules())
    first = load_pack(
        pack, kind=None if overlay_alone and not overlays else "department", kinds=kinds, actions=ACTIONS
    )
    if first.kind == "overlay":
        return Policy(first)
    return lay_over(
        [first, *(load_pack(name, kind="overlay", kinds=kinds, actions=ACTIONS) for name in overlays)]
    )


def _of_the_node(invocation: Invocation, name: str, overlays: tuple[str, ...]) -> Policy:
    from alpr_core.policy import pack_names

    in_force = _in_force(invocation)
    settings = in_force[0] if in_force else invocation.settings_or_none()
    if settings is None:
        known = ", ".join([*pack_names(), *pack_names("overlay")])
        raise click.UsageError(f"Without a node, say which pack: {known}, or a .toml file.")
    if overlays:
        raise click.UsageError("--overlay goes with a pack; those of the node stand in its alpr.toml.")
    policy = in_force[1] if in_force else _as_written(invocation, settings)
    if name not in ("", policy.pack.id, settings.policy.pack):
        raise click.UsageError(f"The node works under {policy.pack.id}, not under {name}.")
    return policy


def _in_force(invocation: Invocation) -> tuple[Settings, Policy] | None:
    """Return what the node works under, which need not be what stands in alpr.toml; None if it can't be opened."""
    from alpr_core.errors import AlprError

    try:
        node = invocation.node()
    except AlprError:
        return None  # a policy can be shown where its node has another trouble
    if node.pending is not None:
        note("This is the policy in force. Other settings wait to be accepted: alpr-core config check.")
    return node.settings, node.site.gate.policy


def _as_written(invocation: Invocation, settings: Settings) -> Policy:
    from alpr_core.effective import policy_of

    return policy_of(settings, invocation.host())


def today(policy: Policy) -> date:
    """Return the day that it is where the policy counts its days."""
    return system_clock().astimezone(policy.zone).date()
