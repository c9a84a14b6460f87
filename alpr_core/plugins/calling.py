"""Calling one plugin's hook, and reading what it answers: a stranger's failure is logged without its words."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Sequence
from typing import Any, TypeGuard

import pluggy

from alpr_core.plugins.loader import FOREIGN
from alpr_core.plugins.registry import Owner, call

logger = logging.getLogger(__name__)


def run_hook(owner: Owner, implementation: pluggy.HookImpl, arguments: dict[str, object]) -> tuple[Any, str]:
    """Return what the plugin answered and "", or None and the class of its error, logged without its words.

    An error's words may hold a plate; its class and line tell the plugin's author enough to find it.
    """
    try:
        return call(implementation, arguments), ""
    except FOREIGN as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        logger.warning("%s failed: %s at %s:%s", owner, name, frame.filename, frame.lineno)
        return None, name


def objections_in(answer: object, failure: str) -> Sequence[str]:
    """Return the objections in a review's answer; a review that failed is one."""
    if failure:
        return (f"its review failed: {failure}",)
    if not is_review(answer):
        return (f"its review returned a {type(answer).__name__}",)
    if answer is None:
        return ()
    return (answer,) if isinstance(answer, str) else answer


def is_review(answer: object) -> TypeGuard[Sequence[str] | str | None]:
    """Whether this is what a review may answer: objections in words, or None."""
    return answer is None or (
        isinstance(answer, Sequence) and all(isinstance(says, str) for says in answer)  # also a str itself
    )
