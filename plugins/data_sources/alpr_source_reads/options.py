"""What can be set in the section ``[source.options]`` of each of these sources."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator

from alpr_core import Options, Secret, ZoneName
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


class FrigateOptions(ReadOptions):
    """Of the source ``frigate``."""

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
