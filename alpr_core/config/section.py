"""What every table of alpr.toml is made with."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict


def _plain_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", name):
        raise ValueError(
            "should be letters, digits, '.', '_' and '-' only, at most 63, a letter or digit first"
        )
    return name


Name = Annotated[str, AfterValidator(_plain_name)]
"""A name that is safe in a file name, a URL and a table."""


class Section(BaseModel):
    """Base of every table: unknown keys are refused, nothing changes after loading, no value is guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
