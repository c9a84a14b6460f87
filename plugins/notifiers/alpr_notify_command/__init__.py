"""The notifier ``command``: a program of the department's gets each notice as JSON, and brings it on its way."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from pydantic import Field, field_validator

from alpr_core import Notifier, Options, Plugin, Register, hookimpl

LONGEST_WAIT = 5.0
"""Seconds that the core waits for all notices together; nothing is won by waiting longer."""


class CommandOptions(Options):
    """What can be set in the section ``[notifier.options]`` of the notifier ``command``."""

    run: list[str] = Field(
        min_length=1, description="The program, with its whole path, and its words. No shell reads them."
    )
    timeout: float = Field(default=4.0, gt=0, le=LONGEST_WAIT, description="Seconds that it may take.")

    @field_validator("run")
    @classmethod
    def _whole_path(cls, run: list[str]) -> list[str]:
        if not Path(run[0]).is_absolute():
            raise ValueError("the program needs its whole path, as /usr/local/bin/page")
        if any("\0" in word for word in run):
            raise ValueError("a word holds a character that no program can be given")
        return run


def make(options: Options) -> Notifier:
    """Make the notifier."""
    from alpr_notify_command.program import Program

    return Program(cast(CommandOptions, options))


@hookimpl
def register_notifiers(register: Register) -> None:
    """Register ``command``."""
    register(
        Plugin(
            name="command",
            factory=make,
            options=CommandOptions,
            summary="Notices as JSON to a program of yours: a pager, a telephone, a dispatch desk.",
        )
    )
