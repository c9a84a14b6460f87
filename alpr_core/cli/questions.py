"""Asking one question a line: ``?`` explains it, ``<`` goes back, and of what is not known yet there is no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import click

from alpr_core.cli.output import note

HELP, BACK = "?", "<"


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question.

    Attributes:
        key: of its answer.
        text: in words.
        help: what ``?`` shows: what is meant, where it is found, an example.
        read: makes the answer of what was typed; raises ValueError saying what is wrong with it.
        default: what an empty line stands for, "" for nothing.
        optional: whether an empty line says that it is not known yet.
    """

    key: str
    text: str
    help: str
    read: Callable[[str], Any] = str
    default: str = ""
    optional: bool = False


Plan = Callable[[Mapping[str, Any]], Iterable[Question]]
"""Gives every question there is, in the light of the answers so far."""


def ask(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Ask what was not given, and return all answers; None stands for one that is not known yet.

    Args:
        plan: the questions; what comes later may depend on answers before.
        given: answers that are there already and are not asked for.

    Raises:
        click.Abort: the person went away.
    """
    note(f"One question a line. {HELP} explains it, {BACK} goes back to the one before.")
    answers, at = dict(given), 0
    while True:
        open_ones = [question for question in plan(answers) if question.key not in given]
        if at >= len(open_ones):
            return answers
        question = open_ones[at]
        typed = _prompt(question)
        if typed == HELP:
            note(f"  {question.help}")
        elif typed == BACK:
            at = max(0, at - 1)
        else:
            at += _take(question, typed, answers)


def _prompt(question: Question) -> str:
    hint = (
        f" [{question.default}]"
        if question.default
        else " (Enter: not known yet)"
        if question.optional
        else ""
    )
    typed: str = click.prompt(f"{question.text}{hint}", default="", show_default=False, err=True)
    return typed.strip()


def _take(question: Question, typed: str, answers: dict[str, Any]) -> bool:
    """Take an answer, and return whether it was one; else say what is wrong with it."""
    typed = typed or question.default
    if not typed:
        if not question.optional:
            note(f"  This has to be known. {question.help}")
            return False
        answers[question.key] = None
        return True
    try:
        answers[question.key] = question.read(typed)
    except ValueError as error:
        note(f"  {error}")
        return False
    return True
