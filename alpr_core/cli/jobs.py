"""``alpr-core jobs``: what a node does by itself. These commands run nothing: they ask the process that does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import click

from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows

reason_option = click.option("--reason", default="", help="Why.")


@click.group()
def jobs() -> None:
    """What this node does by itself. The process that does it is "alpr-core run"."""


@jobs.command("list")
@json_option
@pass_invocation
def list_(invocation: Invocation, as_json: bool) -> None:
    """List the jobs, when each ran last, and when it is to run next."""
    from alpr_core.services.jobs import list_jobs

    node = invocation.node()
    known = {job.name: job for job in node.jobs()}
    rows: list[Mapping[str, object]] = []
    for state in list_jobs(invocation.act(), {job.name: job.every for job in known.values()}):
        job, last = known[state.name], state.last
        rows.append(
            {
                "job": state.name,
                "every": _words(job.every) if not as_json else round(job.every.total_seconds()),
                "started": last.started if last else None,
                "result": (last.error or last.result) if last else "",
                "next": None if state.paused_at else job.slot(node.site.clock()) + job.every,
                "paused": state.paused_at,
                "asked": state.asked_at,
                "says": job.says,
            }
        )
    print_rows(
        rows,
        columns={
            "job": "Job",
            "every": "Every",
            "started": "Last run",
            "result": "Result",
            "next": "Next",
            "paused": "Paused since",
            "says": "What it does",
        },
        as_json=as_json,
        zone=node.settings.zone,
    )


@jobs.command("run")
@click.argument("name")
@reason_option
@json_option
@pass_invocation
def run_(invocation: Invocation, name: str, reason: str, as_json: bool) -> None:
    """Ask for job NAME to be run now, also one that is paused.

    \b
    Example:
      alpr-core jobs run verify-ledger
    """
    from alpr_core.services.jobs import ask_to_run

    leads = ask_to_run(invocation.act(), name, _intervals(invocation), reason=reason)
    print_record({"job": name, "asked": True, "somebody runs jobs": leads}, as_json=as_json)
    if not leads:
        note("No process runs jobs now: it is run once alpr-core run does.")


@jobs.command()
@click.argument("name")
@click.option("--resume", is_flag=True, help="Let it go on.")
@reason_option
@json_option
@pass_invocation
def pause(invocation: Invocation, name: str, resume: bool, reason: str, as_json: bool) -> None:
    """Pause job NAME: it runs only when somebody asks for it, until it is let go on (--resume)."""
    from alpr_core.services.jobs import pause_job

    pause_job(invocation.act(), name, _intervals(invocation), resume=resume, reason=reason)
    print_record({"job": name, "paused": not resume}, as_json=as_json)


@jobs.command()
@click.argument("name", default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="So many runs.")
@json_option
@pass_invocation
def history(invocation: Invocation, name: str, limit: int, as_json: bool) -> None:
    """Show the last runs, of job NAME or of all: when, how they ended, and what they counted."""
    from alpr_core.services.jobs import show_history

    print_rows(
        (
            {
                "job": run.job,
                "due": run.due,
                "started": run.started,
                "ended": run.ended,
                "result": run.result,
                "error": run.error,
                "attempt": run.attempt,
                "counts": run.counts if as_json else [f"{what} {n:,}" for what, n in run.counts.items()],
            }
            for run in show_history(invocation.act(), name, limit=limit)
        ),
        columns={
            "job": "Job",
            "due": "Due",
            "started": "Started",
            "ended": "Ended",
            "result": "Result",
            "error": "Error",
            "counts": "Counts",
        },
        as_json=as_json,
        empty="No job has run yet.",
        zone=invocation.node().settings.zone,
    )


def _intervals(invocation: Invocation) -> dict[str, timedelta]:
    return {job.name: job.every for job in invocation.node().jobs()}


def _words(every: timedelta) -> str:
    from alpr_core.periods import Period

    hours, minutes = divmod(round(every.total_seconds() / 60), 60)
    days, hours = divmod(hours, 24)
    return Period(0, days, 60 * hours + minutes, "").words
