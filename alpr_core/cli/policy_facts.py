"""Facts as a person types them: ``--fact trained=access,operate``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from alpr_core.cli.times import LOCAL_TIME, to_utc

_CODE = re.compile("[a-z][a-z0-9_]{0,39}")
_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def read_facts(given: Iterable[str], zone: ZoneInfo) -> dict[str, Any]:
    """Return the facts by name, each of its type.

    Args:
        given: ``NAME=VALUE`` each.
        zone: in which a time without an offset is meant.

    Raises:
        click.UsageError: with every problem at once.
    """
    from alpr_core.policy import FACTS
    from alpr_core.problems import suggestion

    facts: dict[str, Any] = {}
    problems = []
    for each in given:
        name, equals, text = (part.strip() for part in each.partition("="))
        if name not in FACTS:
            near = suggestion(name, FACTS) or f" Known: {', '.join(FACTS)}."
            problems.append(f"--fact {name}: there is no such fact.{near}")
        elif not equals:
            problems.append(f"--fact {name}: write {name}=VALUE. {FACTS[name].says}")
        elif name in facts:
            problems.append(f"--fact {name}: is given twice.")
        else:
            try:
                facts[name] = _READ[FACTS[name].type](text, zone)
            except (ValueError, click.ClickException) as error:
                told = error.format_message() if isinstance(error, click.ClickException) else str(error)
                problems.append(f"--fact {name}: {told.rstrip('.')}. {FACTS[name].says}")
    if problems:
        raise click.UsageError("\n".join(problems))
    return facts


def _yes_or_no(text: str, _zone: ZoneInfo) -> bool:
    if text.lower() not in _WORDS:
        raise ValueError(f"{text!r} is neither yes nor no")
    return _WORDS[text.lower()]


def _number(text: str, _zone: ZoneInfo) -> int:
    if not re.fullmatch("[0-9]{1,12}", text):
        raise ValueError(f"{text!r} is no number")
    return int(text)


def _code(text: str, _zone: ZoneInfo) -> str:
    if not _CODE.fullmatch(text):
        raise ValueError(f"{text!r} is no code: lower-case letters, digits and _, at most 40")
    return text


def _codes(text: str, zone: ZoneInfo) -> tuple[str, ...]:
    return tuple(_code(part.strip(), zone) for part in text.split(","))


def _text(text: str, _zone: ZoneInfo) -> str:
    return text


def _time(text: str, zone: ZoneInfo) -> datetime | None:
    return to_utc(LOCAL_TIME.convert(text, None, None), zone)


def _lately(text: str, zone: ZoneInfo) -> tuple[tuple[str, datetime | None, str], ...]:
    acts = []
    for each in filter(None, text.split(",")):
        action, _, rest = each.partition("/")
        at, _, plate = rest.partition("/")
        acts.append((action.strip(), _time(at, zone), plate))
    return tuple(acts)


_READ: Mapping[str, Callable[[str, ZoneInfo], object]] = {
    "bool": _yes_or_no,
    "int": _number,
    "code": _code,
    "codes": _codes,
    "text": _text,
    "time": _time,
    "lately": _lately,
}
