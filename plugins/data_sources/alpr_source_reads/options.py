"""What can be set in the section ``[source.options]`` of each of these sources."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator, model_validator

from alpr_core import Options, Secret, ZoneName, is_this_machine
from alpr_source_reads.columns import MEANINGS, NEEDED


class ReadOptions(Options):
    """What all of them have."""

    token: Secret | None = Field(
        default=None, description="What a sender shows to `alpr-core receive`; without it, files only."
    )
    cameras: dict[str, str] = Field(
        default={}, description="How the cameras are called here, by what the other system calls them."
    )
    camera: str = Field(default="", description="The camera of messages that name none.")


class OpenAlprOptions(ReadOptions):
    """Of the source ``openalpr``."""

    take: Literal["all", "groups", "results"] = Field(
        default="all",
        description="`groups`: one read a vehicle; `results`: one a picture; an agent may send both.",
    )


class VerkadaOptions(ReadOptions):
    """Of the source ``verkada``."""

    signature: Secret | None = Field(
        default=None, description="The webhook's shared secret: what is not signed with it is refused."
    )


class GenetecOptions(ReadOptions):
    """Of the source ``genetec``."""

    country: str = Field(
        default="us", pattern="^[a-z]{2}$", description="Country of the states that the cameras name."
    )


class Broker(Options):
    """What is set in ``[source.options.broker]``."""

    url: str = Field(description="`mqtts://HOST` or `mqtts://HOST:PORT`; `mqtt://` on this machine alone.")
    name: str = Field(
        default="alpr-core",
        pattern="^[A-Za-z0-9_-]{1,23}$",
        description="What this node is called there, by which messages wait for it: no other client's name.",
    )
    username: str = Field(default="", description="By which the broker knows it.")
    password: Secret | None = Field(default=None, description="And its password.")
    prefix: str = Field(
        default="frigate",
        pattern="^[^+#/ ]+$",
        description="Frigate's own `topic_prefix`, as it is set there.",
    )
    ca: Path | None = Field(
        default=None, description="File with the root certificates to trust, PEM; the system's by default."
    )

    @field_validator("ca")
    @classmethod
    def _from_the_nodes_folder(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return value if value is None or folder is None else Path(folder) / value

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        try:
            parts = urlsplit(self.url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            host = None
        if not host or parts.scheme not in ("mqtt", "mqtts") or parts.path.strip("/") or parts.query:
            raise ValueError("url is mqtts://HOST or mqtts://HOST:PORT, and nothing else")
        if parts.username or parts.password:
            raise ValueError("username and password are settings of their own, not part of url")
        if parts.scheme == "mqtt" and not is_this_machine(host):
            raise ValueError(
                "what comes from another machine is encrypted: mqtts://. 127.0.0.1 is spoken with in clear"
            )
        return self

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), parts.port or (8883 if self.is_encrypted else 1883)

    @property
    def is_encrypted(self) -> bool:
        """Whether by TLS."""
        return urlsplit(self.url).scheme == "mqtts"


class FrigateOptions(ReadOptions):
    """Of the source ``frigate``."""

    broker: Broker | None = Field(
        default=None, description="Where `alpr-core receive` fetches its messages from, by MQTT."
    )
    take: Literal["ends", "updates"] = Field(
        default="ends",
        description="`ends`: one read a vehicle, once it is gone; `updates`: each plate as it is recognized.",
    )


class FlockOptions(ReadOptions):
    """Of the source ``flock``."""

    columns: dict[str, str] = Field(
        default={}, description="The columns' own names, by what they mean: plate, captured_at, camera ..."
    )
    separator: Literal[",", ";", "tab"] = Field(default=",", description="What parts the columns.")
    time_format: str = Field(
        default="", description="How times are written (strptime), as `%m/%d/%Y %I:%M:%S %p`; else ISO 8601."
    )
    timezone: ZoneName | None = Field(
        default=None, description="IANA zone of times without an offset; without it, such times are refused."
    )
    percent: bool = Field(default=False, description="Whether confidences are written from 0 to 100.")
    country: str = Field(default="us", pattern="^[a-z]{2}$", description="Country of the states in the file.")

    @field_validator("columns")
    @classmethod
    def _known(cls, columns: dict[str, str]) -> dict[str, str]:
        if unknown := sorted(set(columns) - set(MEANINGS)):
            raise ValueError(f"{', '.join(unknown)}: a column means one of {', '.join(MEANINGS)}")
        if columns and (lacking := [one for one in NEEDED if one not in columns]):
            raise ValueError(f"no column is named for {', '.join(lacking)}")
        return columns
