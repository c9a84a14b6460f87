"""``alpr-core upgrade``: bring the node's database to this version of the program."""

from __future__ import annotations

import click

from alpr_core.cli.frame import Invocation, open_to_all, pass_invocation
from alpr_core.cli.output import json_option, note, print_record


@open_to_all
@click.command()
@click.option("--check", "only_check", is_flag=True, help="Only say what would be done; change nothing.")
@json_option
@pass_invocation
def upgrade(invocation: Invocation, only_check: bool, as_json: bool) -> None:
    """Bring the node's database to this version of the program, all of it or nothing.

    A SQLite database is copied before, and the copy verified; on PostgreSQL it is one transaction. One that fails
    leaves the node as it was.

    Nobody can log in before that, so it is open to whoever may write the database. Until its settings are accepted
    anew (config apply), the node captures and does little else.
    """
    from alpr_core.node import Node

    folder = invocation.folder()
    plan = Node.upgrade(folder, only_check=only_check)
    record: dict[str, object] = {
        "node": folder,
        "due" if only_check else "upgraded": plan.is_due,
        "version": plan.version,
        "new version": plan.new_version,
        "schema": plan.schema,
        "new schema": plan.new_schema,
        "changed": plan.changed,
        "copy MiB": plan.copy_bytes >> 20,
        "free MiB": plan.free_bytes >> 20,
    }
    if as_json:
        record = {name.replace(" ", "_"): value for name, value in record.items()}
    print_record(record, as_json=as_json)
    if not plan.is_due:
        note("It is of this version already.")
    elif only_check:
        note("Nothing was changed. Next: alpr-core upgrade")
    elif plan.migrates or any(part != "alpr-core" for part in plan.changed):
        note("Next: alpr-core login, then: alpr-core config apply")
