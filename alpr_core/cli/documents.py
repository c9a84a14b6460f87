"""``alpr-core policy documents``: the programme file beside the policy."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alpr_core.cli.asking import reason_option
from alpr_core.cli.frame import Invocation, pass_invocation
from alpr_core.cli.output import json_option, note, print_record, print_rows
from alpr_core.programme import Document, DocumentKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY = click.DateTime(["%Y-%m-%d"])
_COLUMNS = {
    "document": "No.",
    "kind": "Kind",
    "title": "Title",
    "owner": "Owner",
    "dated": "Dated",
    "review": "Review",
    "roles": "For",
    "withdrawn": "Withdrawn",
}


@click.group()
def documents() -> None:
    """The programme file: guidelines, procedures, monitoring plan, courses, designee, schedule."""


@documents.command()
@click.argument("kind", type=click.Choice([kind.value for kind in DocumentKind]))
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--title", required=True, help="What it is called; of a designee, the office.")
@click.option("--owner", required=True, help="Who answers for it; of a designee, the person's name.")
@click.option(
    "--date", "dated", type=_DAY, help="Its date, 2026-11-23, or a designee's first day; today if left out."
)
@click.option("--review", type=_DAY, help="The day by which it is looked at again.")
@click.option("--area", type=click.Choice(["operate", "access"]), help="Of a course: what it is for.")
@click.option("--role", "roles", multiple=True, help="Of a course: whom it is for; may be given again.")
@click.option("--valid", default="", help="Of a course: how long it counts, as P1Y.")
@json_option
@pass_invocation
def add(
    invocation: Invocation,
    kind: str,
    file: Path | None,
    title: str,
    owner: str,
    dated: datetime | None,
    review: datetime | None,
    area: str | None,
    roles: tuple[str, ...],
    valid: str,
    as_json: bool,
) -> None:
    """Add a document of this KIND, from FILE. It is kept as it is, under its hash.

    \b
    Examples:
      alpr-core policy documents add guideline guide.pdf --title 'ALPR guideline' --owner 'Kim Poe' --date 2026-11-23
      alpr-core policy documents add designee --title Lieutenant --owner 'Kim Poe' --date 2026-11-23
    """
    from alpr_core.services.programme import add_document

    act, zone = invocation.act(), invocation.node().settings.zone
    given = Document(
        kind=DocumentKind(kind),
        title=title,
        owner=owner,
        dated=(dated or act.now.astimezone(zone)).date(),
        review=review.date() if review else None,
        area=area or "",
        roles=roles,
        valid=valid,
        added_at=act.now,
    )
    added = add_document(act, given, file=file, folder=invocation.node().settings.var / "documents")
    print_record({**_row(added), "sha256": added.sha256}, as_json=as_json)


@documents.command()
@click.argument("number", type=int)
@reason_option
@json_option
@pass_invocation
def withdraw(invocation: Invocation, number: int, reason: str, as_json: bool) -> None:
    """Withdraw document NUMBER: it counts no longer, and stays on file."""
    from alpr_core.services.programme import withdraw_document

    withdrawn = withdraw_document(invocation.act(), number, reason=reason)
    print_record({"document": number, "kind": withdrawn.kind, "title": withdrawn.title}, as_json=as_json)


@documents.command("list")
@click.option("--withdrawn", is_flag=True, help="Also those that count no longer.")
@json_option
@pass_invocation
def list_(invocation: Invocation, withdrawn: bool, as_json: bool) -> None:
    """List the documents, what is missing, and what is due for review."""
    from alpr_core.services.programme import show_programme

    programme = show_programme(invocation.act(), withdrawn=withdrawn)
    print_rows(
        [{**_row(one), "sha256": one.sha256, "file": one.file} for one in programme.documents],
        columns=_COLUMNS,
        as_json=as_json,
        empty="The programme file is empty.",
        zone=invocation.node().settings.zone,
    )
    for each in programme.missing:
        note(f"missing: {each}")
    for one in programme.overdue:
        note(f"review is overdue: document {one.id}, {one.title}, by {one.review}")


@documents.command()
@json_option
@pass_invocation
def users(invocation: Invocation, as_json: bool) -> None:
    """Describe who is authorised, by job title, contractors marked; made from the accounts, without names."""
    from alpr_core.services.programme import show_programme

    programme = show_programme(invocation.act())
    print_rows(
        (
            {
                "title": one.title or "(no job title on record)",
                "contractors": one.contractors,
                "roles": one.roles,
                "people": one.people,
            }
            for one in programme.authorised
        ),
        columns={
            "title": "Job title",
            "contractors": "Contractors",
            "roles": "Authorised as",
            "people": "People",
        },
        as_json=as_json,
    )


def _row(one: Document) -> Mapping[str, object]:
    return {
        "document": one.id,
        "kind": one.kind.value,
        "title": one.title,
        "owner": one.owner,
        "dated": _day(one.dated),
        "review": _day(one.review),
        "roles": one.roles,
        "withdrawn": one.withdrawn_at,
    }


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
