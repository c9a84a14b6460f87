"""What commands whose act may need an approval have in common: asking for one, and using one."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import click

from alpr_core.cli.output import note, print_record

if TYPE_CHECKING:
    from alpr_core.act import Act
    from alpr_core.approval import Approval

request_option = click.option(
    "--request", "ask", is_flag=True, help="Do not do it: ask for the approval that it needs."
)
approval_option = click.option(
    "--approval", type=click.IntRange(0), default=0, help="Number of the approval that was given for this."
)


@contextmanager
def offering_to_ask(act: Act) -> Iterator[None]:
    """Let a denial end with the way to ask, where an approval is all that was lacking."""
    from alpr_core.errors import Denied
    from alpr_core.services.approvals import can_be_asked_for

    try:
        yield
    except Denied as denial:
        if can_be_asked_for(act, denial):
            denial.add_note(f"To ask for the approval: {_same_command('--request')}")
        raise


def _same_command(*more: str) -> str:
    """Return the command that runs, as somebody would type it, with further words."""
    context = click.get_current_context()
    words, arguments = context.command_path.split(" "), list[str]()
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if value in (None, "", 0, False, ()) or value == parameter.default:
            continue
        values = value if isinstance(value, tuple) else (value,)
        if isinstance(parameter, click.Argument):
            arguments += map(_typed, values)
        elif value is True:
            words.append(parameter.opts[0])
        else:
            words += [word for one in values for word in (parameter.opts[0], _typed(one))]
    return shlex.join([*words, *arguments, *more])


def _typed(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def tell_asked(approval: Approval, *, as_json: bool) -> None:
    """Say what number the request has, and how to go on."""
    print_record(
        {"approval": approval.id, "action": approval.action, "asked by": list(approval.clauses)},
        as_json=as_json,
    )
    note(
        f"Asked for. Wait for it with: alpr-core approvals wait {approval.id} (approvals duty: who is on duty)\n"
        f"Then give the same command with --approval {approval.id} in the place of --request."
    )
