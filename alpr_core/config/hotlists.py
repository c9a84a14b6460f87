"""``[[hotlist]]``: how one hotlist comes in, how old it may be, and what of it is not wanted."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from alpr_core.config.section import Section
from alpr_core.periods import Period

if TYPE_CHECKING:
    from alpr_core.config.settings import SourceSection


class SftpSection(Section):
    """``sftp`` of a hotlist: the server that it is fetched from."""

    host: str = Field(min_length=1, max_length=253, description="The server.")
    port: int = Field(default=22, ge=1, le=65535, description="Where it listens.")
    user: str = Field(min_length=1, max_length=64, description="Who logs in there.")
    path: str = Field(min_length=1, max_length=1000, description="The file on the server.")
    key: Path = Field(
        strict=False, description="File with the private key, mode 0600, from the node's folder."
    )
    known_hosts: Path = Field(
        strict=False,
        description="File with the server's host key, as ssh-keyscan writes it, from the node's folder.",
    )


class HotlistSection(Section):
    """``[[hotlist]]``."""

    name: str = Field(description="Of the hotlist.")
    use: str = Field(default="hotfile", description="The data source that reads its files.")
    options: dict[str, Any] = Field(
        default={}, description="That data source's own, for this list; they go before those of `[[source]]`."
    )
    delta: bool = Field(default=False, description="Whether its files hold changes, not the whole list.")
    drop: list[str] = Field(default=[], description="Categories that are left out at import.")
    rejects: int | None = Field(
        default=None, ge=0, description="Bad lines that a file may have, else it is refused."
    )
    fresh: str = Field(default="P1D", description="How old it may be before somebody is told.")
    purpose: str = Field(default="administration", description="Purpose code of imports that a job makes.")
    reason: str = Field(default="a file that came by itself", description="Reason of such imports.")
    watch: Path | None = Field(
        default=None, strict=False, description="Folder that its files come in by, from the node's folder."
    )
    sftp: SftpSection | None = Field(
        default=None, description="Server that it is fetched from: the keys below, as a table."
    )

    @field_validator("name")
    @classmethod
    def _can_be_shown(cls, name: str) -> str:
        if not name or len(name) > 128 or not name.isprintable() or name != name.strip():
            raise ValueError("a hotlist's name has 1 to 128 printable characters")
        return name

    @field_validator("fresh")
    @classmethod
    def _period(cls, fresh: str) -> str:
        Period.parse(fresh)
        return fresh

    @property
    def stale_after(self) -> timedelta:
        """How old it may be."""
        return Period.parse(self.fresh).usual


def _one_list_a_folder(sections: list[HotlistSection], info: ValidationInfo) -> list[HotlistSection]:
    """Refuse two lists that watch one folder: each would take the other's files for its own."""
    folder: Path = (info.context or {}).get("folder", Path("/"))
    watching: dict[str, str] = {}
    for section in sections:
        if section.watch is None:
            continue
        place = os.path.normpath(folder / section.watch)
        other = watching.setdefault(place, section.name)
        if other != section.name:
            raise ValueError(f"{other!r} and {section.name!r} watch the same folder: give each its own")
    return sections


HotlistSections = Annotated[list[HotlistSection], AfterValidator(_one_list_a_folder)]
"""The sections of all hotlists."""


def options_for(section: HotlistSection, sources: Sequence[SourceSection]) -> dict[str, Any]:
    """Return the options of the data source that reads a hotlist's files: its own go before the source's."""
    of_source = next((one.options for one in sources if one.use == section.use), {})
    return {**of_source, **section.options}
