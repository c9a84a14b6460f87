"""``alpr-core people grant|leave|reopen|reset|totp|passphrase``: what becomes of an account."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
import segno

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, say
from alpr_core.cli.passphrases import ask_passphrase, new_passphrase, passphrase_file_option, with_code
from alpr_core.cli.second_person import agreed_by_second, second_options
from alpr_core.cli.times import LOCAL_TIME, to_utc


@click.command()
@click.argument("badge")
@click.option("--role", "add", multiple=True, help="Role to give; may be given again.")
@click.option("--remove", multiple=True, help="Role to take away; may be given again.")
@second_options
@reason_option
@json_option
@pass_invocation
def grant(
    invocation: Invocation,
    badge: str,
    add: tuple[str, ...],
    remove: tuple[str, ...],
    second: str | None,
    second_passphrase_file: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Change the roles of the person with this BADGE number.

    \b
    Example:
      alpr-core people grant 1002 --role supervisor --remove officer --reason 'promoted on 2026-12-01'
    """
    from alpr_core.services.accounts import GRANT, grant_roles

    act = invocation.act()
    act.admit(GRANT, reason=reason)
    agreed = agreed_by_second(act, add, second, second_passphrase_file, to=badge, removed=remove)
    before = grant_roles(act, badge, add=add, remove=remove, second=agreed, reason=reason)
    print_record(
        {
            "badge": before.badge,
            "name": before.name,
            "roles": sorted((before.roles | set(add)) - set(remove)),
            "before": sorted(before.roles),
        },
        as_json=as_json,
    )


@click.command()
@click.argument("badge")
@click.option("--on", "day", type=LOCAL_TIME, help="From this day or time on; at once if left out.")
@second_options
@reason_option
@json_option
@pass_invocation
def leave(
    invocation: Invocation,
    badge: str,
    day: datetime | None,
    second: str | None,
    second_passphrase_file: Path | None,
    reason: str,
    as_json: bool,
) -> None:
    """Close the account of the person with this BADGE number for good, and list what somebody has to take over."""
    from alpr_core.services.accounts import LEAVE
    from alpr_core.services.accounts import leave as close

    act, zone = invocation.act(), invocation.node().settings.zone
    act.admit(LEAVE, reason=reason)
    agreed = agreed_by_second(act, (), second, second_passphrase_file, to=badge, removed=None)
    done = close(act, badge, to_utc(day, zone) or act.now, second=agreed, reason=reason)
    print_record(
        {
            "badge": done.person.badge,
            "name": done.person.name,
            "closed from": done.at,
            "sessions ended": done.sessions,
            "authorities ended": done.authorities,
            "delegations ended": done.delegations,
            "to be taken over": list(done.to_take_over),
        },
        as_json=as_json,
        zone=zone,
    )


@click.command()
@click.argument("badge")
@reason_option
@json_option
@pass_invocation
def reopen(invocation: Invocation, badge: str, reason: str, as_json: bool) -> None:
    """Open an account again that is locked, or closed because nobody logged in for 90 days."""
    from alpr_core.services.accounts import reopen as open_again

    person = open_again(invocation.act(), badge, reason=reason)
    print_record({"badge": person.badge, "name": person.name, "open": True}, as_json=as_json)


@click.command()
@click.argument("badge")
@reason_option
@json_option
@pass_invocation
def reset(invocation: Invocation, badge: str, reason: str, as_json: bool) -> None:
    """Take a lost second factor off somebody else's account; they are told at each login until there is a new one."""
    from alpr_core.services.accounts import reset_second_factor

    person = reset_second_factor(invocation.act(), badge, reason=reason)
    print_record({"badge": person.badge, "name": person.name, "second factor": False}, as_json=as_json)


@click.command()
@pass_invocation
def totp(invocation: Invocation) -> None:
    """Set up your second factor: scan the code with an authenticator app, and type what it shows.

    From then on every login asks for a code of six digits. Each is good once.
    """
    from alpr_core.second_factor import address
    from alpr_core.services.accounts import before_second_factor, own_badge, set_second_factor

    act = invocation.act()
    secret = before_second_factor(act)
    link = address(secret, badge=own_badge(act), node=invocation.node().settings.node.name)
    segno.make_qr(link, error="m").terminal(compact=True)
    say(f"Or type this secret into the app: {secret}")
    set_second_factor(act, secret, click.prompt("Code that it shows now", err=True).strip())
    note("Your account has a second factor now. The secret is not shown again.")


@click.command()
@passphrase_file_option
@click.option(
    "--new-passphrase-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Take the new passphrase from the first line of this file (0600) instead of asking.",
)
@json_option
@pass_invocation
def passphrase(
    invocation: Invocation, passphrase_file: Path | None, new_passphrase_file: Path | None, as_json: bool
) -> None:
    """Change your passphrase; your other sessions end."""
    from alpr_core.services.accounts import change_passphrase, own_badge
    from alpr_core.services.login import Credentials

    act = invocation.act()
    badge = own_badge(act)
    old, new = ask_passphrase(passphrase_file), new_passphrase(new_passphrase_file)
    ended = with_code(lambda code: change_passphrase(act, Credentials(badge, old, code), new))
    print_record({"changed": True, "sessions ended": ended}, as_json=as_json)
