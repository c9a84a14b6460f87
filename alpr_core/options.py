"""What settings and plugins' options are made of: a model that takes nothing unknown, secrets, and zones."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo, field_validator, model_validator

from alpr_core.errors import ConfigError
from alpr_core.files import problem_of_secret


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"there is no timezone {value!r}. Write one like America/Los_Angeles") from error
    return value


def is_this_machine(host: str) -> bool:
    """Return whether a host is an address of this machine's own loopback: a name could lead anywhere."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


ZoneName = Annotated[str, AfterValidator(_known_zone)]
"""The name of an IANA zone, in settings and in options."""


class Options(BaseModel):
    """Base of every plugin's options: unknown keys are refused, values don't change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Secret(BaseModel):
    """Where a secret is kept, never the secret itself: ``{ file = "keys/leds" }`` or ``{ env = "LEDS" }``.

    A relative ``file`` is taken from the node's folder, which the validation context names as ``folder``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: Path | None = None
    env: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _refuse_literals(cls, value: Any) -> Any:
        if not isinstance(value, Mapping | Secret):
            raise ValueError(  # noqa: TRY004  pydantic makes a problem of a ValueError only
                "a secret is never written into the configuration. Put it into a file that only you can read "
                'and write { file = "keys/NAME" }, or name an environment variable: { env = "NAME" }'
            )
        return value

    @field_validator("file")
    @classmethod
    def _from_the_nodes_folder(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return value if value is None or folder is None else Path(folder) / value

    @model_validator(mode="after")
    def _one_place(self) -> Secret:
        if (self.file is None) == (self.env is None):
            raise ValueError("a secret is in one place: write either file or env")
        return self

    def read(self) -> str:
        """Return the secret, without the line end that editors put after it.

        Raises:
            ConfigError: if it is not there, is empty or no text, or if others may read its file.
        """
        secret = os.environ.get(self.env, "") if self.env is not None else self._read_file()
        if not secret:
            place = f"the environment variable {self.env}" if self.env is not None else str(self.file)
            raise ConfigError([f"{place} should hold a secret, but is empty or not there."], where="secrets")
        return secret

    def _read_file(self) -> str:
        assert self.file is not None  # noqa: S101  one of the two is there: _one_place
        try:
            with self.file.open(encoding="utf-8") as opened:
                if problem := problem_of_secret(self.file, os.fstat(opened.fileno())):
                    raise ConfigError([problem], where="secrets")
                return opened.read().rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ConfigError([f"{self.file} should hold a secret, but: {why}."], where="secrets") from error
