"""``[backup]``: where backups go."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from alpr_core.config.section import Section


class BackupSection(Section):
    """``[backup]``."""

    to: Path | None = Field(
        default=None, strict=False, description="Folder that backups are made into, from the node's folder."
    )
    keys_to: Path | None = Field(
        default=None, strict=False, description="Folder for the keys, better on another medium."
    )
    keep: int = Field(default=7, ge=1, description="How many backups of the data are kept.")
