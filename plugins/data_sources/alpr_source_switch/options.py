"""What can be set in the section ``[source.options]`` of a state's system."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator

from alpr_core import Options, is_this_machine

Dialect = Literal["nlets-niem", "nlets-text"]

_KEY = re.compile(r"[A-Z0-9]{1,8}")


class Tls(Options):
    """What is set in ``[source.options.tls]``: TLS 1.2 at least, and a server that shows who it is."""

    ca: Path | None = Field(
        default=None, description="File with the root certificates to trust, PEM; the system's by default."
    )
    certificate: Path | None = Field(
        default=None, description="This node's own certificate, PEM, if it is asked for."
    )
    key: Path | None = Field(default=None, description="Its key, PEM, a file that only you can read.")
    server_name: str = Field(
        default="", description="The name in the server's certificate, if it is not `host`."
    )

    @field_validator("ca", "certificate", "key")
    @classmethod
    def _from_the_nodes_folder(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return value if value is None or folder is None else Path(folder) / value

    @model_validator(mode="after")
    def _certificate_and_key(self) -> Tls:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class SwitchOptions(Options):
    """What can be set in the section ``[source.options]`` of a source that asks a state's switch."""

    host: str = Field(min_length=1, description="The switch, or the gateway before it.")
    port: int = Field(ge=1, le=65535, description="Its port.")
    tls: Tls | None = Field(
        default=None, description="How the way is encrypted; left out only on this machine."
    )
    dialect: Dialect = Field(default="nlets-niem", description="How messages are written.")
    ori: str = Field(pattern=r"^[A-Z0-9]{9}$", description="The agency's ORI, which queries are sent under.")
    keys: Mapping[str, str] = Field(
        default_factory=dict,
        description="What is not public and your integrator knows: see docs/switch.md.",
    )
    no_record: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="How a line begins that says that there is no record."
    )
    connect_timeout: float = Field(default=5.0, gt=0, le=60, description="Seconds to wait for a connection.")
    heartbeat: float = Field(
        default=30.0,
        gt=0,
        le=600,
        description="Seconds of silence after which it is asked whether somebody is there.",
    )
    attempts: int = Field(
        default=3,
        ge=1,
        le=10,
        description="How often a query is sent, or a connection tried, before it counts as failed.",
    )

    @field_validator("keys")
    @classmethod
    def _are_keys(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for name, key in value.items():
            if not _KEY.fullmatch(key):
                raise ValueError(f"{name} is no key: capital letters and digits, 8 at most")
        return value

    @field_validator("no_record")
    @classmethod
    def _says_something(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if value is not None and any(len(each.strip()) < 4 for each in value):
            raise ValueError("a beginning of fewer than four letters would fit too much")
        return None if value is None else tuple(each.strip().upper() for each in value)

    @model_validator(mode="after")
    def _encrypted(self) -> SwitchOptions:
        if self.tls is None and not is_this_machine(self.host):
            raise ValueError(
                "what goes to another machine is encrypted: write a section [source.options.tls]. Only a gateway on "
                "this machine, 127.0.0.1, is spoken with in clear"
            )
        return self
