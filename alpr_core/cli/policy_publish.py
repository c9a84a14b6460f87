"""``alpr-core policy publish``: the policy as a page for the public."""

from __future__ import annotations

from pathlib import Path

import click

from alpr_core.cli.confined import Written
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record
from alpr_core.cli.policy_chosen import chosen_policy, overlay_option, pack_option, today


@click.command()
@click.argument("target", metavar="DIR", type=Written(path_type=Path))
@pack_option
@overlay_option
@json_option
@pass_invocation
def publish(
    invocation: Invocation, target: Path, pack: str | None, overlays: tuple[str, ...], as_json: bool
) -> None:
    """Write the node's policy into DIR as a page for the department's website, and as JSON for programs.

    The page needs no script and no other file. It takes the place of an earlier one, and of nothing else. With --pack
    that pack is written as its file says, which needs neither node nor login.

    \b
    Examples:
      alpr-core policy publish /srv/www/alpr-policy
      alpr-core policy publish preview --pack minimal
    """
    if pack is None and invocation.settings_or_none() is not None:
        from alpr_core.services.policy import publish_policy

        publication = publish_policy(invocation.act(), target)
    else:
        from alpr_core.policy.publication import Publication
        from alpr_core.policy.publishing import site, write_site

        chosen = chosen_policy(invocation, pack, overlays, overlay_alone=False)
        publication = Publication(policy=chosen, on=today(chosen))
        write_site(target, site(publication))
    print_record(
        {"target": target, "policy": publication.policy.id, "digest": publication.policy.digest},
        as_json=as_json,
    )
    note(f"Look at it in a browser before you post it: {target / 'index.html'}")
