"""How every command speaks: tables for people, JSON lines for programs, notes on stderr.

What is shown comes from plates, hotlists and file names, so it may try to drive the terminal: control characters
and characters that turn the reading direction are made visible. JSON is plain ASCII, so it cannot.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from enum import Enum
from typing import Any

import click

_HOSTILE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 and C1 controls, line and paragraph separators, directional marks (UAX #9), lone surrogates."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON object a line instead of a table."
)
"""Adds ``--json`` to a command, which takes it as ``as_json: bool``."""


def visible(text: str, *, keep: str = "") -> str:
    r"""Return the text with every character that could drive a terminal as its escape, ``\x1b``.

    Args:
        text: anything.
        keep: control characters to leave as they are.
    """
    return _HOSTILE.sub(lambda match: match[0] if match[0] in keep else ascii(match[0])[1:-1], text)


def say(text: str) -> None:
    """Print lines to stdout."""
    click.echo(visible(text, keep="\n\t"))


def note(text: str) -> None:
    """Print lines to stderr: hints, warnings and whatever is not the command's result."""
    click.echo(visible(text, keep="\n\t"), err=True)


def print_rows(
    rows: Iterable[Mapping[str, object]],
    *,
    columns: Mapping[str, str],
    as_json: bool,
    empty: str = "Nothing found.",
    zone: tzinfo = UTC,
) -> None:
    """Print rows as a table, or each as one JSON object a line with all its keys.

    Args:
        rows: one mapping a row.
        columns: the keys that the table shows, with their headings.
        as_json: whether to print JSON; times are then UTC.
        empty: what to say to a person when there are no rows.
        zone: the zone that the table shows times in.
    """
    if as_json:
        for row in rows:
            click.echo(_json(row))
        return
    cells = [[_cell(row.get(key), zone) for key in columns] for row in rows]
    if cells:
        _print_table(list(columns.values()), cells)
    else:
        note(empty)


def print_record(record: Mapping[str, object], *, as_json: bool, zone: tzinfo = UTC) -> None:
    """Print one record as ``name: value`` lines, or as one line of JSON."""
    if as_json:
        click.echo(_json(record))
        return
    width = max((len(name) for name in record), default=0)
    for name, value in record.items():
        click.echo(f"{visible(name):<{width}}  {_cell(value, zone)}".rstrip())


def _print_table(headings: list[str], cells: list[list[str]]) -> None:
    from rich import box  # imported here: a command that prints JSON need not wait for it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*headings, box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in table.columns:
        column.overflow = "fold"  # a cut plate would be a wrong plate
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    width = None if sys.stdout.isatty() else 10_000  # a pipe has no width: one row stays one line
    console = Console(file=sys.stdout, width=width, highlight=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().strip("\n").split("\n"):
        click.echo(line.rstrip())


def _cell(value: object, zone: tzinfo) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_cell(part, zone) for part in value)
    return visible(str(value))


def _json(record: Mapping[str, object]) -> str:
    return json.dumps(dict(record), default=_plain)


def _plain(value: Any) -> object:
    """Return what JSON lacks in its plainest form."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
